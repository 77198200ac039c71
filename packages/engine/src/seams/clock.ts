// Time, as the engine sees it. Nothing in the engine asks the operating system for the time or sets a timer; it asks
// here, so that tests and the simulator can move time as they like.

import type { EpochMs } from "@stepwell/protocol";

export interface Clock {
  /** Engine time, in ms since 1970; never goes back within a process. */
  now(): EpochMs;
  /** Calls back once, at or after `at`, never before. The returned function calls it off. */
  wakeAt(at: EpochMs, callback: () => void): () => void;
  /**
   * Calls back once, when so much time has passed, whatever the wall clock does meanwhile: for pauses, which a clock that is
   * set back must not make longer. At most some weeks. The returned function calls it off.
   */
  after(ms: number, callback: () => void): () => void;
  /** Calls back at the end of this turn of the event loop: what is decided in one turn is written as one batch. */
  defer(callback: () => void): void;
  /** A stopwatch in ms with fractions, for measuring what a commit took. Tells nothing about engine time. */
  stopwatchMs(): number;
}

/** What a process has: a wall clock that people and NTP set, and timers that count time as it passes. */
export interface Platform {
  /** The longest a timer sleeps before it looks at the wall clock again. */
  readonly lookMsMax: number;
  wallNow(): number;
  /** Calls back after so many ms, whatever the wall clock does meanwhile. The returned function calls it off. */
  after(ms: number, callback: () => void): () => void;
  defer(callback: () => void): void;
  stopwatchMs(): number;
}

/** When the wall clock was set forward, or the machine slept, what is due by it is late by no more than this. */
const lookMsMaxDefault = 30_000;
const backwardJumpMsMax = 60_000;

/** The clock of a running process. */
export function systemClock(floor: EpochMs, onBackwardJump?: (byMs: number) => void): Clock {
  return clockOver(operatingSystem, floor, onBackwardJump);
}

/**
 * Engine time over a wall clock: it never goes back and never starts before `floor` (the last engine time a store has
 * seen). Beyond `backwardJumpMsMax` the wall clock wins: a clock that was once set to 2030 must not stop the world for
 * years.
 */
export function clockOver(platform: Platform, floor: EpochMs, onBackwardJump?: (byMs: number) => void): Clock {
  let last: number = floor;
  return {
    now() {
      const wall = platform.wallNow();
      if (wall >= last) last = wall;
      else if (last - wall > backwardJumpMsMax) {
        onBackwardJump?.(last - wall);
        last = wall;
      }
      return last as EpochMs;
    },
    wakeAt(at, callback) {
      let callOff: () => void;
      const arm = (): void => {
        const delay = at - platform.wallNow();
        // A timer of the platform may fire up to a millisecond early; nothing here may.
        callOff = delay <= 0 ? platform.after(0, callback) : platform.after(Math.min(delay, platform.lookMsMax), arm);
      };
      arm();
      return () => callOff();
    },
    after: (ms, callback) => platform.after(ms, callback),
    defer: (callback) => platform.defer(callback),
    stopwatchMs: () => platform.stopwatchMs(),
  };
}

const operatingSystem: Platform = {
  lookMsMax: lookMsMaxDefault,
  wallNow: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  defer: (callback) => void setImmediate(callback),
  stopwatchMs: () => performance.now(),
};
