import type { LogLine } from "@stepwell/protocol";
import type { FunctionContext } from "../define/function-context.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { isNonRetriable } from "../errors/is-non-retriable.ts";
import type { LogBook } from "../log/log-book.ts";
import { type Hooks, told, wrapped } from "../middleware/hooks.ts";
import type { StepInfo } from "../middleware/middleware.ts";
import type { StepBody } from "../step/step-call.ts";
import type { ExecutionHooks } from "./execution-request.ts";
import type { FoundStep } from "./found-step.ts";
import type { Life } from "./life.ts";
import { type Place, runAt } from "./place.ts";

export interface CallLifeParts {
  readonly fn: StepwellFunction;
  readonly hooks: readonly Hooks[];
  readonly log: LogBook;
  readonly place: Place;
  /** Whether a step that fails now is not tried again. */
  readonly isLastAttempt: boolean;
  /** The call is for one step: code outside of it was run by another call. */
  readonly isTargeted: boolean;
}

/** What goes on around the code of one call: its log, its place, and the middleware. */
export class CallLife implements Life {
  readonly #parts: CallLifeParts;
  /** Of hooks that nobody waits for where they are called. */
  #told: Promise<void> | undefined;

  constructor(parts: CallLifeParts) {
    this.#parts = parts;
  }

  onMemoizationEnd(): Promise<void> | undefined {
    const { hooks, log, isTargeted } = this.#parts;
    if (!isTargeted) log.open();
    if (hooks.length === 0 || this.#told !== undefined) return this.#told;
    this.#told = told(hooks, "onMemoizationEnd", this.#about());
    // What a hook throws fails the call, where it is awaited.
    this.#told.catch(() => undefined);
    return this.#told;
  }

  warn(text: string): void {
    this.#parts.log.logger.warn(text);
  }

  onReport(): void {
    this.#parts.log.release();
  }

  runStep(step: FoundStep, body: StepBody, input: readonly unknown[]): unknown {
    const { log, place, hooks } = this.#parts;
    const { execution, context, branches, isRacing } = place;
    const here: Place = { execution, context, branches, isRacing, step: { id: step.call.id, hashed: step.hashed } };
    log.enter(step.hashed);
    if (hooks.length === 0 || isOfServer(step)) return runAt(here, body, input, step.hashed);
    return this.#runHooked(step, () => runAt(here, async () => body(input, step.hashed)));
  }

  endStep(step: FoundStep): readonly LogLine[] | undefined {
    const { log } = this.#parts;
    log.leave();
    return log.takeOf(step.hashed);
  }

  /** Lines that no step carries go on their own. */
  beforeReply(hooks: ExecutionHooks): Promise<void> | undefined {
    const lines = this.#parts.log.takeOutside();
    // As a method: hooks may be an object of a class.
    const appended = lines === undefined ? undefined : hooks.appendLogs?.(lines);
    // A line that is lost is not worth a call.
    return appended === undefined ? undefined : Promise.resolve(appended).catch(() => undefined);
  }

  onEnd(end: Parameters<Life["onEnd"]>[0]): Promise<void> | undefined {
    const { hooks, log } = this.#parts;
    log.release();
    return hooks.length === 0 ? undefined : this.#tellEnd(end);
  }

  async #tellEnd(end: Parameters<Life["onEnd"]>[0]): Promise<void> {
    const { hooks } = this.#parts;
    await this.#told;
    if (end.kind === "returned") return told(hooks, "onRunComplete", { ...this.#about(), output: end.value });
    return told(hooks, "onRunError", { ...this.#about(), error: asError(end.error), isFinalAttempt: end.isFinal });
  }

  async #runHooked(step: FoundStep, body: () => Promise<unknown>): Promise<unknown> {
    const { hooks, isLastAttempt } = this.#parts;
    const about = { ...this.#about(), stepInfo: stepInfoOf(step, false) };
    await this.#told;
    await told(hooks, "onStepStart", about);
    let output: unknown;
    try {
      output = await wrapped(hooks, "wrapStepHandler", about, body);
    } catch (error) {
      await told(hooks, "onStepError", { ...about, error: asError(error), isFinalAttempt: isLastAttempt || isNonRetriable(error) });
      throw error;
    }
    await told(hooks, "onStepComplete", { ...about, output });
    return output;
  }

  #about(): { readonly ctx: FunctionContext; readonly fn: StepwellFunction } {
    return { ctx: this.#parts.place.context as FunctionContext, fn: this.#parts.fn };
  }
}

function isOfServer({ call: { work } }: FoundStep): boolean {
  return work.kind === "run" && work.isOfServer === true;
}

/** A step as middleware sees it. */
export function stepInfoOf({ call, hashed }: Pick<FoundStep, "call" | "hashed">, memoized: boolean): StepInfo {
  const { id, name, type, work } = call;
  return {
    hashedId: hashed,
    memoized,
    options: name === id ? { id } : { id, name },
    stepType: type.replace(/^step\./, ""),
    ...(work.input === undefined ? {} : { input: [...work.input] }),
  };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
