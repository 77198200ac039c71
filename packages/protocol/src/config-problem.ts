import type { ErrorCode } from "./errors.ts";

/** One thing that is wrong with one option of one function. */
export interface ConfigProblem {
  readonly function: string;
  readonly option: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Gathers what is wrong with a function, so that all of it is told at once. */
export class ProblemList {
  readonly list: ConfigProblem[] = [];
  readonly #function: string;

  constructor(functionId: string) {
    this.#function = functionId;
  }

  add(option: string, code: ErrorCode, message: string): void {
    this.list.push({ function: this.#function, option, code, message });
  }
}
