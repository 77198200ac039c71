import type { VirtualClock } from "@stepwell/engine/testing";

/** The clock on the machine's wall, which people and NTP set: it differs from time as it passes, and jumps. */
export class WallClock {
  readonly #time: VirtualClock;
  #skewMs = 0;
  /** By how much it was set back so far. */
  setBackMs = 0;
  /** The latest time it ever showed. */
  latest = 0;

  constructor(time: VirtualClock) {
    this.#time = time;
  }

  now(): number {
    const now = this.#time.now() + this.#skewMs;
    this.latest = Math.max(this.latest, now);
    return now;
  }

  setForward(byMs: number): void {
    this.#skewMs += byMs;
  }

  setBack(byMs: number): void {
    this.#skewMs -= byMs;
    this.setBackMs += byMs;
  }
}
