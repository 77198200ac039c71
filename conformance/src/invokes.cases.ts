import type { WaitingCase, WaitingFunction } from "./waiting-cases.ts";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const double: WaitingFunction = { name: "double", handler: ({ event }) => ({ doubled: Number(event.data["n"]) * 2 }) };
const refuses: WaitingFunction = {
  name: "refuses",
  handler: ({ errors }) => {
    throw new errors.NonRetriableError("the child says no");
  },
};
const sleeps: WaitingFunction = { name: "sleeps", handler: ({ step }) => step.sleep("long", "1h") };

/** Functions that others invoke: registered once. */
export const invokedFunctions: readonly WaitingFunction[] = [
  double,
  refuses,
  sleeps,
  { name: "no-triggers", triggers: [], handler: () => "started by nobody else" },
  { name: "only-by-schedule", triggers: [{ cron: "0 0 1 1 *" }], handler: ({ event }) => event.name },
  { name: "returns-nothing", handler: () => undefined },
  { name: "with-steps", handler: async ({ step }) => [await step.run("a", () => 1), await step.run("b", () => 2)] },
  { name: "sees", handler: ({ event }) => ({ name: event.name, data: Object.keys(event.data).filter((key) => key !== "_inngest") }) },
  { name: "echoes", handler: ({ event }) => event.data["text"] },
  {
    name: "nested",
    handler: async ({ step, functionOf }) => step.invoke("inner", { function: functionOf("double"), data: { n: 4 } }),
  },
];

/** Runs within runs. */
export const invokeCases: readonly WaitingCase[] = [
  {
    name: "invoke-returns",
    handler: ({ step, functionOf }) => step.invoke("i", { function: functionOf("double"), data: { n: 21 } }),
    output: { doubled: 42 },
  },
  {
    name: "invoke-several-at-once",
    handler: ({ step, functionOf }) =>
      Promise.all([1, 2, 3].map((n) => step.invoke(`i${n}`, { function: functionOf("double"), data: { n } }))),
    output: [{ doubled: 2 }, { doubled: 4 }, { doubled: 6 }],
  },
  {
    name: "invoke-by-reference",
    handler: ({ step, reference }) => step.invoke("i", { function: reference("conformance", "double"), data: { n: 5 } }),
    output: { doubled: 10 },
  },
  {
    name: "invoke-what-nobody-triggers",
    handler: ({ step, functionOf }) => step.invoke("i", { function: functionOf("no-triggers") }),
    output: "started by nobody else",
  },
  {
    name: "invoke-what-a-schedule-triggers",
    handler: ({ step, functionOf }) => step.invoke("i", { function: functionOf("only-by-schedule") }),
    output: "inngest/function.invoked",
  },
  {
    name: "invoke-what-returns-nothing",
    handler: async ({ step, functionOf }) => ({ got: await step.invoke("i", { function: functionOf("returns-nothing") }) }),
    output: { got: null },
  },
  {
    name: "invoke-what-has-steps",
    handler: ({ step, functionOf }) => step.invoke("i", { function: functionOf("with-steps") }),
    output: [1, 2],
  },
  {
    name: "invoke-what-invokes",
    handler: ({ step, functionOf }) => step.invoke("i", { function: functionOf("nested") }),
    output: { doubled: 8 },
  },
  {
    name: "invoke-hands-its-data-over",
    handler: ({ step, functionOf }) => step.invoke("i", { function: functionOf("sees"), data: { a: 1, b: 2 } }),
    output: { name: "inngest/function.invoked", data: ["a", "b"] },
  },
  {
    name: "invoke-with-a-megabyte",
    handler: async ({ step, functionOf }) =>
      String(await step.invoke("i", { function: functionOf("echoes"), data: { text: "y".repeat(1_000_000) } })).length,
    output: 1_000_000,
  },
  {
    name: "invoke-that-fails-can-be-caught",
    handler: async ({ step, functionOf }) => {
      try {
        return await step.invoke("i", { function: functionOf("refuses") });
      } catch (error) {
        return { caught: messageOf(error) };
      }
    },
    output: { caught: "the child says no" },
  },
  {
    name: "invoke-that-fails-fails-the-run",
    handler: ({ step, functionOf }) => step.invoke("i", { function: functionOf("refuses") }),
    status: "failed",
    error: { message: /the child says no/ },
  },
  {
    name: "invoke-of-nobody-fails-at-once",
    handler: async ({ step, reference }) => {
      try {
        return await step.invoke("i", { function: reference("conformance", "nobody") });
      } catch (error) {
        return messageOf(error);
      }
    },
    output: "could not find function with ID: conformance-nobody",
  },
  {
    name: "invoke-times-out-and-the-child-goes-on",
    handler: async ({ step, functionOf }) => {
      try {
        return await step.invoke("i", { function: functionOf("sleeps"), timeout: "1s" });
      } catch (error) {
        return messageOf(error);
      }
    },
    output: "Timed out waiting for invoked function to complete",
  },
  {
    name: "invoke-of-a-run-that-is-cancelled-fails",
    others: [{ name: "to-be-cancelled", handler: ({ step }) => step.sleep("long", "1h") }],
    handler: async ({ step, functionOf }) => {
      try {
        return await step.invoke("i", { function: functionOf("to-be-cancelled") });
      } catch (error) {
        return /was cancelled/.test(messageOf(error));
      }
    },
    told: [{ cancel: "to-be-cancelled" }],
    output: true,
  },
  {
    name: "invoke-beside-a-step",
    handler: ({ step, functionOf }) =>
      Promise.all([step.invoke("i", { function: functionOf("double"), data: { n: 1 } }), step.run("a", () => "a")]),
    output: [{ doubled: 2 }, "a"],
  },
  {
    name: "invoke-of-itself-ends-with-an-error",
    data: { depth: 0 },
    options: { retries: 0 },
    handler: ({ step, functionOf, event }) =>
      step.invoke("again", {
        function: functionOf("invoke-of-itself-ends-with-an-error"),
        data: { depth: Number(event.data["depth"]) + 1 },
      }),
    status: "failed",
    error: { message: /invokeDepthMax/ },
  },
];
