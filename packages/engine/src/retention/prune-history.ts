// Removes old history, a slice at a time, with everything else going on between two slices.

import { type EpochMs, epochMs } from "@stepwell/protocol";
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

export class HistoryPruner {
  readonly #parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly observer: Observer | undefined;
    readonly rules: RetentionRules;
  };
  #callOff: (() => void) | undefined;
  #isStopped = true;
  #removed = { runs: 0, events: 0 };
  #commitsAtPass = -1;
  #lastPassAt = 0;

  constructor(parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly observer: Observer | undefined;
    readonly rules: RetentionRules;
  }) {
    this.#parts = parts;
  }

  start(): void {
    const { runsMs, failedMs, eventsMs, runsMax } = this.#parts.rules;
    if (runsMs === undefined && failedMs === undefined && eventsMs === undefined && runsMax === undefined) return;
    this.#isStopped = false;
    this.#after(passEveryMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#callOff?.();
  }

  /** One slice, now. `true`: more is to be removed. */
  async pruneSlice(): Promise<boolean> {
    const { store, clock, rules } = this.#parts;
    const now = clock.now();
    const slice = await store.retention.prune({
      now,
      endedBefore: before(now, rules.runsMs),
      failedBefore: before(now, rules.failedMs ?? rules.runsMs),
      eventsBefore: before(now, rules.eventsMs ?? rules.runsMs),
      limit: rowsPerSlice,
      ...(rules.runsMax === undefined ? {} : { runsMax: rules.runsMax }),
    });
    this.#removed = { runs: this.#removed.runs + slice.runs, events: this.#removed.events + slice.events };
    return slice.more;
  }

  #after(delayMs: number): void {
    if (this.#isStopped) return;
    const { clock } = this.#parts;
    this.#callOff = clock.wakeAt(epochMs(clock.now() + delayMs), () => void this.#run());
  }

  async #run(): Promise<void> {
    const { observer, clock, store } = this.#parts;
    const isIdle = store.counters.commits === this.#commitsAtPass;
    if (isIdle && clock.now() - this.#lastPassAt < idlePassEveryMs) return this.#after(passEveryMs);
    try {
      this.#lastPassAt = clock.now();
      if (await this.pruneSlice()) return this.#after(sliceEveryMs);
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
