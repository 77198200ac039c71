import type { WaitingCase } from "./waiting-cases.ts";

const forever: WaitingCase["handler"] = ({ step }) => step.sleep("long", "1h");
const boom: WaitingCase["handler"] = () => {
  throw new Error("boom");
};

/** What ends a run from outside, and what follows from an end. */
export const endCases: readonly WaitingCase[] = [
  {
    name: "cancelled-by-an-event",
    options: { cancelOn: [{ event: "waiting/stop-1" }] },
    handler: forever,
    told: [{ event: "waiting/stop-1" }],
    status: "cancelled",
    cancelReason: /^event /,
  },
  {
    name: "cancelled-by-an-event-that-matches",
    data: { id: 7 },
    options: { cancelOn: [{ event: "waiting/stop-2", match: "data.id" }] },
    handler: forever,
    told: [
      { event: "waiting/stop-2", data: { id: 8 } },
      { event: "waiting/stop-2", data: { id: 7 } },
    ],
    status: "cancelled",
  },
  {
    name: "not-cancelled-by-another-ones-event",
    data: { id: 7 },
    options: { cancelOn: [{ event: "waiting/stop-3", match: "data.id" }] },
    handler: async ({ step }) => {
      await step.waitForEvent("w", { event: "waiting/go-3", timeout: "30s" });
      return "finished";
    },
    told: [{ event: "waiting/stop-3", data: { id: 8 } }, { event: "waiting/go-3" }],
    output: "finished",
  },
  {
    name: "cancelled-by-a-condition",
    data: { owner: "a" },
    options: { cancelOn: [{ event: "waiting/stop-4", if: "event.data.owner == async.data.owner && async.data.hard == true" }] },
    handler: forever,
    told: [
      { event: "waiting/stop-4", data: { owner: "a", hard: false } },
      { event: "waiting/stop-4", data: { owner: "a", hard: true } },
    ],
    status: "cancelled",
  },
  {
    name: "cancelled-by-the-second-rule",
    options: { cancelOn: [{ event: "waiting/never" }, { event: "waiting/stop-5" }] },
    handler: forever,
    told: [{ event: "waiting/stop-5" }],
    status: "cancelled",
  },
  {
    name: "not-cancelled-by-the-event-that-starts-it",
    options: { cancelOn: [{ event: "waiting/not-cancelled-by-the-event-that-starts-it" }] },
    handler: ({ step }) => step.run("a", () => "went on"),
    output: "went on",
  },
  {
    name: "cancelled-before-it-starts",
    startsInMs: 60_000,
    options: { cancelOn: [{ event: "waiting/stop-6" }] },
    handler: () => "never",
    told: [{ event: "waiting/stop-6" }],
    status: "cancelled",
  },
  {
    name: "cancelled-by-the-api",
    handler: forever,
    told: [{ cancel: "cancelled-by-the-api" }],
    status: "cancelled",
  },
  {
    name: "cancelled-when-it-takes-too-long",
    options: { timeouts: { finish: "1s" } },
    handler: forever,
    status: "cancelled",
    cancelReason: /finish_timeout/,
  },
  {
    name: "cancelled-when-it-starts-too-late",
    startsInMs: 60_000,
    options: { timeouts: { start: "1s" } },
    handler: () => "never",
    status: "cancelled",
    cancelReason: /start_timeout/,
  },
  {
    name: "not-cancelled-when-it-is-in-time",
    options: { timeouts: { start: "10s", finish: "20s" } },
    handler: ({ step }) => step.run("a", () => "in time"),
    output: "in time",
  },
  {
    name: "failure-is-handled",
    data: { order: 9 },
    options: { retries: 0 },
    handler: boom,
    onFailure: async ({ error, event, step }) => {
      const original = event.data["event"] as { readonly name: string; readonly data: unknown };
      return step.run("tell", () => ({ message: error?.message, name: original.name, data: original.data }));
    },
    status: "failed",
    error: { message: /boom/ },
    alsoEnds: { "failure-is-handled-failure": { message: "boom", name: "waiting/failure-is-handled", data: { order: 9 } } },
  },
  {
    name: "failure-after-retries-is-handled-once",
    options: { retries: 1 },
    handler: ({ step }) => step.run("bad", boom as never),
    onFailure: ({ error }) => error?.message,
    status: "failed",
    alsoEnds: { "failure-after-retries-is-handled-once-failure": "boom" },
  },
  {
    name: "failure-of-parallel-steps-is-handled-once",
    options: { retries: 0 },
    handler: ({ step }) => Promise.all([step.run("a", boom as never), step.run("b", boom as never)]),
    onFailure: () => "once",
    status: "failed",
    alsoEnds: { "failure-of-parallel-steps-is-handled-once-failure": "once" },
  },
  {
    name: "cancel-is-no-failure",
    handler: forever,
    onFailure: () => "never",
    told: [{ cancel: "cancel-is-no-failure" }],
    status: "cancelled",
    startsNot: ["cancel-is-no-failure-failure"],
  },
  {
    name: "success-is-no-failure",
    handler: () => "fine",
    onFailure: () => "never",
    output: "fine",
    startsNot: ["success-is-no-failure-failure"],
  },
  {
    name: "end-starts-who-listens",
    handler: () => ({ n: 1 }),
    others: [
      {
        name: "hears-the-end",
        triggers: [{ event: "inngest/function.finished", if: "event.data.function_id == 'conformance-end-starts-who-listens'" }],
        handler: ({ event }) => ({ result: event.data["result"], name: event.name }),
      },
    ],
    output: { n: 1 },
    alsoEnds: { "hears-the-end": { result: { n: 1 }, name: "inngest/function.finished" } },
  },
  {
    name: "cancel-starts-who-listens",
    handler: forever,
    others: [
      {
        name: "hears-the-cancel",
        triggers: [{ event: "inngest/function.cancelled", if: "event.data.function_id == 'conformance-cancel-starts-who-listens'" }],
        handler: ({ event }) => typeof event.data["run_id"],
      },
    ],
    told: [{ cancel: "cancel-starts-who-listens" }],
    status: "cancelled",
    alsoEnds: { "hears-the-cancel": "string" },
  },
];
