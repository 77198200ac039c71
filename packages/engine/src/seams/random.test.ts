import { epochMs } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { newId, systemRandom } from "./random.ts";

describe("the system's randomness", () => {
  test("ids of one millisecond are all different and stand in the order in which they were made", () => {
    const random = systemRandom();
    const ids = Array.from({ length: 20_000 }, () => newId<string>(epochMs(1_700_000_000_000), random));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual([...ids].sort());
  });

  test("two sources have nothing in common", () => {
    const [one, other] = [systemRandom(), systemRandom()];
    expect(newId(epochMs(0), one).slice(10, 18)).not.toBe(newId(epochMs(0), other).slice(10, 18));
  });

  test("what follows an id cannot be told from it", () => {
    const random = systemRandom();
    const steps = Array.from({ length: 200 }, () => newId<string>(epochMs(0), random).slice(-6));
    expect(new Set(steps).size).toBe(steps.length);
  });

  test("uniform numbers lie in their range and spread over it", () => {
    const random = systemRandom();
    const numbers = Array.from({ length: 2_000 }, () => random.uniform());
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(numbers.filter((number) => number < 0.5).length).toBeGreaterThan(700);
    expect(numbers.filter((number) => number >= 0.5).length).toBeGreaterThan(700);
  });
});
