import { type Clock, systemClock } from "@stepwell/engine";
import { type EpochMs, epochMs } from "@stepwell/protocol";

interface Timer {
  readonly at: EpochMs;
  readonly callback: () => void;
  callOff: () => void;
}

/**
 * A clock that runs with the wall's and can leap ahead: to the next instant at which somebody asked to be called. What is in
 * flight goes on in real time; what only waits for its hour need not be waited for.
 */
export class LeapingClock implements Clock {
  readonly #wall = systemClock(epochMs(0));
  readonly #timers = new Set<Timer>();
  #aheadMs = 0;

  now(): EpochMs {
    return epochMs(this.#wall.now() + this.#aheadMs);
  }

  wakeAt(at: EpochMs, callback: () => void): () => void {
    const timer: Timer = { at, callback, callOff: () => undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      this.#timers.delete(timer);
      timer.callOff();
    };
  }

  after(ms: number, callback: () => void): () => void {
    return this.wakeAt(epochMs(this.now() + ms), callback);
  }

  defer(callback: () => void): void {
    this.#wall.defer(callback);
  }

  stopwatchMs(): number {
    return this.#wall.stopwatchMs();
  }

  /** To the next instant that somebody waits for; nothing happens when nobody does. */
  leap(): void {
    const next = Math.min(...[...this.#timers].map(({ at }) => at));
    const byMs = next - this.now();
    if (!Number.isFinite(byMs) || byMs <= 0) return;
    this.#aheadMs += byMs;
    for (const timer of this.#timers) {
      timer.callOff();
      this.#arm(timer);
    }
  }

  #arm(timer: Timer): void {
    timer.callOff = this.#wall.wakeAt(epochMs(timer.at - this.#aheadMs), () => {
      this.#timers.delete(timer);
      timer.callback();
    });
  }
}
