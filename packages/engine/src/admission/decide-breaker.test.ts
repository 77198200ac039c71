import { type CircuitBreaker, epochMs, limits } from "@stepwell/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BreakerState, type CallOutcome, countsOf, decideBreaker } from "./decide-breaker.ts";

const rule = (more: Partial<CircuitBreaker> = {}): CircuitBreaker => ({ windowMs: 10_000, cooldownMs: 5_000, halfOpen: 1, ...more });
const three = rule({ failures: 3 });

/** What becomes of a breaker, by the time of each outcome; calls take no time unless it is said. */
function after(
  outcomes: readonly (readonly [at: number, outcome: CallOutcome["kind"] | { readonly until: number | undefined }, sentAt?: number])[],
  of: CircuitBreaker | "no rule" = three,
): BreakerState | undefined {
  let state: BreakerState | undefined;
  for (const [at, said, sentAt = at] of outcomes) {
    const outcome: CallOutcome =
      typeof said === "string"
        ? ({ kind: said } as CallOutcome)
        : { kind: "slow_down", until: said.until === undefined ? undefined : epochMs(said.until) };
    state = decideBreaker(state, of === "no rule" ? undefined : of, outcome, { sentAt: epochMs(sentAt), now: epochMs(at) });
  }
  return state;
}

describe("a closed breaker", () => {
  test("opens with the failure that is one too many, for its cooldown", () => {
    expect(
      after([
        [0, "failure"],
        [1, "failure"],
      ]),
    ).toMatchObject({ status: "closed" });
    expect(
      after([
        [0, "failure"],
        [1, "failure"],
        [2, "failure"],
      ]),
    ).toEqual({
      ...{ status: "open", reason: "failures", since: 2, until: 5_002, passed: 0, calls: 3, failures: 3 },
    });
  });

  test("counts failures whatever goes well between them", () => {
    expect(
      after([
        [0, "failure"],
        [1, "success"],
        [2, "failure"],
        [3, "success"],
        [4, "failure"],
      ])?.status,
    ).toBe("open");
  });

  test("forgets what is older than its window", () => {
    const state = after([
      [0, "failure"],
      [1, "failure"],
      [10_001, "failure"],
    ]);
    expect(state).toMatchObject({ status: "closed" });
    expect(countsOf(state, epochMs(10_001), 10_000)).toEqual({ calls: 1, failures: 1 });
    expect(countsOf(state, epochMs(30_000), 10_000)).toEqual({ calls: 0, failures: 0 });
  });

  test("keeps no more than its tenths of a window, however many calls there are", () => {
    const state = after(Array.from({ length: 5_000 }, (_, index) => [index * 7, "success"] as const));
    expect(state?.status === "closed" ? state.buckets.length : 0).toBeLessThanOrEqual(11);
  });

  test("opens by a rate only once there were enough calls, and with a failure", () => {
    const half = rule({ rate: 0.5 });
    const failures = (count: number) => Array.from({ length: count }, (_, index) => [index, "failure"] as const);
    expect(after(failures(limits.breakerCallsMin - 1), half)?.status).toBe("closed");
    expect(after(failures(limits.breakerCallsMin), half)?.status).toBe("open");
    const mixed = Array.from({ length: 20 }, (_, index) => [index, index % 2 === 0 ? "failure" : "success"] as const);
    expect(after(mixed.slice(0, 10), half)).toMatchObject({ status: "closed" });
    expect(after(mixed.slice(0, 11), half)).toMatchObject({ status: "open", calls: 11, failures: 6 });
  });

  test("takes no notice of what says nothing", () => {
    expect(
      after([
        [0, "nothing"],
        [1, "nothing"],
        [2, "nothing"],
      ]),
    ).toBeUndefined();
  });
});

const opening = [
  [0, "failure"],
  [1, "failure"],
  [2, "failure"],
] as const;

