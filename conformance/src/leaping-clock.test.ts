import { epochMs } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { LeapingClock } from "./leaping-clock.ts";

const hour = 3_600_000;

test("a leap goes to the next instant that somebody waits for, and not beyond", async () => {
  const clock = new LeapingClock();
  const begin = clock.now();
  const called: string[] = [];
  const callAt = (at: number, name: string): Promise<void> =>
    new Promise((resolve) => {
      clock.wakeAt(epochMs(at), () => {
        called.push(name);
        resolve();
      });
    });
  const far = callAt(begin + 9 * hour, "far");
  const near = callAt(begin + hour, "near");
  const never = clock.wakeAt(epochMs(begin + 1_000), () => called.push("called off"));
  never();
  clock.leap();
  await near;
  expect(called).toEqual(["near"]);
  expect(clock.now() - begin).toBeGreaterThanOrEqual(hour);
  expect(clock.now() - begin).toBeLessThan(2 * hour);
  clock.leap();
  await far;
  expect(called).toEqual(["near", "far"]);
  expect(clock.now() - begin).toBeGreaterThanOrEqual(9 * hour);
});

test("where nobody waits time stays as it is", () => {
  const clock = new LeapingClock();
  const before = clock.now();
  clock.leap();
  expect(clock.now() - before).toBeLessThan(1_000);
});
