// Functions that the REST APIs are asked about.

import type { WaitingFunction } from "./waiting-cases.ts";

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
  { name: "sleeps", handler: ({ step }) => step.sleep("nap", "1h") },
];
