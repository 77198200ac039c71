import type { LogLine } from "@stepwell/protocol";
import type { LogBook } from "../log/log-book.ts";
import type { StepBody } from "../step/step-call.ts";
import type { ExecutionHooks } from "./execution-request.ts";
import type { FoundStep } from "./found-step.ts";
import type { Life } from "./life.ts";
import { type Place, runAt } from "./place.ts";

export interface CallLifeParts {
  readonly log: LogBook;
  readonly place: Place;
  /** The call is for one step: code outside of it was run by another call. */
  readonly isTargeted: boolean;
}

/** What goes on around the code of one call: its log, and its place. */
export class CallLife implements Life {
  readonly #parts: CallLifeParts;

  constructor(parts: CallLifeParts) {
    this.#parts = parts;
  }

  onMemoizationEnd(): undefined {
    const { log, isTargeted } = this.#parts;
    if (!isTargeted) log.open();
  }

  warn(text: string): void {
    this.#parts.log.logger.warn(text);
  }

  onReport(): void {
    this.#parts.log.release();
  }

  runStep(step: FoundStep, body: StepBody, input: readonly unknown[]): unknown {
    return runAt(this.enterStep(step), body, input, step.hashed);
  }

  /** Where the code of the step stands, which is about to run. */
  enterStep({ call, hashed }: FoundStep): Place {
    const { log, place } = this.#parts;
    const { execution, context, branches, isRacing, sender } = place;
    log.enter(hashed);
    return { execution, context, branches, isRacing, sender, step: { id: call.id, hashed } };
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

  onEnd(): undefined {
    this.#parts.log.release();
  }
}
