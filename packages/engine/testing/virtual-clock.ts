// Time that moves only when it is told to, and the turns of the event loop as a queue.

import { type EpochMs, epochMs } from "@stepwell/protocol";
import type { Clock } from "../src/seams/clock.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #timers: Timer[] = [];
  #deferred: (() => void)[] = [];

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): EpochMs {
    return epochMs(this.#now);
  }

  wakeAt(at: EpochMs, callback: () => void): () => void {
    this.#order += 1;
    const timer = { at, order: this.#order, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  stopwatchMs(): number {
    return 0;
  }

  /** The next instant at which a timer is due. */
  get nextAt(): EpochMs | undefined {
    let next: number | undefined;
    for (const { at } of this.#timers) if (next === undefined || at < next) next = at;
    return next === undefined ? undefined : epochMs(next);
  }

  /** Ends the turn: runs what was deferred in it. False: nothing was. */
  endTurn(): boolean {
    const callbacks = this.#deferred;
    this.#deferred = [];
    for (const callback of callbacks) callback();
    return callbacks.length > 0;
  }

  /** Moves time, forward or (as a fault) back, and fires what is due, in the order of due time. */
  moveTo(at: number): void {
    this.#now = at;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= at).sort((one, other) => one.at - other.at || one.order - other.order)[0];
      if (due === undefined) return;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      due.callback();
    }
  }

  /** As if the process had ended: nothing of it will call back. */
  clear(): void {
    this.#timers = [];
    this.#deferred = [];
  }
}
