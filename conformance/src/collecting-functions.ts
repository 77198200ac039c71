// Functions whose events are collected before they run: debounced ones and those that take batches.

import type { WaitingFunction } from "./waiting-cases.ts";

const numbers = (events: readonly unknown[]): readonly unknown[] =>
  events.map((event) => (event as { readonly data: { readonly n?: number } }).data.n);

/** What a function was called with, as its author sees it. */
const saw: WaitingFunction["handler"] = async ({ event, events, step }) => ({
  event: event.data["n"],
  events: numbers(events),
  saved: await step.run("save", () => events.length),
});

export const collectingFunctions: readonly WaitingFunction[] = [
  { name: "debounced", options: { debounce: { period: "1s" } }, handler: saw },
  { name: "debounced-by-key", options: { debounce: { period: "1s", key: "event.data.key" } }, handler: saw },
  { name: "debounced-with-cap", options: { debounce: { period: "2s", timeout: "3s" } }, handler: saw },
  { name: "batched", options: { batchEvents: { maxSize: 3, timeout: "1s" } }, handler: saw },
  { name: "batched-by-key", options: { batchEvents: { maxSize: 2, timeout: "2s", key: "event.data.key" } }, handler: saw },
  { name: "batched-if", options: { batchEvents: { maxSize: 10, timeout: "1s", if: "event.data.n < 10" } }, handler: saw },
  {
    name: "batched-and-retried",
    options: { batchEvents: { maxSize: 2, timeout: "1s" } },
    handler: ({ events, attempt, count }) => {
      if (attempt === 0) throw new Error("the first attempt fails");
      return { events: numbers(events), calls: count("calls") };
    },
  },
  {
    name: "invokes-batched",
    handler: async ({ step, functionOf, event }) => step.invoke("i", { function: functionOf("batched"), data: { n: event.data["n"] } }),
  },
  {
    name: "invokes-debounced",
    handler: async ({ step, functionOf, event }) => {
      try {
        return await step.invoke("i", { function: functionOf("debounced"), data: { n: event.data["n"] } });
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  },
];
