// What functions do, and what must come of it, on whichever official SDK runs them. The app's process takes the
// handlers from here, the test's process the expectations.

import { errorCases } from "./errors.cases.ts";
import { timeCases } from "./time.cases.ts";

/** The part of an SDK's step tools that both versions have alike. */
export interface StepTools {
  run(
    id: string | { readonly id: string; readonly name: string },
    work: (...input: never[]) => unknown,
    ...input: unknown[]
  ): Promise<never>;
  sleep(id: string, duration: string | number): Promise<void>;
  sleepUntil(id: string, at: Date | string): Promise<void>;
  sendEvent(id: string, events: unknown): Promise<{ readonly ids: readonly string[] }>;
}

export interface HandlerInput {
  readonly event: {
    readonly id: string;
    readonly name: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly ts: number;
    readonly user?: unknown;
    readonly v?: string;
  };
  readonly events: readonly unknown[];
  readonly step: StepTools;
  readonly attempt: number;
  readonly maxAttempts?: number;
  readonly runId: string;
  /** Counts what user code did in this process: `count("a")` is 1 the first time it is called in a run. */
  readonly count: (what: string) => number;
  readonly errors: {
    readonly NonRetriableError: new (message: string) => Error;
    readonly RetryAfterError: new (message: string, after: string | number | Date) => Error;
  };
}

export interface Case {
  readonly name: string;
  readonly retries?: number;
  readonly trigger?: { readonly event: string; readonly if?: string };
  readonly checkpointing?: boolean;
  readonly handler: (input: HandlerInput) => unknown;
  /** What is sent; by default one event with the data. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly event?: Readonly<Record<string, unknown>>;
  readonly status?: "completed" | "failed";
  readonly output?: unknown;
  /** Of our SDK, where what a step returns is more than JSON. */
  readonly ownOutput?: unknown;
  /** Of a failed run. */
  readonly error?: { readonly name?: string; readonly message?: string | RegExp };
  /** Names of the steps in the order in which they settled. */
  readonly steps?: readonly string[];
  /** The app's own clock decides it, so the server's must go with it. */
  readonly inRealTime?: boolean;
  /** How long the run lasts in engine time, at least and at most, in ms. */
  readonly lasts?: readonly [atLeastMs: number, atMostMs?: number];
  /** How often user code ran what it counts. */
  readonly counts?: Readonly<Record<string, number>>;
}

