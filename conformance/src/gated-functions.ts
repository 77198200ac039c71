// Functions whose options decide whether, and in which order, their runs begin: as the official SDKs write them.

import { existsSync } from "node:fs";
import type { WaitingFunction } from "./waiting-cases.ts";

const naps: WaitingFunction["handler"] = ({ step }) => step.sleep("nap", "1h");
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
/** Invokes the function of this name, and returns what its step was told. */
const invokes = (name: string): WaitingFunction => ({
  name: `invokes-${name}`,
  handler: ({ step, functionOf }) => step.invoke("i", { function: functionOf(name), data: { key: "k" } }).catch(messageOf),
});

export const gatedFunctions: readonly WaitingFunction[] = [
  { name: "limited", options: { rateLimit: { limit: 2, period: "1h", key: "event.data.key" } }, handler: () => "let in" },
  invokes("limited"),
  { name: "once", options: { idempotency: "event.data.key" }, handler: () => "first" },
  invokes("once"),
  {
    name: "both",
    options: { idempotency: "event.data.order", rateLimit: { limit: 2, period: "1h" } },
    handler: ({ event }) => event.data["order"],
  },
  { name: "skips", options: { singleton: { mode: "skip", key: "event.data.key" } }, handler: naps },
  invokes("skips"),
  { name: "replaces", options: { singleton: { mode: "cancel", key: "event.data.key" } }, handler: naps },
  {
    name: "hears",
    triggers: [{ event: "inngest/function.cancelled", if: 'event.data.function_id == "conformance-replaces"' }],
    handler: ({ event }) => event.data["run_id"],
  },
  {
    name: "ranked",
    options: { priority: { run: "event.data.priority" }, concurrency: { limit: 1 } },
    handler: ({ step, event }) => step.run("a", () => event.data["priority"]),
  },
  {
    name: "one-by-one",
    options: { concurrency: { limit: 1, key: "event.data.tenant" } },
    handler: ({ step }) =>
      step.run("charge", async () => {
        while (existsSync(process.env["DOWN_FILE"] ?? "/nowhere")) await new Promise((resolve) => setTimeout(resolve, 20));
        return "done";
      }),
  },
];
