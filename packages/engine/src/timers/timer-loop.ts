// The timer loop: decisions that are due. It owns when to look; what a timer means is its handler's.
//
// T1. There is no tick: the loop sleeps until the earliest due time it knows of, or until somebody wakes it.
// T2. Nothing fires early, and each timer fires once: whatever a handler commits shows the due time it saw.
// T3. One that fails is tried again later, and does not keep back the others that are due.
// T4. A wait does not time out while an event that may end it is still to be looked at: an event that was accepted
//     before the wait's time was over wins.

import type { EpochMs } from "@stepwell/protocol";
import type { Store, TimerKind, TimerRecord, WaitRecord } from "@stepwell/store";
import type { Clock } from "../seams/clock.ts";

export interface TimerLoopParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Resolves when every event that has been accepted is committed and has been looked at. */
  readonly matched: () => Promise<void>;
  readonly onTimer: TimerHandlers;
  readonly onWaitOver: (wait: WaitRecord) => Promise<void>;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
}

/** Each settles its timer: sets it anew, removes it, or has the unit that acts on it do so. */
export type TimerHandlers = { readonly [Kind in TimerKind]: (timer: TimerRecord) => Promise<void> };

/** Timers and waits of one look: their units are one batch or a few. */
const timersPerLook = 200;
const retryMsMin = 50;
const retryMsMax = 5_000;

export class TimerLoop {
  readonly #parts: TimerLoopParts;
  #isStopped = true;
  #isLooking = false;
  #lookAgain = false;
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

  stop(): void {
    this.#isStopped = true;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  get isBusy(): boolean {
    return this.#isLooking;
  }

  /** A timer or a wait was set for this time. */
  wake(dueAt: EpochMs): void {
    if (dueAt <= this.#parts.clock.now()) this.#look();
    else this.#sleepUntil(dueAt);
  }

  #look(): void {
    if (this.#isStopped) return;
    this.#lookAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#lookAgain && !this.#isStopped) {
      this.#lookAgain = false;
      try {
        await this.#fireDue();
        this.#retryMs = retryMsMin;
      } catch (error) {
        this.#parts.onFailure(error, this.#retryMs);
        this.#parts.clock.after(this.#retryMs, () => this.#look());
        this.#retryMs = Math.min(retryMsMax, this.#retryMs * 2);
      }
    }
    this.#isLooking = false;
  }

  async #fireDue(): Promise<void> {
    const { store, clock, onTimer, onWaitOver, matched } = this.#parts;
    const { timers, waits, nextDueAt } = await store.timers.due({ now: clock.now(), limit: timersPerLook });
    if (nextDueAt !== undefined) this.#sleepUntil(nextDueAt);
    const fired = await Promise.allSettled(timers.map((timer) => onTimer[timer.kind](timer)));
    if (waits.length > 0) await matched();
    const over = await Promise.allSettled(waits.map(onWaitOver));
    const failed = [...fired, ...over].find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
    // Each handler's commit has let the others have their turn, so ten thousand that are due together hold up nothing.
    if (timers.length + waits.length > 0) this.#lookAgain = true;
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
