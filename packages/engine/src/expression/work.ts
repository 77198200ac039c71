import { EvaluationError } from "./values.ts";

/**
 * Units of work one evaluation may take. A unit is about a node of the tree, a member of a list, 64 characters of text or
 * a step of a pattern; a million of them take 30 to 200 ms, and a condition of everyday size takes some tens.
 */
const workUnitsMax = 1_000_000;

const charactersPerUnit = 64;

/** The evaluation was stopped. Not an EvaluationError: `||` and `exists` forgive those, and must not forgive this. */
class WorkExceededError extends Error {
  override readonly name = "WorkExceededError";
}

/** Keeps one evaluation bounded, because its values come from events and loops within loops multiply. */
export class Work {
  #left = workUnitsMax;

  /** Nothing that comes will be evaluated to its end. */
  get isSpent(): boolean {
    return this.#left < 0;
  }

  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new WorkExceededError(`the expression takes more than ${workUnitsMax} units of work (workUnitsMax)`);
  }

  spendText(length: number): void {
    this.spend(1 + Math.floor(length / charactersPerUnit));
  }

  /** To be called before going on after an error: making one is dear, and a loop can make many. */
  forgive(error: unknown): void {
    if (!(error instanceof EvaluationError)) throw error;
    this.spend(100);
  }
}
