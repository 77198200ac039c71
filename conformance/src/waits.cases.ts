import type { WaitingCase } from "./waiting-cases.ts";

const soon = "1s";
const long = "30s";

/** Waits for events and signals. */
export const waitCases: readonly WaitingCase[] = [
  {
    name: "wait-resumes",
    handler: async ({ step }) => {
      const got = await step.waitForEvent("w", { event: "waiting/a", timeout: long });
      return { name: got?.name, data: got?.data, hasId: typeof got?.id === "string" };
    },
    told: [{ event: "waiting/a", data: { n: 1 } }],
    output: { name: "waiting/a", data: { n: 1 }, hasId: true },
  },
  {
    name: "wait-times-out",
    handler: ({ step }) => step.waitForEvent("w", { event: "waiting/nobody", timeout: soon }),
    output: null,
  },
  {
    name: "wait-goes-on-after-its-timeout",
    handler: async ({ step }) => {
      const got = await step.waitForEvent("w", { event: "waiting/nobody", timeout: soon });
      return step.run("after", () => ({ got }));
    },
    output: { got: null },
  },
  {
    name: "wait-matches-by-path",
    data: { id: "mine" },
    handler: async ({ step }) => (await step.waitForEvent("w", { event: "waiting/b", match: "data.id", timeout: long }))?.data,
    told: [
      { event: "waiting/b", data: { id: "other" } },
      { event: "waiting/b", data: { id: "mine", n: 2 } },
    ],
    output: { id: "mine", n: 2 },
  },
  {
    name: "wait-matches-numbers",
    data: { user: { id: 12 } },
    handler: async ({ step }) => (await step.waitForEvent("w", { event: "waiting/c", match: "data.user.id", timeout: long }))?.data,
    told: [
      { event: "waiting/c", data: { user: { id: "12" } } },
      { event: "waiting/c", data: { user: { id: 12 }, yes: true } },
    ],
    output: { user: { id: 12 }, yes: true },
  },
  {
    name: "wait-matches-nothing-where-the-path-is-missing",
    handler: ({ step }) => step.waitForEvent("w", { event: "waiting/d", match: "data.absent", timeout: soon }),
    told: [{ event: "waiting/d", data: {} }],
    output: null,
  },
  {
    name: "wait-evaluates-if",
    data: { least: 10 },
    handler: async ({ step }) =>
      (await step.waitForEvent("w", { event: "waiting/e", if: "async.data.n >= event.data.least", timeout: long }))?.data,
    told: [
      { event: "waiting/e", data: { n: 9 } },
      { event: "waiting/e", data: { n: 10 } },
    ],
    output: { n: 10 },
  },
  {
    name: "wait-evaluates-if-with-a-literal",
    handler: async ({ step }) =>
      (await step.waitForEvent("w", { event: "waiting/f", if: "async.data.kind == 'good' && async.data.n > 1", timeout: long }))?.data,
    told: [
      { event: "waiting/f", data: { kind: "bad", n: 5 } },
      { event: "waiting/f", data: { kind: "good", n: 1 } },
      { event: "waiting/f", data: { kind: "good", n: 2 } },
    ],
    output: { kind: "good", n: 2 },
  },
  {
    name: "wait-with-a-condition-that-fails-does-not-match",
    handler: ({ step }) => step.waitForEvent("w", { event: "waiting/g", if: "int(async.data.text) > 1", timeout: soon }),
    told: [{ event: "waiting/g", data: { text: "x" } }],
    output: null,
  },
  {
    name: "wait-with-a-bad-expression-fails-the-run",
    handler: ({ step }) => step.waitForEvent("w", { event: "waiting/h", if: "event.data.x = 1", timeout: long }),
    status: "failed",
    error: { name: "InvalidExpression", message: /column/ },
  },
  {
    name: "wait-longer-than-a-year-fails-the-run",
    handler: ({ step }) => step.waitForEvent("w", { event: "waiting/h", timeout: "400d" }),
    status: "failed",
    error: { name: "InngestErrTimeoutTooLong", message: /366 days/ },
  },
  {
    name: "wait-twice-at-once-for-one-event",
    handler: async ({ step }) => {
      const all = await Promise.all(["w1", "w2"].map((id) => step.waitForEvent(id, { event: "waiting/i", timeout: long })));
      return all.map((got) => got?.data["n"]);
    },
    told: [{ event: "waiting/i", data: { n: 3 } }],
    output: [3, 3],
  },
  {
    name: "wait-for-two-events-at-once",
    handler: async ({ step }) => {
      const all = await Promise.all(["waiting/j1", "waiting/j2"].map((event) => step.waitForEvent(event, { event, timeout: long })));
      return all.map((got) => got?.name);
    },
    told: [{ event: "waiting/j2" }, { event: "waiting/j1" }],
    output: ["waiting/j1", "waiting/j2"],
  },
  {
    name: "wait-in-a-loop-takes-each-event-once",
    handler: async ({ step }) => {
      const seen: unknown[] = [];
      for (let i = 0; i < 3; i += 1) seen.push((await step.waitForEvent("again", { event: "waiting/k", timeout: long }))?.data["n"]);
      return seen;
    },
    told: [1, 2, 3].map((n) => ({ event: "waiting/k", data: { n } })),
    output: [1, 2, 3],
  },
  {
    name: "wait-beside-the-step-that-sends",
    handler: async ({ step }) => {
      const [got] = await Promise.all([
        step.waitForEvent("w", { event: "waiting/l", timeout: long }),
        step.sendEvent("send", { name: "waiting/l", data: { n: 4 } }),
      ]);
      return got?.data;
    },
    output: { n: 4 },
  },
  {
    name: "wait-between-steps",
    handler: async ({ step, count }) => {
      const a = await step.run("a", () => count("a"));
      const got = await step.waitForEvent("w", { event: "waiting/m", timeout: long });
      const b = await step.run("b", () => count("b"));
      return { a, n: got?.data["n"], b };
    },
    told: [{ event: "waiting/m", data: { n: 5 } }],
    output: { a: 1, n: 5, b: 1 },
  },
  {
    name: "wait-beside-parallel-steps",
    handler: async ({ step }) => {
      const [got, a, b] = await Promise.all([
        step.waitForEvent("w", { event: "waiting/n", timeout: long }),
        step.run("a", () => 1),
        step.run("b", () => 2),
      ]);
      return [got?.data["n"], a, b];
    },
    told: [{ event: "waiting/n", data: { n: 6 } }],
    output: [6, 1, 2],
  },
  {
    name: "wait-against-a-sleep",
    handler: ({ step }) =>
      Promise.race([
        step.waitForEvent("w", { event: "waiting/o", timeout: long }).then(() => "event"),
        step.sleep("nap", "4s").then(() => "sleep"),
      ]),
    told: [{ event: "waiting/o" }],
    output: "event",
  },
  {
    name: "wait-for-a-large-event",
    handler: async ({ step }) => String((await step.waitForEvent("w", { event: "waiting/p", timeout: long }))?.data["text"]).length,
    told: [{ event: "waiting/p", data: { text: "x".repeat(1_000_000) } }],
    output: 1_000_000,
  },
  {
    name: "wait-for-the-end-of-another-run",
    handler: async ({ step }) => {
      const got = await step.waitForEvent("w", {
        event: "inngest/function.finished",
        if: "async.data.function_id == 'conformance-wait-ends'",
        timeout: long,
      });
      return { result: got?.data["result"], id: got?.data["function_id"] };
    },
    others: [{ name: "wait-ends", handler: () => ({ done: true }) }],
    told: [{ event: "waiting/wait-ends" }],
    output: { result: { done: true }, id: "conformance-wait-ends" },
  },
  {
    name: "wait-for-the-failure-of-another-run",
    handler: async ({ step }) => {
      const got = await step.waitForEvent("w", {
        event: "inngest/function.failed",
        if: "async.data.function_id == 'conformance-wait-fails'",
        timeout: long,
      });
      return (got?.data["error"] as { message?: string } | undefined)?.message;
    },
    others: [
      {
        name: "wait-fails",
        options: { retries: 0 },
        handler: () => {
          throw new Error("as it should");
        },
      },
    ],
    told: [{ event: "waiting/wait-fails" }],
    output: "as it should",
  },
  {
    name: "wait-is-over-when-the-run-is-cancelled",
    handler: ({ step }) => step.waitForEvent("w", { event: "waiting/q", timeout: long }),
    told: [{ cancel: "wait-is-over-when-the-run-is-cancelled" }, { event: "waiting/q" }],
    status: "cancelled",
  },
  {
    name: "signal-resumes",
    handler: ({ step }) => step.waitForSignal("s", { signal: "signal-resumes", timeout: long }),
    told: [{ signal: "signal-resumes", data: { ok: true } }],
    output: { signal: "signal-resumes", data: { ok: true } },
  },
  {
    name: "signal-that-came-early-is-kept",
    handler: ({ step }) => step.waitForSignal("s", { signal: "signal-early", timeout: long }),
    before: [
      { signal: "signal-early", data: 1 },
      { signal: "signal-early", data: 2 },
    ],
    output: { signal: "signal-early", data: 2 },
  },
  {
    name: "signal-times-out",
    handler: ({ step }) => step.waitForSignal("s", { signal: "signal-nobody", timeout: soon }),
    output: null,
  },
  {
    name: "signal-conflict-is-an-error-of-the-step",
    handler: async ({ step }) => {
      const first = step.waitForSignal("s1", { signal: "signal-conflict", timeout: long });
      const second = step.waitForSignal("s2", { signal: "signal-conflict", timeout: long, onConflict: "fail" });
      const [one, two] = await Promise.allSettled([first, second]);
      return [one.status, two.status === "rejected" ? String((two.reason as Error).message) : "kept"];
    },
    told: [{ signal: "signal-conflict", data: null }],
    output: ["fulfilled", "Signal conflict; signal wait already exists for another run"],
  },
  {
    name: "signal-replaces",
    handler: async ({ step }) => {
      const first = step.waitForSignal("s1", { signal: "signal-replace", timeout: long, onConflict: "replace" });
      const second = step.waitForSignal("s2", { signal: "signal-replace", timeout: long, onConflict: "replace" });
      return Promise.all([first, second]);
    },
    told: [{ signal: "signal-replace", data: "new" }],
    output: [null, { signal: "signal-replace", data: "new" }],
  },
];
