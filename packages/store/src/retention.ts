// What becomes of history. Nothing that is alive is touched, nor what it refers to; of what has ended, everything goes with
// its owner: steps, attempts, links to events and to children with their run, outcomes with their event.

import type { EpochMs, RunId } from "@stepwell/protocol";

export interface PruneParams {
  readonly now: EpochMs;
  /** Ended runs whose end is older than this go, but never one that ended within a lookback (`lookbackMsMax`). */
  readonly endedBefore: EpochMs;
  /** Failed ones: older than this. */
  readonly failedBefore: EpochMs;
  /**
   * Events received before this go, but none within a lookback or a dedupe window, and none that a stored run was started
   * or woken by, or that an open cursor starts runs of.
   */
  readonly eventsBefore: EpochMs;
  /** Attempts of runs that ended before this go, though their runs stay. Absent: they go with their runs. */
  readonly tracesBefore?: EpochMs;
  /**
   * Of the ended runs at most this many stay, the newest, however young. A child stays with its parent, beyond this number.
   */
  readonly runsMax?: number;
  /** Groups of failures whose runs are all gone, and whose last failure is older than this. Absent: they stay. */
  readonly failuresBefore?: EpochMs;
  /** Rows looked at in one slice. */
  readonly limit: number;
}

export interface PruneResult {
  readonly runs: number;
  readonly events: number;
  /** Call again: the pass has not come to its end. */
  readonly more: boolean;
}

export interface RetentionStore {
  /**
   * One slice, which is one commit. After a crash a pass begins anew and finds what is left. A run of many steps may take
   * several slices; its row goes with the last.
   */
  prune(params: PruneParams): Promise<PruneResult>;
  /** Runs that are alive although their function was archived before this, and does not drain: nobody will call them again. */
  listAbandoned(params: { readonly archivedBefore: EpochMs; readonly limit: number }): Promise<readonly RunId[]>;
}
