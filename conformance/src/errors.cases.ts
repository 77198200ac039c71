// What fails, is tried again, and is caught.

import type { Case } from "./cases.ts";

const failing = (message: string): never => {
  throw new Error(message);
};

export const errorCases: readonly Case[] = [
  {
    name: "parallel-one-fails",
    retries: 0,
    handler: ({ step }) =>
      Promise.allSettled([step.run("good", () => 1), step.run("bad", () => failing("boom"))]).then((all) =>
        all.map(({ status }) => status),
      ),
    output: ["fulfilled", "rejected"],
  },
  { name: "function-error", retries: 0, handler: () => failing("boom"), status: "failed", error: { name: "Error", message: "boom" } },
  {
    name: "function-error-then-good",
    retries: 2,
    handler: ({ count }) => (count("body") < 3 ? failing("not yet") : "good at last"),
    output: "good at last",
    counts: { body: 3 },
  },
  {
    name: "function-error-keeps-steps",
    retries: 1,
    handler: async ({ step, count }) => {
      const a: number = await step.run("a", () => count("a"));
      if (count("after") === 1) failing("once");
      return a;
    },
    output: 1,
    counts: { a: 1 },
  },
  {
    name: "attempts-exhausted",
    retries: 2,
    handler: ({ count }) => failing(`attempt ${count("body")}`),
    status: "failed",
    error: { message: "attempt 3" },
    // The first two of the table, each with up to half a minute on top.
    lasts: [45_000, 120_000],
    counts: { body: 3 },
  },
  { name: "attempt-is-counted", retries: 2, handler: ({ attempt }) => (attempt < 2 ? failing("again") : attempt), output: 2 },
  {
    name: "step-retry",
    retries: 3,
    handler: ({ step, count }) => step.run("flaky", () => (count("flaky") < 3 ? failing("flaky") : "third time")),
    output: "third time",
    counts: { flaky: 3 },
  },
  {
    name: "step-retry-after-step",
    retries: 3,
    handler: async ({ step, count }) => ({
      a: await step.run("a", () => count("a")),
      b: await step.run("b", () => (count("b") < 2 ? failing("flaky") : "ok")),
    }),
    output: { a: 1, b: "ok" },
    counts: { a: 1, b: 2 },
  },
  {
    name: "step-attempts-are-its-own",
    retries: 1,
    handler: async ({ step, count }) => {
      const a: number = await step.run("a", () => (count("a") < 2 ? failing("a") : count("a-good")));
      const b: number = await step.run("b", () => (count("b") < 2 ? failing("b") : count("b-good")));
      return a + b;
    },
    output: 2,
    counts: { a: 2, b: 2 },
  },
  {
    name: "step-fails-caught",
    retries: 1,
    handler: async ({ step, count }) => {
      try {
        await step.run("bad", () => failing(`no ${count("bad")}`));
      } catch (error) {
        return { caught: (error as Error).message };
      }
      return "not reached";
    },
    output: { caught: "no 2" },
    counts: { bad: 2 },
  },
  {
    name: "step-fails-then-goes-on",
    retries: 0,
    handler: async ({ step }) => {
      await step.run("bad", () => failing("no")).catch(() => undefined);
      return step.run("good", () => "went on");
    },
    output: "went on",
    steps: ["bad", "good"],
  },
  {
    name: "step-fails-uncaught",
    retries: 1,
    handler: ({ step, count }) => step.run("bad", () => failing(`no ${count("bad")}`)),
    status: "failed",
    error: { message: "no 2" },
    counts: { bad: 2 },
  },
  {
    name: "non-retriable-function",
    retries: 3,
    handler: ({ errors, count }) => {
      count("body");
      throw new errors.NonRetriableError("never again");
    },
    status: "failed",
    error: { message: "never again" },
    counts: { body: 1 },
  },
  {
    name: "non-retriable-step",
    retries: 3,
    handler: async ({ step, errors, count }) =>
      step
        .run("bad", () => {
          count("bad");
          throw new errors.NonRetriableError("never");
        })
        .catch((error: Error) => ({ caught: error.message })),
    output: { caught: "never" },
    counts: { bad: 1 },
  },
  {
    name: "error-with-cause",
    retries: 0,
    handler: () => {
      throw new Error("outer", { cause: new Error("inner") });
    },
    status: "failed",
    error: { message: "outer" },
  },
  {
    name: "throws-text",
    retries: 0,
    handler: () => {
      throw "just text";
    },
    status: "failed",
    error: { message: /just text/ },
  },
  {
    name: "throws-type-error",
    retries: 0,
    handler: () => {
      throw new TypeError("wrong type");
    },
    status: "failed",
    error: { name: "TypeError", message: "wrong type" },
  },
];
