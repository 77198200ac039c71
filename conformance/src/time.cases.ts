// What takes time. Most of it leaps.

import type { Case } from "./cases.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const timeCases: readonly Case[] = [
  {
    // Version 4 reports the losing sleep instead of the result, so that its run lasts as long as that.
    name: "race",
    handler: async ({ step }) => ({
      winner: await Promise.race([step.run("fast", () => "fast"), step.sleep("slow", "30d").then(() => "slow")]),
    }),
    output: { winner: "fast" },
  },
  {
    name: "parallel-with-sleep",
    handler: ({ step }) => Promise.all([step.run("a", () => 1), step.sleep("nap", "1d").then(() => 2)]),
    output: [1, 2],
    lasts: [day, day + minute],
  },
  {
    name: "parallel-sleeps",
    handler: ({ step }) => Promise.all([step.sleep("one", "3h").then(() => 1), step.sleep("two", "5h").then(() => 2)]),
    output: [1, 2],
    lasts: [5 * hour, 5 * hour + minute],
  },
  {
    name: "sleep",
    handler: async ({ step, count }) => ({
      a: await step.run("a", () => count("a")),
      nap: await step.sleep("nap", "1s"),
      b: await step.run("b", () => count("b")),
    }),
    output: { a: 1, nap: null, b: 1 },
    steps: ["a", "nap", "b"],
    counts: { a: 1, b: 1 },
    lasts: [1_000],
  },
  { name: "sleep-zero", handler: async ({ step }) => step.sleep("nap", 0).then(() => "awake"), output: "awake" },
  { name: "sleep-until-past", handler: async ({ step }) => step.sleepUntil("nap", new Date(0)).then(() => "awake"), output: "awake" },
  {
    name: "sleep-until",
    handler: async ({ step }) => {
      const until: string = await step.run("when", () => new Date(Date.now() + 1_200).toISOString());
      await step.sleepUntil("nap", until);
      return { late: Date.now() >= Date.parse(until) };
    },
    output: { late: true },
    inRealTime: true,
    lasts: [1_000],
  },
  {
    name: "two-sleeps",
    handler: async ({ step }) => {
      await step.sleep("one", "1s");
      await step.sleep("two", "1s");
      return "rested";
    },
    output: "rested",
    steps: ["one", "two"],
    lasts: [2_000],
  },
  {
    name: "sleep-for-a-year",
    handler: async ({ step }) => {
      await step.sleep("nap", "365d");
      return step.run("after", () => "a year later");
    },
    output: "a year later",
    steps: ["nap", "after"],
    lasts: [365 * day, 365 * day + minute],
  },
  {
    name: "retry-after-function",
    retries: 1,
    handler: async ({ errors, count }) => {
      if (count("body") === 1) throw new errors.RetryAfterError("later", "1s");
      return "after a second";
    },
    output: "after a second",
    inRealTime: true,
    lasts: [1_000],
  },
  {
    name: "retry-after-step",
    retries: 1,
    handler: ({ step, errors, count }) =>
      step.run("a", () => {
        if (count("a") === 1) throw new errors.RetryAfterError("later", "1s");
        return "after a second";
      }),
    output: "after a second",
    counts: { a: 2 },
    inRealTime: true,
    lasts: [1_000],
  },
];
