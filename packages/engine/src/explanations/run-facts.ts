import type { EpochMs, RunId, StepId } from "@stepwell/protocol";
import type { AppRecord, FailedAttemptReport, OpenWaitReport, QueuePlace, ReleaseReport, RunReport } from "@stepwell/store";
import type { BreakerReport } from "../admission/breakers.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import type { RunPhase } from "../runs/run-phase-report.ts";

/** A run with the status that people see. */
export interface SeenRun {
  readonly run: RunReport;
  readonly phase: RunPhase;
  /** Since when this server has it in hand. */
  readonly heldSince?: EpochMs;
}

/** Everything that says why a run does not move, read at one moment. */
export interface RunFacts extends SeenRun {
  readonly now: EpochMs;
  readonly entry: FunctionEntry | undefined;
  readonly app: AppRecord | undefined;
  /** Of the item that goes first: ready ones before others. */
  readonly place: QueuePlace | undefined;
  /** How many elders were looked at. */
  readonly aheadMax: number;
  /** That of its function, or of its key, where any call was counted. */
  readonly breaker: BreakerReport | undefined;
  readonly waits: readonly OpenWaitReport[];
  readonly lastFailure: FailedAttemptReport | undefined;
  /** The first few owners of the place's slots. */
  readonly owners: ReadonlyMap<RunId, SeenRun>;
  /** The runs that its steps wait for. */
  readonly children: ReadonlyMap<RunId, SeenRun>;
  readonly room: { readonly limit: number; readonly inUse: number; readonly waiting: number };
  readonly releases: readonly ReleaseReport[];
  /** Calls of it that are under way. */
  readonly inCall: readonly CallFacts[];
}

export interface CallFacts {
  readonly stepId: StepId | undefined;
  /** From 0. */
  readonly attempt: number;
  readonly since: EpochMs;
}
