import type { LogLine } from "@stepwell/protocol";
import type { FunctionContext } from "../define/function-context.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { isNonRetriable } from "../errors/is-non-retriable.ts";
import { type Hooks, told, wrapped } from "../middleware/hooks.ts";
import { stepInfoOf } from "../middleware/step-info-of.ts";
import type { StepBody } from "../step/step-call.ts";
import type { CallLife } from "./call-life.ts";
import { EncodedStep } from "./encoded-step.ts";
import type { ExecutionHooks } from "./execution-request.ts";
import type { FoundStep } from "./found-step.ts";
import type { Life } from "./life.ts";
import { type Place, placeAside, runAt } from "./place.ts";

export interface HookedLifeParts {
  readonly fn: StepwellFunction;
  readonly hooks: readonly Hooks[];
  /** What goes on without middleware. */
  readonly life: CallLife;
  readonly place: Place;
  /** Whether a step that fails now is not tried again. */
  readonly isLastAttempt: boolean;
  /** What steps give is recorded with the types that JSON has not. */
  readonly isRich: boolean;
}

/** What goes on around the code of a call with middleware, which is told of it and stands around its steps. */
export class HookedLife implements Life {
  readonly #parts: HookedLifeParts;
  /** Of hooks that nobody waits for where they are called. */
  #told: Promise<void> | undefined;

  constructor(parts: HookedLifeParts) {
    this.#parts = parts;
  }

  onMemoizationEnd(): Promise<void> {
    const { hooks, life } = this.#parts;
    life.onMemoizationEnd();
    if (this.#told !== undefined) return this.#told;
    this.#told = this.#aside(() => told(hooks, "onMemoizationEnd", this.#about()));
    // What a hook throws fails the call, where it is awaited.
    this.#told.catch(() => undefined);
    return this.#told;
  }

  warn(text: string): void {
    this.#parts.life.warn(text);
  }

  onReport(): void {
    this.#parts.life.onReport();
  }

  runStep(step: FoundStep, body: StepBody, input: readonly unknown[]): unknown {
    const { life } = this.#parts;
    if (isOfServer(step)) return life.runStep(step, body, input);
    const place = life.enterStep(step);
    return runAt(place, () => this.#runHooked(step, async () => body(input, step.hashed)));
  }

  endStep(step: FoundStep): readonly LogLine[] | undefined {
    return this.#parts.life.endStep(step);
  }

  beforeReply(hooks: ExecutionHooks): Promise<void> | undefined {
    return this.#parts.life.beforeReply(hooks);
  }

  async onEnd(end: Parameters<Life["onEnd"]>[0]): Promise<void> {
    const { hooks, life } = this.#parts;
    life.onEnd();
    await this.#told;
    return this.#aside(() =>
      end.kind === "returned"
        ? told(hooks, "onRunComplete", { ...this.#about(), output: end.value })
        : told(hooks, "onRunError", { ...this.#about(), error: asError(end.error), isFinalAttempt: end.isFinal }),
    );
  }

  /** Whoever calls may stand in another execution, or in none. */
  #aside<T>(tell: () => T): T {
    return runAt(placeAside(this.#parts.place.sender), tell);
  }

  async #runHooked(step: FoundStep, body: () => Promise<unknown>): Promise<EncodedStep> {
    const { hooks, isLastAttempt, isRich } = this.#parts;
    const about = { ...this.#about(), stepInfo: stepInfoOf(step, false) };
    await this.#told;
    await told(hooks, "onStepStart", about);
    let output: unknown;
    let encoded: EncodedStep;
    try {
      output = await wrapped(hooks, "wrapStepHandler", about, body);
      encoded = await EncodedStep.of(output, step.call.id, isRich);
    } catch (error) {
      await told(hooks, "onStepError", { ...about, error: asError(error), isFinalAttempt: isLastAttempt || isNonRetriable(error) });
      throw error;
    }
    await told(hooks, "onStepComplete", { ...about, output });
    return encoded;
  }

  #about(): { readonly ctx: FunctionContext; readonly fn: StepwellFunction } {
    return { ctx: this.#parts.place.context as FunctionContext, fn: this.#parts.fn };
  }
}

function isOfServer({ call: { work } }: FoundStep): boolean {
  return work.kind === "run" && work.isOfServer === true;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
