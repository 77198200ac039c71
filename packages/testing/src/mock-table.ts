// What steps do in tests instead of their own work.
//
// K1. A mocked step keeps its id, its place in the journal and its retries: only its work is another.
// K2. What a mock gives goes through JSON, as a result does. What it throws is tried again where the step's own error would be;
//     waits, sleeps, invokes and requests are not tried again by the function, so there it is final.
// K3. What a mock of those gives came from the server: middleware sees what it sees of such a result, and no code that runs.

import type { StepwellFunction } from "stepwell";
import type { StepCall, StepWork } from "stepwell/internals";
import { asFetchMemo } from "./as-fetch-memo.ts";
import { finalError } from "./final-error.ts";
import { Mock } from "./mock.ts";

export interface StepTarget {
  /** Whose step it is; of any function without it. */
  readonly function?: StepwellFunction;
  /** The step's id, as the function writes it. */
  readonly step: string;
}

export class MockTable {
  readonly #mocks = new Map<string, Mock>();

  /** The mock of a step; asked for twice it is the same one. */
  of({ function: owner, step }: StepTarget): Mock {
    const key = keyOf(owner?.slug, step);
    const mock = this.#mocks.get(key) ?? new Mock(() => this.#mocks.delete(key));
    this.#mocks.set(key, mock);
    return mock;
  }

  /** Ids of the steps that are mocked now. */
  get steps(): readonly string[] {
    return this.#idsOf((mock) => !mock.isEmpty);
  }

  /** Ids of those whose mock no step has come by. */
  get unused(): readonly string[] {
    return this.#idsOf((mock) => !mock.isEmpty && !mock.wasPlayed);
  }

  #idsOf(choice: (mock: Mock) => boolean): readonly string[] {
    return [...this.#mocks].filter(([, mock]) => choice(mock)).map(([key]) => key.slice(key.indexOf("\n") + 1));
  }

  /** The work of a mocked step; `undefined`: it is not mocked. */
  workOf(slug: string, { id, type, work }: StepCall): Extract<StepWork, { kind: "run" }> | undefined {
    const mock = this.#mocks.get(keyOf(slug, id)) ?? this.#mocks.get(keyOf(undefined, id));
    if (mock === undefined || mock.isEmpty) return undefined;
    const isReported = work.kind === "report";
    return {
      kind: "run",
      input: work.kind === "run" ? work.input : [],
      isOfServer: isReported,
      async body(input) {
        try {
          const value = await mock.play(input);
          return type === "step.fetch" ? await asFetchMemo(value) : value;
        } catch (error) {
          throw isReported ? finalError(error) : error;
        }
      },
    };
  }
}

function keyOf(slug: string | undefined, step: string): string {
  return `${slug ?? ""}\n${step}`;
}
