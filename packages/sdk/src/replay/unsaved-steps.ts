import type { StepRunOp } from "@stepwell/protocol";
import type { ExecutionHooks } from "./execution-request.ts";

/** Steps that have finished in a call and are not recorded yet. */
export class UnsavedSteps {
  #ops: StepRunOp[] = [];

  get ops(): readonly StepRunOp[] {
    return this.#ops;
  }

  get isEmpty(): boolean {
    return this.#ops.length === 0;
  }

  add(op: StepRunOp): void {
    this.#ops.push(op);
  }

  clear(): void {
    this.#ops = [];
  }

  /** Whether no further step may begin before they are saved. */
  isFull({ unsavedMax = 1, unsavedMsMax }: ExecutionHooks, now: () => number): boolean {
    const [oldest] = this.#ops;
    if (oldest === undefined) return false;
    return this.#ops.length >= unsavedMax || (unsavedMsMax !== undefined && now() - (oldest.startedAt ?? 0) >= unsavedMsMax);
  }
}
