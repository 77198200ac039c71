// Time that moves only when it is told to, and the turns of the event loop as a queue.

import { type EpochMs, epochMs } from "@stepwell/protocol";
import type { Clock } from "../src/seams/clock.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  isOff: boolean;
}

export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  /** A heap by time, and by the order of their setting. What was called off stays in it until its turn. */
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
    const timer = { at, order: this.#order, callback, isOff: false };
    this.#push(timer);
    return () => {
      timer.isOff = true;
    };
  }

  after(ms: number, callback: () => void): () => void {
    return this.wakeAt(epochMs(this.#now + ms), callback);
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  stopwatchMs(): number {
    return 0;
  }

  /** The next instant at which a timer is due. */
  get nextAt(): EpochMs | undefined {
    while (this.#timers[0]?.isOff === true) this.#pop();
    const next = this.#timers[0];
    return next === undefined ? undefined : epochMs(next.at);
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
    for (let next = this.nextAt; next !== undefined && next <= at; next = this.nextAt) this.#pop()?.callback();
  }

  /** As if the process had ended: nothing of it will call back. */
  clear(): void {
    this.#timers = [];
    this.#deferred = [];
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let place = heap.length;
    heap.push(timer);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(timer, heap[parent])) break;
      heap[place] = heap[parent] as Timer;
      place = parent;
    }
    heap[place] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#timers;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child])) child += 1;
      if (!isBefore(heap[child] as Timer, last)) break;
      heap[place] = heap[child] as Timer;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(one: Timer, other: Timer | undefined): boolean {
  return other !== undefined && (one.at < other.at || (one.at === other.at && one.order < other.order));
}
