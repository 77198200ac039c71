import type { EpochMs, RunId } from "@stepwell/protocol";
import type { FunctionRecord, OutcomeReport, PendingReport, RestReport, StoredEvent, WakeReport } from "@stepwell/store";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import type { SeenRun } from "./run-facts.ts";

/** Everything that says what became of an event, read at one moment. */
export interface EventFacts {
  readonly now: EpochMs;
  readonly event: StoredEvent;
  /** Those it started, oldest first. */
  readonly runs: readonly SeenRun[];
  readonly outcomes: readonly OutcomeReport[];
  readonly rest: readonly RestReport[];
  readonly wakes: readonly WakeReport[];
  /** Runs that outcomes name. */
  readonly named: ReadonlyMap<RunId, SeenRun | PendingReport>;
  /** Archived ones too. */
  readonly functions: readonly FunctionRecord[];
  readonly entryOf: (functionId: FunctionRecord["id"]) => FunctionEntry | undefined;
}
