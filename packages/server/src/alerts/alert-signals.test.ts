import type { BreakerReport, Occurrence } from "@stepwell/engine";
import { type EpochMs, epochMs, limits, type RunId } from "@stepwell/protocol";
import { expect, test } from "vitest";
import type { AlertRule } from "./alert-settings.ts";
import { alertSignal, type SignalSources } from "./alert-signals.ts";
import { AlertTally } from "./alert-tally.ts";

const t0 = Date.UTC(2026, 0, 1);
const at = (ms: number): EpochMs => epochMs(t0 + ms);
const runId = "01J00000000000000000000000" as RunId;
const rate: AlertRule = { name: "r", kind: "failure-rate", above: 0.5, windowMs: 60_000, minRuns: 4, channels: [] };
const missed: AlertRule = { name: "m", kind: "schedule-missed", channels: [] };

function ended(slug: string, ms: number, status: "completed" | "failed" | "cancelled"): Occurrence {
  return { kind: "run.ended", at: at(ms), runId, slug, status, queuedAt: at(0) };
}

function sources(tally: AlertTally, now: number, more: Partial<SignalSources> = {}): SignalSources {
  return {
    tally,
    backlog: undefined,
    now: at(now),
    countsSince: at(0),
    isKnownFunction: () => true,
    failures: undefined,
    breakers: undefined,
    watchedSince: {},
    ...more,
  };
}

test("a failure rate is of the runs that completed or failed within the window, by function", () => {
  const tally = new AlertTally([rate]);
  for (const status of ["failed", "failed", "completed", "cancelled"] as const) tally.emit(ended("a", 10_000, status));
  for (const status of ["failed", "completed", "completed", "completed"] as const) tally.emit(ended("b", 10_000, status));
  // Three ended runs of "a" say nothing yet.
  expect(alertSignal(rate, [], sources(tally, 20_000)).firing).toEqual([]);
  tally.emit(ended("a", 30_000, "failed"));
  expect(alertSignal(rate, ["a", "b"], sources(tally, 30_000))).toEqual({
    rule: "r",
    firing: [{ subject: "a", text: "75 % of 4 runs of a failed within 1m (more than 50 %)" }],
    clear: ["b"],
  });
  expect(alertSignal({ ...rate, functionSlug: "b" }, [], sources(tally, 30_000)).firing).toEqual([]);
  expect(alertSignal(rate, ["a"], sources(tally, 71_000))).toMatchObject({ firing: [], clear: ["a"] });
});

test("after a start few runs do not say that a failure rate is over, until a whole window was looked at", () => {
  const tally = new AlertTally([rate]);
  expect(alertSignal(rate, ["a"], sources(tally, 59_999)).clear).toEqual([]);
  for (let n = 0; n < 4; n += 1) tally.emit(ended("b", 1_000, "completed"));
  expect(alertSignal(rate, ["a", "b"], sources(tally, 2_000)).clear).toEqual(["b"]);
  expect(alertSignal(rate, ["a"], sources(tally, 60_000)).clear).toEqual(["a"]);
});

test("functions over the limit are counted together", () => {
  const tally = new AlertTally([rate]);
  for (let n = 0; n < limits.metricsFunctionsMax + 4; n += 1) tally.emit(ended(`f${n}`, 0, "failed"));
  expect(alertSignal(rate, [], sources(tally, 0)).firing.map(({ subject }) => subject)).toEqual(["other functions"]);
});

test("a backlog is too old when its oldest work is; not looked at, nothing is known", () => {
  const rule: AlertRule = { name: "b", kind: "backlog-age", aboveMs: 60_000, channels: [] };
  const backlog = [
    { functionSlug: "a", since: at(0), items: 3 },
    { functionSlug: "b", since: at(30_000), items: 1 },
  ];
  const tally = new AlertTally([]);
  expect(alertSignal(rule, ["b", "c"], sources(tally, 60_001, { backlog }))).toEqual({
    rule: "b",
    firing: [{ subject: "a", text: "work of a has been due for 1m and was not taken up (more than 1m); 3 items wait" }],
    clear: ["b", "c"],
  });
  expect(alertSignal(rule, ["a"], sources(tally, 60_001)).clear).toEqual([]);
});