export const cases: readonly Case[] = [
  ...timeCases,
  ...errorCases,
  { name: "no-step", handler: () => ({ ok: true }), output: { ok: true }, steps: [] },
  { name: "returns-nothing", handler: () => undefined, output: null },
  { name: "returns-text", handler: () => "plain text", output: "plain text" },
  { name: "returns-number", handler: () => 42, output: 42 },
  { name: "returns-list", handler: () => [1, "two", null], output: [1, "two", null] },
  { name: "one-step", handler: ({ step, count }) => step.run("a", () => count("a")), output: 1, steps: ["a"], counts: { a: 1 } },
  {
    name: "two-steps",
    handler: async ({ step, count }) => ({ a: await step.run("a", () => count("a")), b: await step.run("b", () => count("b") + 1) }),
    output: { a: 1, b: 2 },
    steps: ["a", "b"],
    counts: { a: 1, b: 1 },
  },
  {
    name: "step-result-is-json",
    handler: async ({ step }) => ({ got: await step.run("a", () => ({ at: new Date(0), none: undefined, list: [undefined] })) }),
    output: { got: { at: "1970-01-01T00:00:00.000Z", list: [null] } },
  },
  {
    name: "step-returns-nothing",
    handler: async ({ step }) => ({ isNull: (await step.run("a", () => undefined)) === null }),
    output: { isNull: true },
    ownOutput: { isNull: false },
  },
  {
    name: "loop",
    handler: async ({ step }) => {
      let sum = 0;
      for (let i = 0; i < 5; i += 1) sum += await step.run(`s${i}`, () => i);
      return sum;
    },
    output: 10,
    steps: ["s0", "s1", "s2", "s3", "s4"],
  },
  {
    name: "same-id-in-loop",
    handler: async ({ step }) => {
      const list: number[] = [];
      for (let i = 0; i < 3; i += 1) list.push(await step.run("same", () => i));
      return list;
    },
    output: [0, 1, 2],
    steps: ["same", "same", "same"],
  },
  {
    name: "named-step",
    handler: ({ step }) => step.run({ id: "a", name: "Charge the card" }, () => 1),
    output: 1,
    steps: ["Charge the card"],
  },
  {
    name: "parallel-2",
    handler: ({ step, count }) => Promise.all([step.run("a", () => count("a")), step.run("b", () => count("b"))]),
    output: [1, 1],
    counts: { a: 1, b: 1 },
  },
  {
    name: "parallel-20",
    handler: ({ step, count }) => Promise.all(Array.from({ length: 20 }, (_, i) => step.run(`p${i}`, () => count(`p${i}`) + i - 1))),
    output: Array.from({ length: 20 }, (_, i) => i),
    counts: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, 1])),
  },
  {
    name: "waves",
    handler: async ({ step, count }) => {
      const first = await Promise.all([1, 2, 3].map((i) => step.run(`first-${i}`, () => i * count(`first-${i}`))));
      const second = await Promise.all(first.map((value: number, i) => step.run(`second-${i}`, () => value * 10)));
      return step.run("sum", () => (second as number[]).reduce((a, b) => a + b, 0));
    },
    output: 60,
    counts: { "first-1": 1, "first-2": 1, "first-3": 1 },
  },
  {
    name: "chains-in-parallel",
    handler: async ({ step }) => {
      const chain = async (name: string): Promise<string> => {
        const one: string = await step.run(`${name}1`, () => name);
        return step.run(`${name}2`, () => `${one}!`);
      };
      return Promise.all([chain("x"), chain("y")]);
    },
    output: ["x!", "y!"],
  },
  {
    name: "step-then-parallel-then-step",
    handler: async ({ step }) => ({
      before: await step.run("before", () => 1),
      between: await Promise.all([step.run("a", () => 2), step.run("b", () => 3)]),
      after: await step.run("after", () => 4),
    }),
    output: { before: 1, between: [2, 3], after: 4 },
  },
  {
    name: "event-reaches-the-function",
    data: { nested: { list: [1, { deep: true }] }, ключ: "значение 🎈" },
    handler: ({ event }) => event.data,
    output: { nested: { list: [1, { deep: true }] }, ключ: "значение 🎈" },
  },
  {
    name: "event-has-id-name-ts",
    event: { id: "conformance-own-id", ts: 1_700_000_000_000, v: "2024-01" },
    handler: ({ event }) => ({ id: event.id, name: event.name, ts: event.ts, v: event.v }),
    output: { id: "conformance-own-id", name: "conformance/event-has-id-name-ts", ts: 1_700_000_000_000, v: "2024-01" },
  },
  {
    name: "data-with-odd-keys",
    data: { "": 1, __proto__x: 2, "10": "ten", "9": "nine", "a.b": 3 },
    handler: ({ event }) => event.data,
    output: { "": 1, __proto__x: 2, "10": "ten", "9": "nine", "a.b": 3 },
  },
  {
    name: "data-that-looks-like-an-error",
    handler: async ({ step }) => step.run("a", () => ({ name: "Error", message: "only data" })),
    output: { name: "Error", message: "only data" },
  },
  {
    name: "data-that-looks-like-a-memo",
    handler: async ({ step }) => step.run("a", () => ({ data: 1, error: null })),
    output: { data: 1, error: null },
  },
  {
    name: "big-step-output",
    handler: async ({ step }) => ({ length: ((await step.run("big", () => "x".repeat(1_000_000))) as string).length }),
    output: { length: 1_000_000 },
  },
  {
    name: "state-beyond-one-body",
    handler: async ({ step }) => {
      const one: string = await step.run("one", () => "a".repeat(2_500_000));
      const two: string = await step.run("two", () => "b".repeat(2_500_000));
      await step.sleep("nap", "1s");
      return one.length + two.length;
    },
    output: 5_000_000,
  },
  {
    name: "forty-steps",
    handler: async ({ step }) => {
      let sum = 0;
      for (let i = 0; i < 40; i += 1) sum += await step.run(`s${i}`, () => 1);
      return sum;
    },
    output: 40,
  },
  {
    name: "async-work-between-steps",
    handler: async ({ step }) => {
      const a: number = await step.run("a", () => 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return a + (await step.run("b", () => 1));
    },
    output: 2,
  },
  { name: "step-input", handler: ({ step }) => step.run("add", (a: number, b: number) => a + b, 2, 3), output: 5 },
  {
    name: "wildcard",
    trigger: { event: "conformance/wild.*" },
    event: { name: "conformance/wild.card" },
    handler: ({ event }) => event.name,
    output: "conformance/wild.card",
  },
  {
    name: "condition",
    trigger: { event: "conformance/condition", if: "event.data.n > 1 && event.data.who == 'me'" },
    data: { n: 2, who: "me" },
    handler: ({ event }) => event.data["n"],
    output: 2,
  },
  {
    name: "checkpointing-off",
    checkpointing: false,
    handler: async ({ step, count }) => ({ a: await step.run("a", () => count("a")), b: await step.run("b", () => count("b")) }),
    output: { a: 1, b: 1 },
    counts: { a: 1, b: 1 },
  },
  {
    name: "checkpointing-on",
    checkpointing: true,
    handler: async ({ step, count }) => ({
      a: await step.run("a", () => count("a")),
      b: await step.run("b", () => count("b")),
      nap: await step.sleep("nap", "1h"),
      c: await step.run("c", () => count("c")),
    }),
    output: { a: 1, b: 1, nap: null, c: 1 },
    counts: { a: 1, b: 1, c: 1 },
  },
  {
    name: "checkpointing-off-parallel",
    checkpointing: false,
    handler: ({ step, count }) => Promise.all([1, 2, 3].map((i) => step.run(`p${i}`, () => count(`p${i}`)))),
    output: [1, 1, 1],
    counts: { p1: 1, p2: 1, p3: 1 },
  },
  {
    name: "send-event-from-a-step",
    handler: async ({ step }) => ({
      sent: (
        await step.sendEvent("send", [
          { name: "conformance/nobody", data: {} },
          { name: "conformance/nobody", data: {} },
        ])
      ).ids.length,
    }),
    output: { sent: 2 },
  },
];

export function eventNameOf(test: Case): string {
  return test.trigger?.event ?? `conformance/${test.name}`;
}
