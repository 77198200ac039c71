// A run that is repeated: the same function and the same events in a run of its own.

import type { JsonText, RunId, StepId } from "@stepwell/protocol";
import type { StartRun } from "./units.ts";

/**
 * Starts a run with the events of one that is stored, and with those of its results that are kept, in one commit. The run
 * queues, whatever its start wants. A failed run notes by which run it was repeated the last time. Turned away as `not_found` when there is no such run, or one of the steps is not there
 * to be kept: what retention takes in pieces is not repeated in pieces.
 */
export interface RerunUnit {
  readonly kind: "rerun";
  readonly of: RunId;
  /** Without `dedupe`: a repetition is one because it was asked for. */
  readonly start: StartRun;
  /** In the order in which the new run has them. */
  readonly keep: readonly KeptStep[];
  /** Where the run goes on for itself; absent: from its beginning. */
  readonly fromStep?: StepId;
  /** A list, the arguments of that step instead of those it is called with, until it has a result. */
  readonly input?: JsonText;
  readonly name?: string;
  /** Turned away as `already_redriven` when the run, a failed one, has been repeated before. */
  readonly once?: boolean;
}

export interface KeptStep {
  readonly stepId: StepId;
  /** In place of the result it had, or had none. */
  readonly memo?: JsonText;
}

/** The arguments that a step of a repeated run is called with. */
export interface StepInput {
  readonly stepId: StepId;
  readonly input: JsonText;
}