describe("an open breaker", () => {
  test("is not moved by calls from before, however they end", () => {
    const open = after(opening);
    expect(after([...opening, [100, "success", 1], [6_000, "success", 1], [6_000, "failure", 1]])).toEqual(open);
    expect(after([...opening, [6_000, "success", 1], [6_001, "failure", 5_001]])).toEqual(open);
  });

  test("closes with a probe that goes well, with an empty window", () => {
    expect(after([...opening, [5_003, "success"]])).toBeUndefined();
    expect(after([...opening, [5_003, "success"], [5_004, "failure"], [5_005, "failure"]])?.status).toBe("closed");
  });

  test("opens for another cooldown with a probe that fails, and remembers since when", () => {
    expect(after([...opening, [6_000, "failure"]])).toMatchObject({ status: "open", since: 2, until: 11_000, passed: 0 });
  });

  test("asks for as many probes in a row as the rule says", () => {
    const careful = rule({ failures: 3, halfOpen: 2 });
    expect(after([...opening, [6_000, "success"]], careful)).toMatchObject({ status: "open", passed: 1, until: 5_002 });
    expect(after([...opening, [6_000, "success"], [6_001, "success"]], careful)).toBeUndefined();
    expect(after([...opening, [6_000, "success"], [6_001, "failure"], [12_000, "success"]], careful)).toMatchObject({ passed: 1 });
  });

  test("does not outlive its rule", () => {
    const open = after(opening);
    expect(decideBreaker(open, undefined, { kind: "failure" }, { sentAt: epochMs(6_000), now: epochMs(6_000) })).toBeUndefined();
  });
});

describe("an app that asks for a pause", () => {
  test("gets it, whether its function has a breaker or not", () => {
    for (const of of [three, "no rule"] as const)
      expect(after([[100, { until: 4_000 }]], of)).toMatchObject({ status: "open", reason: "back_pressure", since: 100, until: 4_000 });
  });

  test("gets the longest it asked for, and no longer than the limit", () => {
    expect(
      after([
        [0, { until: 4_000 }],
        [1, { until: 9_000 }],
        [2, { until: 2_000 }],
      ]),
    ).toMatchObject({ until: 9_000 });
    expect(after([[0, { until: 86_400_000 }]])).toMatchObject({ until: limits.backPressureMsMax });
  });

  test("gets a second if it says no time, and as long again as it has had, up to the limit", () => {
    const asked = { until: undefined };
    expect(after([[0, asked]])).toMatchObject({ until: 1_000 });
    const later = [1_000, 3_000, 7_000].map((at) => [at, asked] as const);
    expect(after([[0, asked], ...later])).toMatchObject({ since: 0, until: 15_000 });
    expect(
      after([
        [0, asked],
        [900_000, asked],
      ]),
    ).toMatchObject({ until: 900_000 + limits.backPressureMsMax });
  });

  test("goes on with one probe that is answered, however many a breaker asks for", () => {
    const careful = rule({ failures: 3, halfOpen: 5 });
    expect(
      after(
        [
          [0, { until: 1_000 }],
          [1_000, "success"],
        ],
        careful,
      ),
    ).toBeUndefined();
    expect(
      after(
        [
          [0, { until: 1_000 }],
          [1_000, "success"],
        ],
        "no rule",
      ),
    ).toBeUndefined();
    // An answer it is, and one failure.
    expect(
      after(
        [
          [0, { until: 1_000 }],
          [1_000, "failure"],
        ],
        careful,
      ),
    ).toMatchObject({ status: "closed" });
    expect(
      after(
        [
          [0, { until: 1_000 }],
          [1_000, "failure"],
        ],
        "no rule",
      ),
    ).toBeUndefined();
  });

  test("while its breaker is open has it opened for longer, on the graver reason", () => {
    expect(after([...opening, [6_000, { until: 60_000 }]])).toMatchObject({ reason: "failures", until: 60_000, passed: 0 });
  });
});

test("whatever comes, it never opens for longer than it may, nor counts more failures than calls", () => {
  const outcome = fc.oneof(
    fc.constantFrom<CallOutcome>({ kind: "success" }, { kind: "failure" }, { kind: "nothing" }),
    fc.nat(2_000_000).map((ms): CallOutcome => ({ kind: "slow_down", until: epochMs(ms) })),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ outcome, gapMs: fc.nat(4_000), tookMs: fc.nat(9_000) }), { maxLength: 60 }), (calls) => {
      let now = 10_000;
      let state: BreakerState | undefined;
      for (const { outcome: said, gapMs, tookMs } of calls) {
        now += gapMs;
        state = decideBreaker(state, three, said, { sentAt: epochMs(now - tookMs), now: epochMs(now) });
        if (state?.status === "open") expect(state.until - now).toBeLessThanOrEqual(limits.backPressureMsMax);
        const { calls: made, failures } = countsOf(state, epochMs(now), three.windowMs);
        expect(failures).toBeLessThanOrEqual(made);
        if (state?.status === "closed") expect(failures).toBeLessThan(3);
      }
    }),
  );
});