test("a missed schedule is over when its function begins a run, or is gone; after a start nothing is known", () => {
  const tally = new AlertTally([missed]);
  const subject = "shop-nightly (0 2 * * *)";
  expect(alertSignal(missed, [subject], sources(tally, 0))).toEqual({ rule: "m", firing: [], clear: [] });
  const skip = { kind: "schedule.skipped", at: at(0), slug: "shop-nightly", cron: "0 2 * * *", detail: "too late" } as const;
  tally.emit({ ...skip, reason: "overlap" });
  expect(alertSignal(missed, [], sources(tally, 0)).firing).toEqual([]);
  tally.emit({ ...skip, reason: "missed" });
  expect(alertSignal(missed, [], sources(tally, 0)).firing).toEqual([{ subject, text: `schedule ${subject}: too late` }]);
  expect(alertSignal(missed, [subject], sources(tally, 0, { isKnownFunction: () => false }))).toMatchObject({
    firing: [],
    clear: [subject],
  });
  tally.emit({ kind: "run.started", at: at(1), runId, slug: "shop-nightly", queuedAt: at(1) });
  expect(alertSignal(missed, [subject], sources(tally, 1))).toMatchObject({ firing: [], clear: [subject] });
  tally.emit({ ...skip, reason: "missed" });
  expect(alertSignal(missed, [], sources(tally, 2)).firing).toHaveLength(1);
});

const opened: AlertRule = { name: "o", kind: "breaker-open", channels: [] };

function breaker(parts: Partial<BreakerReport>): BreakerReport {
  const about = { id: "0a1b2c3d4e5f", functionId: 1 as BreakerReport["functionId"], slug: "a", calls: 7, failures: 5, passed: 0 };
  return { ...about, status: "open", reason: "failures", since: at(0), until: at(30_000), ...parts };
}

test("a breaker that failures opened is told of until it is closed, whatever its probes say; a pause that an app asks for is not", () => {
  const tally = new AlertTally([]);
  const look = (breakers: readonly BreakerReport[], open: readonly string[] = [], rule = opened) =>
    alertSignal(rule, open, sources(tally, 0, { breakers }));
  expect(look([breaker({}), breaker({ slug: "b", reason: "back_pressure" })])).toEqual({
    rule: "o",
    firing: [{ subject: "a", text: "the breaker of a is open: 5 of 7 calls failed, and its runs wait (breaker 0a1b2c3d4e5f)" }],
    clear: [],
  });
  expect(look([breaker({ status: "half_open" })], ["a"])).toMatchObject({ firing: [{ subject: "a" }], clear: [] });
  expect(look([breaker({ status: "closed" })], ["a"])).toEqual({ rule: "o", firing: [], clear: ["a"] });
  expect(look([], ["a"]).clear).toEqual(["a"]);
  expect(look([breaker({})], [], { ...opened, functionSlug: "b" }).firing).toEqual([]);
  expect(alertSignal(opened, ["a"], sources(tally, 0))).toEqual({ rule: "o", firing: [], clear: [] });
});

test("each key of a breaker is an alert of its own, and those that were told of stay among those a rule may tell of", () => {
  const keys = Array.from({ length: limits.alertsPerRuleMax + 1 }, (_, n) => breaker({ id: `id${n}`, value: `host "${n}"` }));
  const [last] = keys.slice(-1);
  const { firing } = alertSignal(opened, ["a id20"], sources(new AlertTally([]), 0, { breakers: keys }));
  expect(last).toMatchObject({ id: "id20" });
  expect(firing.slice(0, 2).map(({ subject }) => subject)).toEqual(["a id20", "a id0"]);
  expect(firing[0]?.text).toContain('the breaker of a for the key "host \\"20\\"" is open');
});
