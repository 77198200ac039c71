import type { Occurrence } from "@stepwell/engine";
import { type EpochMs, limits, type RunId } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { DurationTally } from "./duration-tally.ts";
import { MetricsTally } from "./metrics-tally.ts";

const at = (ms: number): EpochMs => ms as EpochMs;
const runId = "01J00000000000000000000000" as RunId;

function ended(slug: string, status: "completed" | "failed" | "cancelled" | "skipped"): Occurrence {
  return { kind: "run.ended", at: at(1_500), queuedAt: at(1_000), runId, slug, status };
}

test("a duration falls into the first bucket that holds it, at the bound as well, and what is longer than all into the last", () => {
  const tally = new DurationTally();
  for (const ms of [1, 1.1, 86_400_000, 86_400_001, 604_800_001]) tally.add(ms);
  const lines = tally.lines("x", 'a="b"');
  const countAt = (bound: string) => lines.find((line) => line.startsWith(`x_bucket{a="b",le="${bound}"}`))?.split(" ")[1];
  expect(["0.001", "0.0025", "7200", "86400", "604800", "+Inf"].map(countAt)).toEqual(["1", "2", "2", "3", "4", "5"]);
  expect(lines.slice(-2)).toEqual([expect.stringMatching(/^x_sum\{a="b"\} 777600\.0/), 'x_count{a="b"} 5']);
});

test("a clock that went back adds no negative time, and without labels there are no braces", () => {
  const tally = new DurationTally();
  tally.add(-5);
  expect(tally.lines("x", "").slice(-2)).toEqual(["x_sum 0", "x_count 1"]);
});

test("runs, steps and attempts are counted by function", () => {
  const tally = new MetricsTally();
  const about = { at: at(1_200), runId, slug: "shop-a" } as const;
  tally.emit({ kind: "run.started", ...about, queuedAt: at(1_000) });
  tally.emit({ kind: "step.settled", ...about, stepId: "s" as never, name: "s", failed: false });
  tally.emit({ kind: "step.settled", ...about, stepId: "t" as never, name: "t", failed: true });
  const failed = { kind: "attempt.failed", ...about, attempt: 0, maxAttempts: 2, code: "function_error", message: "m" } as const;
  tally.emit({ ...failed, retryAt: at(2_000) });
  tally.emit(failed);
  for (const status of ["completed", "failed", "failed", "cancelled", "skipped"] as const) tally.emit(ended("shop-a", status));
  tally.emit(ended("", "cancelled"));
  expect(Object.fromEntries(tally.functions)).toMatchObject({
    "shop-a": {
      started: 1,
      stepsCompleted: 1,
      stepsFailed: 1,
      attemptsFailed: 2,
      retries: 1,
      completed: 1,
      failed: 2,
      cancelled: 1,
      skipped: 1,
    },
    unknown: { cancelled: 1 },
  });
  expect(tally.startDelay.lines("d", "")).toContain('d_bucket{le="0.25"} 1');
});

test("functions over the limit are counted together", () => {
  const tally = new MetricsTally();
  for (let index = 0; index < limits.metricsFunctionsMax + 5; index += 1) tally.emit(ended(`f-${index}`, "completed"));
  expect(tally.functions.size).toBe(limits.metricsFunctionsMax + 1);
  expect(tally.functions.get("other")).toMatchObject({ completed: 5 });
});

test("what is rare is counted too", () => {
  const tally = new MetricsTally();
  for (const occurrence of [
    { kind: "attempt.lease_lost", at: at(1), runId, slug: "a" },
    { kind: "attempt.too_late", at: at(1), runId, slug: "a", status: "completed" },
    { kind: "checkpoint.stale", at: at(1), runId },
    { kind: "schedule.skipped", at: at(1), slug: "a", cron: "* * * * *", reason: "missed", detail: "d" },
    { kind: "queue.taken_over", at: at(1), freed: 3 },
    { kind: "retention.finished", at: at(1), runs: 2, events: 5 },
    { kind: "store.failed", at: at(1), during: "commit", message: "m", retryInMs: 1 },
    { kind: "clock.jumped_back", at: at(1), byMs: 61_000 },
    { kind: "chaos.injected", at: at(1), runId, slug: "a", fault: "doubled" },
    { kind: "chaos.injected", at: at(1), runId, slug: "b", fault: "doubled" },
    { kind: "event.accepted", at: at(1), name: "n", eventId: "e" as never, starts: 0, outcomes: 2, repeated: true },
  ] satisfies readonly Occurrence[])
    tally.emit(occurrence);
  expect(tally).toMatchObject({
    repliesRefused: { lease_lost: 1, too_late: 1, stale_checkpoint: 1 },
    ticksSkipped: { missed: 1, overlap: 0 },
    leasesTakenOver: 3,
    retentionRemoved: { runs: 2, events: 5 },
    storeFailures: 1,
    clockJumps: 1,
    chaosFaults: new Map([["doubled", 2]]),
    eventsRepeated: 1,
    eventOutcomes: 2,
  });
});
