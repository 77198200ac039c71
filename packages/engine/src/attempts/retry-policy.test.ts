import { epochMs } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../testing/index.ts";
import { nextAttemptAt } from "./retry-policy.ts";

const now = epochMs(1_000_000);
const policy = (seed: number) => ({ random: new SeededRandom(seed), intervalMs: undefined });

describe("the next attempt", () => {
  test.for([
    [0, 15_000],
    [1, 30_000],
    [2, 60_000],
    [3, 120_000],
    [4, 300_000],
    [5, 600_000],
    [6, 1_200_000],
    [7, 2_400_000],
    [8, 3_600_000],
    [9, 7_200_000],
    [20, 7_200_000],
  ] as const)("after attempt %i comes %i ms later, and up to half a minute of jitter", ([attempt, base]) => {
    for (let seed = 0; seed < 50; seed += 1) {
      const delay = nextAttemptAt(policy(seed), now, attempt, undefined) - now;
      expect(delay).toBeGreaterThanOrEqual(base);
      expect(delay).toBeLessThan(base + 30_000);
    }
  });

  test("is the same for the same seed, and differs between seeds", () => {
    const at = (seed: number): number => nextAttemptAt(policy(seed), now, 0, undefined);
    expect(at(7)).toBe(at(7));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => at(seed))).size).toBeGreaterThan(10);
  });

  test("comes when the app asks for it, whatever the table says", () => {
    expect(nextAttemptAt(policy(1), now, 9, epochMs(now + 1))).toBe(now + 1);
  });

  test("comes after the fixed interval where one is set, without jitter", () => {
    expect(nextAttemptAt({ random: new SeededRandom(1), intervalMs: 40 }, now, 5, undefined)).toBe(now + 40);
  });
});
