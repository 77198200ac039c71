// Functions that the REST APIs are asked about.

import type { WaitingFunction } from "./waiting-cases.ts";

const bad = (): never => {
  throw new Error("as it was is not good enough");
};

export const restFunctions: readonly WaitingFunction[] = [
  {
    name: "waits",
    handler: ({ step, event }) => step.waitForSignal("s", { signal: String(event.data["signal"]), timeout: "1h" }),
  },
  {
    name: "sends",
    handler: ({ step, event }) => step.sendSignal("send", { signal: String(event.data["signal"]), data: { from: "a step" } }),
  },
  {
    name: "invoked",
    handler: async ({ step, event }) => ({ name: event.name, n: event.data["n"], got: await step.run("a", () => 1) }),
  },
  {
    name: "repeated",
    handler: async ({ step, event, runId }) => {
      const first = await step.run("first", () => ({ by: runId }));
      const told = await step.run("tell", (...words: unknown[]) => words, "as it was", 1);
      const last = await step.run("last", () => (event.data["fail"] === true && told[0] === "as it was" ? bad() : told));
      return { first, told, last };
    },
  },
  { name: "sleeps", handler: ({ step }) => step.sleep("nap", "1h") },
];
