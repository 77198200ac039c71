// Removes old history, a slice at a time, with everything else going on between two slices. A run that is alive is never
// removed; one that nobody can call any more is ended first, and removed as what it is then.

import { type EpochMs, epochMs, type RunId } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import type { RetentionRules } from "../engine-interface.ts";
import type { Clock } from "../seams/clock.ts";
import type { Observer } from "../seams/observer.ts";

const passEveryMs = 60_000;
/** Where nothing was written since the last pass, only age can make anything old enough, and age comes slowly. */
const idlePassEveryMs = 3_600_000;
/** A slice is a short commit; the next one comes a little later, so that a long pass is never in the way. */
const rowsPerSlice = 200;
const sliceEveryMs = 20;

/** Runs ended in one go. */
const abandonedPerSlice = 50;

export interface PrunerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly observer: Observer | undefined;
  readonly rules: RetentionRules;
  readonly cancel: (params: { readonly runId: RunId; readonly reason: string }) => Promise<unknown>;
}

/** How long a run stays alive whose function is gone: as long as one that failed stays. Absent: for ever. */
export function goneMsOf({ failedMs }: RetentionRules): number | undefined {
  return failedMs;
}

export class HistoryPruner {
  readonly #parts: PrunerParts;
  #callOff: (() => void) | undefined;
  #isStopped = true;
  /** In the middle of a pass. */
  #isPruning = false;
  #removed = { runs: 0, events: 0 };
  #commitsAtPass = -1;
  #lastPassAt = 0;

  constructor(parts: PrunerParts) {
    this.#parts = parts;
  }

  start(): void {
    if (Object.keys(this.#parts.rules).length === 0) return;
    this.#isStopped = false;
    this.#after(passEveryMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#callOff?.();
  }

  /** One slice, now. `true`: more is to be removed. */
  async #pruneSlice(): Promise<boolean> {
    const { store, clock, rules } = this.#parts;
    const now = clock.now();
    const slice = await store.retention.prune({
      now,
      endedBefore: before(now, rules.runsMs),
      failedBefore: before(now, rules.failedMs),
      eventsBefore: before(now, rules.eventsMs),
      limit: rowsPerSlice,
      ...(rules.tracesMs === undefined ? {} : { tracesBefore: before(now, rules.tracesMs) }),
      ...(rules.failuresMs === undefined ? {} : { failuresBefore: before(now, rules.failuresMs) }),
      ...(rules.runsMax === undefined ? {} : { runsMax: rules.runsMax }),
    });
    this.#removed = { runs: this.#removed.runs + slice.runs, events: this.#removed.events + slice.events };
    return slice.more;
  }

  /** Runs whose function has been gone for too long end here, and not in silence. True: there may be more. */
  async #endAbandoned(): Promise<boolean> {
    const { store, clock, rules, cancel } = this.#parts;
    const goneMs = goneMsOf(rules);
    if (goneMs === undefined) return false;
    const archivedBefore = before(clock.now(), goneMs);
    const runIds = await store.retention.listAbandoned({ archivedBefore, limit: abandonedPerSlice });
    await Promise.all(runIds.map((runId) => cancel({ runId, reason: "function_gone" })));
    return runIds.length === abandonedPerSlice;
  }

  #after(delayMs: number): void {
    if (this.#isStopped) return;
    const { clock } = this.#parts;
    this.#callOff = clock.after(delayMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    const { observer, clock, store } = this.#parts;
    const isIdle = store.counters.commits === this.#commitsAtPass;
    if (isIdle && clock.now() - this.#lastPassAt < idlePassEveryMs) return this.#after(passEveryMs);
    try {
      this.#lastPassAt = clock.now();
      if (!this.#isPruning && (await this.#endAbandoned())) return this.#after(sliceEveryMs);
      this.#isPruning = await this.#pruneSlice();
      if (this.#isPruning) return this.#after(sliceEveryMs);
      const { runs, events } = this.#removed;
      if (runs + events > 0) observer?.emit({ kind: "retention.finished", at: clock.now(), runs, events });
      this.#removed = { runs: 0, events: 0 };
      this.#commitsAtPass = store.counters.commits;
    } catch (error) {
      observer?.emit({
        kind: "store.failed",
        at: clock.now(),
        during: "retention",
        message: error instanceof Error ? error.message : String(error),
        retryInMs: passEveryMs,
      });
    }
    this.#after(passEveryMs);
  }
}

function before(now: EpochMs, ageMs: number | undefined): EpochMs {
  return epochMs(ageMs === undefined ? 0 : now - ageMs);
}
