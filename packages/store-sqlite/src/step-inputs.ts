import type { StatementSync } from "node:sqlite";
import type { JsonText, StepId } from "@stepwell/protocol";
import type { StepInput } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { textOf } from "./rows.ts";

/** Reads the arguments that a repeated run has for a step. */
export class StepInputs {
  readonly #find: StatementSync;

  constructor(connection: Connection) {
    this.#find = connection.prepare(
      "-- stepwell: reruns.input\nselect from_step, input from reruns where run_seq = ? and input is not null and from_step is not null",
    );
  }

  /** Of a run with this origin. */
  of(runSeq: number, origin: unknown): { readonly stepInput?: StepInput } {
    const row = origin === "rerun" ? this.#find.get(runSeq) : undefined;
    if (row === undefined) return {};
    return { stepInput: { stepId: textOf(row, "from_step") as StepId, input: textOf(row, "input") as JsonText } };
  }
}
