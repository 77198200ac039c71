import { expect, test } from "vitest";
import { runText } from "./run-text.ts";

const run = {
  id: "01JD8ZK3",
  status: "failed",
  statusReason: null,
  function: { slug: "shop-fulfil-order" },
  queuedAt: "2026-11-20T13:05:09.000Z",
  durationMs: 4_231,
  error: { name: "CardTimeout", message: "no answer" },
  output: null,
};
const root = { id: "run", name: "fulfil-order", kind: "run", status: "failed", start: 0, end: 4_231, tries: [] };

test("a run shows its error, and a step its time, its attempts and what each failed one said", () => {
  const charge = {
    name: "charge-card",
    kind: "step.run",
    status: "failed",
    start: 10,
    end: 4_010,
    attempts: 2,
    tries: [{ n: 1, status: "failed", error: { name: "CardTimeout", message: "no answer\nat charge" } }],
    error: { name: "CardTimeout", message: "no answer" },
  };
  expect(runText(run, { spans: [root, charge] }).split("\n")).toEqual([
    "✕ failed  shop-fulfil-order  01JD8ZK3",
    "  CardTimeout: no answer",
    "  queued   2026-11-20T13:05:09.000Z   took 4.2s",
    `  ✕ ${"charge-card".padEnd(32)} ${"step.run".padEnd(16)} 4.0s  2 attempts`,
    "      attempt 1 failed: no answer",
    "      CardTimeout: no answer",
  ]);
});

test("the error of a run has its code, and says what to do", () => {
  const error = { name: "InngestErrTimeoutTooLong", message: "too long", code: "sleep_too_long", hint: "Sleep less." };
  expect(
    runText({ ...run, error }, { spans: [root] })
      .split("\n")
      .slice(1, 3),
  ).toEqual(["  InngestErrTimeoutTooLong: too long  [sleep_too_long]", "  ! Sleep less."]);
});

test("a run that waits says until when, and its sleep how long", () => {
  const waiting = {
    ...run,
    status: "waiting",
    error: null,
    durationMs: null,
    statusReason: { text: "sleeps (nap)", until: "2026-11-20T15:05:09.000Z" },
  };
  const nap = { name: "nap", kind: "step.sleep", status: "sleeping", start: 0, end: null, until: 7_200_000, attempts: 1 };
  expect(runText(waiting, { spans: [root, nap] })).toMatch(
    /^⧗ waiting .*\n {2}sleeps \(nap\) \(until 2026-11-20T15:05:09\.000Z\)\n.*took –\n {2}⧗ nap +step\.sleep +until \+2h0m$/,
  );
});

test("a run that was cancelled says by what, and its sleep lasts until nothing", () => {
  const cancelled = { ...run, status: "cancelled", error: null, endedAt: "2026-11-20T13:05:13.231Z", cancelReason: "finish_timeout" };
  const nap = { name: "nap", kind: "step.sleep", status: "cancelled", start: 0, end: null, until: 7_200_000, attempts: 1 };
  expect(runText(cancelled, { spans: [root, nap] }).split("\n")).toEqual([
    "⊘ cancelled  shop-fulfil-order  01JD8ZK3",
    "  cancelled by: finish_timeout",
    "  queued   2026-11-20T13:05:09.000Z   took 4.2s",
    `  ⊘ ${"nap".padEnd(32)} ${"step.sleep".padEnd(16)} –`,
  ]);
});

test("a failure of the call itself, outside of any step, is shown too", () => {
  const failedRoot = { ...root, tries: [{ n: 1, status: "failed", code: "http_unreachable" }] };
  expect(runText(run, { spans: [failedRoot] })).toContain("attempt 1 failed: http_unreachable");
});

test("a long output is cut", () => {
  const text = runText({ ...run, output: { value: "x".repeat(10_000) } }, { spans: [root] });
  expect(text.length).toBeLessThan(1_000);
  expect(text).toContain("…");
});

test("what chaos did to the calls of a step stands below it, and is no attempt", () => {
  const charge = {
    ...{ name: "charge", kind: "step.run", status: "completed", start: 10, end: 20, attempts: 1 },
    tries: [
      { n: 1, status: "failed", injected: "reply_lost", error: { message: "chaos: …" } },
      { n: 1, status: "failed", injected: "delayed", error: { message: "declined" } },
      { n: 2, status: "completed", injected: "doubled" },
    ],
  };
  expect(
    runText({ ...run, error: null }, { spans: [root, charge] })
      .split("\n")
      .slice(3),
  ).toEqual([
    "      chaos: the reply was lost after the app had run the call, which was then made again",
    "      chaos: the call was held up",
    "      attempt 1 failed: declined",
    "      chaos: the call was delivered twice; one of the two replies was dropped",
  ]);
});
