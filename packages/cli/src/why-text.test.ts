import { expect, test } from "vitest";
import { eventWhyText, runWhyText } from "./why-text.ts";

test("a run that is queued shows its gates, who holds the one that is shut, and what could be looked at", () => {
  const why = {
    runId: "01JD8ZK9",
    function: { slug: "shop-fulfil" },
    state: "queued",
    headline: { code: "concurrency", text: "tenant=42 allows 1 run at once; held by run 01JD8ZK1" },
    gates: [
      { gate: "function_active", ok: true },
      {
        ...{ gate: "concurrency", ok: false, label: "tenant=42", keyExpr: "event.data.tenant", inUse: 1, limit: 1 },
        ...{ text: "tenant=42 allows 1 run at once; held by run 01JD8ZK1", queue: ["01JD8ZK2"] },
        holders: [{ runId: "01JD8ZK1", status: "waiting", text: 'sleeps in "nap"', forMs: 91_000 }],
      },
      { gate: "node_room", ok: true, inUse: 3, limit: 100 },
    ],
    estimate: { startAt: "2026-11-20T13:05:09.000Z", confidence: "low", basis: "median of 7 releases" },
    advice: [{ code: "holder_waiting", text: "Run 01JD8ZK1 keeps its slot" }],
  };
  expect(runWhyText(why).split("\n")).toEqual([
    "○ queued  shop-fulfil  01JD8ZK9",
    "  tenant=42 allows 1 run at once; held by run 01JD8ZK1",
    "  begins about 2026-11-20T13:05:09.000Z (confidence: low; median of 7 releases)",
    "  ✓ function active",
    "  ✕ concurrency  tenant=42 (event.data.tenant)  1 of 1 in use",
    '      held by 01JD8ZK1 for 1m31s (waiting, sleeps in "nap")',
    "      before it 01JD8ZK2",
    "  ✓ node room  3 of 100 in use",
    "  ! Run 01JD8ZK1 keeps its slot",
  ]);
});

test("a run that is tried again shows what it failed with", () => {
  const gate = { gate: "due", ok: false, text: "it is due in 5s", lastError: { code: "app_error", message: "no answer" } };
  const why = { runId: "01", function: { slug: "f" }, state: "retrying", headline: { text: "attempt 2 in 5s" }, gates: [gate], advice: [] };
  expect(runWhyText(why)).toContain("\n  ✕ due: it is due in 5s\n      last error no answer");
});

test("an event shows each function with what became of it, and whom it woke", () => {
  const why = {
    ...{ eventId: "01JD8ZK1", name: "shop/order", receivedAt: "2026-11-20T13:05:09.000Z", headline: { text: "1 started" } },
    functions: [{ function: { slug: "shop-fulfil" }, outcome: "not_matched", text: "event.data.total > 500 is false" }],
    wakes: [{ runId: "01JD8ZK2", stepName: "paid" }],
  };
  expect(eventWhyText(why).split("\n")).toEqual([
    "event shop/order  01JD8ZK1  received 2026-11-20T13:05:09.000Z",
    "  1 started",
    `  – ${"shop-fulfil".padEnd(28)} not matched   event.data.total > 500 is false`,
    '  → woke step "paid" of run 01JD8ZK2',
  ]);
});

test("a run that failed says with what, and what to do about it", () => {
  const error = { name: "Error", message: "boom", code: "function_error", hint: "Correct the function." };
  const text = runWhyText({
    runId: "r",
    function: { slug: "shop-f" },
    state: "failed",
    headline: { text: "the run is over: failed" },
    error,
  });
  expect(text.split("\n").slice(1)).toEqual(["  the run is over: failed", "  Error: boom  [function_error]", "  ! Correct the function."]);
});
