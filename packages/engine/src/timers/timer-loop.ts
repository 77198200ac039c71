// The timer loop has what is due decided: timers by the handler of their kind, in the order of their due times.
//
// It owns when to look again. It does not own what a timer means, nor that it fires once: its handler's unit is guarded by
// the due time that was seen here.
//
// L1. There is no tick. The loop sleeps until the earliest due time it knows of, or until somebody wakes it. A wake-up may
//     be late or doubled: it only ends a sleep.
// L2. One slice is under way at a time, and everything else has its turn between two slices.
// L3. A handler that fails leaves its timer as it was. The loop looks again later, longer each time, and a timer that fails
//     again and again does not keep back the others of its slice.

import { type EpochMs, epochMs } from "@stepwell/protocol";
import type { Store, TimerKind, TimerRecord, WakeHint } from "@stepwell/store";
import type { Clock } from "../seams/clock.ts";

export interface TimerLoopParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly handlers: Partial<Readonly<Record<TimerKind, (timer: TimerRecord) => Promise<void>>>>;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
}

const timersPerSlice = 200;
const retryMsMin = 50;
const retryMsMax = 5_000;

export class TimerLoop {
  readonly #parts: TimerLoopParts;
  #isLooking = false;
  #isStopped = true;
  /** Something became due while the loop looked. */
  #isWoken = false;
  #dueAt: EpochMs | undefined;
  #callOff: (() => void) | undefined;
  #retryMs = retryMsMin;

  constructor(parts: TimerLoopParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#isStopped = false;
    this.#look();
  }

  /** After this nothing more is fired but what is under way. */
  stop(): void {
    this.#isStopped = true;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  /** A slice is under way. */
  get isLooking(): boolean {
    return this.#isLooking;
  }

  /** A timer was set. */
  wake({ timerDueAt }: WakeHint): void {
    if (timerDueAt !== undefined) this.#sleepUntil(timerDueAt);
  }

  #look(): void {
    if (this.#isStopped) return;
    if (this.#isLooking) {
      this.#isWoken = true;
      return;
    }
    this.#isLooking = true;
    this.#isWoken = false;
    void this.#fireSlice();
  }

  async #fireSlice(): Promise<void> {
    const { store, clock } = this.#parts;
    try {
      const { timers, nextDueAt } = await store.timers.due({ now: clock.now(), limit: timersPerSlice });
      const fired = timers.flatMap((timer) => this.#parts.handlers[timer.kind]?.(timer) ?? []);
      const results = await Promise.allSettled(fired);
      this.#isLooking = false;
      const failed = results.find((result) => result.status === "rejected");
      if (failed !== undefined) return this.#backOff(failed.reason);
      this.#retryMs = retryMsMin;
      if (nextDueAt !== undefined) this.#sleepUntil(nextDueAt);
      if (fired.length > 0 || this.#isWoken) clock.defer(() => this.#look());
    } catch (error) {
      this.#isLooking = false;
      this.#backOff(error);
    }
  }

  #backOff(error: unknown): void {
    this.#parts.onFailure(error, this.#retryMs);
    this.#callOff?.();
    this.#dueAt = undefined;
    this.#sleepUntil(epochMs(this.#parts.clock.now() + this.#retryMs));
    this.#retryMs = Math.min(retryMsMax, this.#retryMs * 2);
  }

  #sleepUntil(dueAt: EpochMs): void {
    if (this.#isStopped || (this.#dueAt !== undefined && this.#dueAt <= dueAt)) return;
    this.#callOff?.();
    this.#dueAt = dueAt;
    this.#callOff = this.#parts.clock.wakeAt(dueAt, () => {
      this.#dueAt = undefined;
      this.#callOff = undefined;
      this.#look();
    });
  }
}
