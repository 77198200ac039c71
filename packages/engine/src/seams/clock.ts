// Time, as the engine sees it. Nothing in the engine asks the operating system for the time or sets a timer; it asks
// here, so that tests and the simulator can move time as they like.

import type { EpochMs } from "@stepwell/protocol";

export interface Clock {
  /** Engine time, in ms since 1970; never goes back within a process. */
  now(): EpochMs;
  /** Calls back once, at or after `at`, never before. The returned function calls it off. */
  wakeAt(at: EpochMs, callback: () => void): () => void;
  /** Calls back at the end of this turn of the event loop: what is decided in one turn is written as one batch. */
  defer(callback: () => void): void;
  /** A stopwatch in ms with fractions, for measuring what a commit took. Tells nothing about engine time. */
  stopwatchMs(): number;
}

/** The longest a timer of the platform can be set for. */
const timerMsMax = 2 ** 31 - 1;

/**
 * The clock of a running process: the wall clock, which never goes back and never starts before `floor` (the last
 * engine time a store has seen). Beyond `backwardJumpMsMax` the wall clock wins: a clock that was once set to 2030 must
 * not stop the world for years.
 */
export function systemClock(floor: EpochMs, onBackwardJump?: (byMs: number) => void): Clock {
  const backwardJumpMsMax = 60_000;
  let last: number = floor;
  return {
    now() {
      const wall = Date.now();
      if (wall >= last) last = wall;
      else if (last - wall > backwardJumpMsMax) {
        onBackwardJump?.(last - wall);
        last = wall;
      }
      return last as EpochMs;
    },
    wakeAt(at, callback) {
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const delay = at - Date.now();
        if (delay <= 0) timer = setTimeout(callback, 0);
        else timer = setTimeout(delay > timerMsMax ? arm : fire, Math.min(delay, timerMsMax));
      };
      // A timer of the platform may fire up to a millisecond early; nothing here may.
      const fire = (): void => (Date.now() >= at ? callback() : arm());
      arm();
      return () => clearTimeout(timer);
    },
    defer: (callback) => void setImmediate(callback),
    stopwatchMs: () => performance.now(),
  };
}
