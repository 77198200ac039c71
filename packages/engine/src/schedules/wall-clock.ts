// What the clocks of a zone show, and when.
//
// A wall time is what a clock on a wall shows, written as the instant at which a clock in UTC shows the same. Two rules make
// wall times and instants rise together, so that a schedule can be followed through any change of the clocks:
//
// W1. A wall time that is shown twice, as when clocks go back, counts when it is shown first.
// W2. A wall time that is never shown, as when clocks go forward, does not count.

import { invariant } from "@stepwell/protocol";

declare const brand: unique symbol;
export type WallMs = number & { readonly [brand]: "WallMs" };

export type Showing =
  | { readonly kind: "shown"; readonly at: number }
  /** The clocks go past it: `from` is the first wall time that they leave out, `until` the first that they show again. */
  | { readonly kind: "skipped"; readonly from: WallMs; readonly until: WallMs };

export interface WallClock {
  /** The latest wall time that was shown at `instant` or before. In an hour that repeats it is the end of that hour. */
  latestWall(instant: number): WallMs;
  /** When a wall time is shown first. */
  showing(wall: WallMs): Showing;
}

/** Zones are between 12 hours behind UTC and 14 hours ahead of it. */
const hourMs = 3_600_000;
const offsetMsMin = -12 * hourMs;
const offsetMsMax = 14 * hourMs;

/** UTC has no changes, and most schedules no zone. */
const utc: WallClock = { latestWall: (instant) => instant as WallMs, showing: (wall) => ({ kind: "shown", at: wall }) };

export function wallClock(timeZone: string): WallClock {
  return timeZone.toUpperCase() === "UTC" ? utc : new ZoneClock(timeZone);
}

class ZoneClock implements WallClock {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  latestWall(instant: number): WallMs {
    const offset = this.#offsetAt(instant);
    const wall = (instant + offset) as WallMs;
    const first = this.showing(wall);
    if (first.kind === "skipped" || first.at >= instant) return wall;
    // The second time round. What was shown last before the clocks went back is the latest.
    const change = this.#changeBetween(first.at, instant);
    return (change + this.#offsetAt(first.at) - 1) as WallMs;
  }

  showing(wall: WallMs): Showing {
    const [early, late] = [wall - offsetMsMax, wall - offsetMsMin];
    const [before, after] = [this.#offsetAt(early), this.#offsetAt(late)];
    // Clocks that go back show a wall time by the old offset first.
    if (this.#offsetAt(wall - before) === before) return { kind: "shown", at: wall - before };
    if (this.#offsetAt(wall - after) === after) return { kind: "shown", at: wall - after };
    const change = this.#changeBetween(early, late);
    const skipped = { kind: "skipped", from: (change + before) as WallMs, until: (change + after) as WallMs } as const;
    invariant(skipped.from <= wall && wall < skipped.until, "a wall time that is not shown lies where clocks go forward");
    return skipped;
  }

  /** The first instant with the offset that `late` has; zones do not change twice within the hours that are asked about. */
  #changeBetween(early: number, late: number): number {
    const after = this.#offsetAt(late);
    let [low, high] = [early, late];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#offsetAt(middle) === after) high = middle;
      else low = middle;
    }
    return high;
  }

  #offsetAt(instant: number): number {
    const second = Math.floor(instant / 1_000) * 1_000;
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, seconds = 0] = (this.#format.format(second).match(/\d+/g) ?? []).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  }
}
