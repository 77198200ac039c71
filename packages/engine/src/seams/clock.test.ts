import { epochMs } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import { clockOver, type Platform } from "./clock.ts";

const start = Date.UTC(2026, 0, 1);

/** Time passes on one clock; the wall may be set. */
function setup({ floor = 0 } = {}) {
  const time = new VirtualClock(start);
  let skewMs = 0;
  const jumps: number[] = [];
  const platform: Platform = {
    lookMsMax: 30_000,
    wallNow: () => time.now() + skewMs,
    after: (ms, callback) => time.wakeAt(epochMs(time.now() + ms), callback),
    defer: (callback) => time.defer(callback),
    stopwatchMs: () => 0,
  };
  const clock = clockOver(platform, epochMs(floor), (byMs) => jumps.push(byMs));
  const pass = (ms: number): void => {
    for (let next = time.nextAt; next !== undefined && next <= time.now() + ms; next = time.nextAt) {
      const before = time.now();
      time.moveTo(next);
      ms -= next - before;
    }
    time.moveTo(time.now() + ms);
  };
  const setWall = (byMs: number): void => {
    skewMs += byMs;
  };
  return { clock, pass, setWall, jumps };
}

describe("the clock of a process", () => {
  test("stands still while the wall clock is a little behind, and follows it where it is far behind", () => {
    const { clock, pass, setWall, jumps } = setup();
    expect(clock.now()).toBe(start);
    setWall(-60_000);
    expect(clock.now()).toBe(start);
    pass(59_000);
    expect(clock.now()).toBe(start);
    pass(2_000);
    expect(clock.now()).toBe(start + 1_000);
    setWall(-60_001);
    expect([clock.now(), jumps]).toEqual([start - 59_001, [60_001]]);
  });

  test("does not start before the last time a store has seen", () => {
    const { clock } = setup({ floor: start + 5_000 });
    expect(clock.now()).toBe(start + 5_000);
  });

  test("wakes at the time asked for and not before, however far away it is", () => {
    const { clock, pass } = setup();
    const woken: number[] = [];
    for (const ms of [0, 1, 29_999, 30_000, 30_001, 3_600_000]) clock.wakeAt(epochMs(start + ms), () => woken.push(clock.now() - start));
    pass(3_599_999);
    expect(woken).toEqual([0, 1, 29_999, 30_000, 30_001]);
    pass(1);
    expect(woken.at(-1)).toBe(3_600_000);
  });

  test("finds out within half a minute that the wall clock was set forward, and waits on where it was set back", () => {
    const { clock, pass, setWall } = setup();
    const woken: string[] = [];
    clock.wakeAt(epochMs(start + 3_600_000), () => woken.push("hour"));
    clock.wakeAt(epochMs(start + 10_000), () => woken.push("seconds"));
    setWall(3_600_000);
    pass(30_000);
    expect(woken).toEqual(["seconds", "hour"]);

    clock.wakeAt(epochMs(clock.now() + 1_000), () => woken.push("later"));
    setWall(-600_000);
    pass(600_999);
    expect(woken).not.toContain("later");
    pass(1);
    expect(woken).toContain("later");
  });

  test("a pause is as long as it was asked for, whatever is done to the wall clock", () => {
    const { clock, pass, setWall } = setup();
    const over: string[] = [];
    clock.after(250, () => over.push("first"));
    setWall(-3_600_000);
    pass(249);
    expect(over).toEqual([]);
    pass(1);
    expect(over).toEqual(["first"]);
    clock.after(250, () => over.push("second"));
    setWall(7_200_000);
    pass(249);
    expect(over).toEqual(["first"]);
    pass(1);
    expect(over).toEqual(["first", "second"]);
  });

  test("what is called off does not wake, also after it was looked at", () => {
    const { clock, pass } = setup();
    let count = 0;
    const callOff = clock.wakeAt(epochMs(start + 90_000), () => {
      count += 1;
    });
    pass(45_000);
    callOff();
    pass(100_000);
    expect(count).toBe(0);
  });
});
