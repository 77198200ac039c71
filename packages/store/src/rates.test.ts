import { epochMs } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { arrivalAfter, nextAllowedAt, type Rate } from "./rates.ts";

/** How many of the attempts at these moments get in. */
function letIn(rate: Rate, moments: readonly number[]): readonly number[] {
  let arrival = 0;
  return moments.filter((now) => {
    if (nextAllowedAt(rate, arrival) > now) return false;
    arrival = arrivalAfter(rate, arrival, epochMs(now));
    return true;
  });
}

const t0 = 1_700_000_000_000;
const at = (...offsets: readonly number[]): readonly number[] => offsets.map((offset) => t0 + offset);

describe("a rate", () => {
  test("lets its burst in at once, and then one for each part of the period", () => {
    const rate = { limit: 2, periodMs: 1_000, burst: 2 };
    expect(letIn(rate, at(0, 0, 0, 499, 500, 501, 1_000))).toEqual(at(0, 0, 500, 1_000));
  });

  test.each([3, 7, 30, 333, 7_777, 30_000])("lets the whole of a burst of %i in at once, whatever its parts are rounded to", (limit) => {
    for (const periodMs of [1_000, 3_600_000, 86_400_000]) {
      const attempts = at(...Array.from({ length: limit + 3 }, () => 0));
      expect(letIn({ limit, periodMs, burst: limit }, attempts)).toHaveLength(limit);
    }
  });

  test("without a burst spaces from the first one on", () => {
    expect(letIn({ limit: 1, periodMs: 5_000, burst: 1 }, at(0, 1, 4_999, 5_000, 9_999, 10_000))).toEqual(at(0, 5_000, 10_000));
  });

  test("loses nothing to rounding: three in a second are three in every second", () => {
    const rate = { limit: 3, periodMs: 1_000, burst: 1 };
    const every = Array.from({ length: 100_000 }, (_, ms) => t0 + ms);
    expect(letIn(rate, every)).toHaveLength(300);
  });

  test("never gathers more than its burst, however long it was idle", () => {
    const rate = { limit: 10, periodMs: 1_000, burst: 3 };
    const later = 86_400_000;
    expect(letIn(rate, at(0, later, later, later, later))).toEqual(at(0, later, later, later));
  });
});
