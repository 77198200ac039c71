import { type EpochMs, epochMs } from "@stepwell/protocol";
import type { Gate, QueuePlace, ReleaseReport } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { type EstimateFacts, estimateStart } from "./estimate-start.ts";

const now = epochMs(1_000_000);
const slots: Gate = {
  ...{ kind: "step", scope: "fn", value: "a", isShut: true, used: 1, owners: [] },
  rule: { kind: "step", scope: "fn", key: "k", limit: 1 },
};
const throttle: Gate = {
  ...{ kind: "throttle", scope: "fn", value: "", isShut: true, used: 0, owners: [], opensAt: epochMs(now + 5_000) },
  rule: { kind: "throttle", scope: "fn", key: "", limit: 3, periodMs: 30_000, burst: 1 },
};

const place = (parts: Partial<QueuePlace> = {}): QueuePlace => ({
  ...{ state: "ready", dueAt: now, isStart: true, ahead: 2, first: [], gates: [slots] },
  ...parts,
});

/** So many beginnings, each so long after the one before, the last one so long ago. */
function releases(count: number, gapMs: number, agoMs: number, queuedAt = 0): readonly ReleaseReport[] {
  return Array.from({ length: count }, (_, index) => ({
    queuedAt: epochMs(queuedAt),
    startedAt: epochMs(now - agoMs - (count - 1 - index) * gapMs),
  }));
}

const estimate = (parts: Partial<EstimateFacts>) =>
  estimateStart({ now, place: place(), isAtLeast: false, releases: [], hasOneKey: true, ...parts });

describe("the estimate of a beginning", () => {
  test("of a limit follows from the median of its releases, and from the place", () => {
    expect(estimate({ releases: releases(6, 1_000, 400) })).toEqual({
      ...{ startAt: now + 600 + 2_000, confidence: "low", basis: "median of 5 releases" },
    });
    expect(estimate({ releases: releases(100, 1_000, 0) })).toMatchObject({ confidence: "medium", basis: "median of 50 releases" });
  });

  test("is absent where the past does not tell", () => {
    expect(estimate({ releases: releases(5, 1_000, 400) })).toBeUndefined(); // Four gaps.
    expect(estimate({ releases: releases(9, 1_000, 1_001) })).toBeUndefined(); // Longer than it ever took.
    expect(estimate({ releases: releases(9, 1_000, 400, now - 400) })).toBeUndefined(); // Nobody waited in between.
    expect(estimate({ releases: releases(9, 1_000, 400), isAtLeast: true })).toBeUndefined();
    expect(estimate({ releases: releases(9, 1_000, 400), place: place({ isStart: false }) })).toBeUndefined();
    expect(estimate({ releases: releases(9, 1_000, 400), place: place({ gates: [] }) })).toBeUndefined();
    const hold: Gate = { kind: "hold", scope: "fn", value: "", isShut: true, used: 0, owners: [] };
    expect(estimate({ releases: releases(9, 1_000, 400), place: place({ gates: [hold, slots] }) })).toBeUndefined();
  });

  test("of a throttle is its own pace, unless other lanes share it", () => {
    const throttled = place({ gates: [throttle] });
    expect(estimate({ place: throttled })).toMatchObject({ startAt: now + 25_000, confidence: "high" });
    expect(estimate({ place: throttled, hasOneKey: false })).toBeUndefined();
  });

  test("of what is parked is its time, unless a gate is shut besides", () => {
    const dueAt = (now + 7) as EpochMs;
    expect(estimate({ place: place({ state: "parked", dueAt, gates: [] }) })).toMatchObject({ startAt: dueAt, confidence: "high" });
    expect(estimate({ place: place({ state: "parked", dueAt }) })).toBeUndefined();
  });
});
