// What few calls need is loaded with the first that does: in each test a process in which none did.

import { hashStepId } from "@stepwell/protocol";
import { expect, test, vi } from "vitest";
import type { FunctionContext, RetryRule } from "../src/index.ts";

/** How an app with this one function is called by our own server, or by another. */
async function coldApp(handler: (context: FunctionContext) => unknown, { isOwnServer = true, retries = {} as RetryRule } = {}) {
  vi.resetModules();
  const { callBody, setup } = await import("./served-app.ts");
  const { Stepwell } = await import("../src/index.ts");
  const options = { id: "f", triggers: { event: "go" }, checkpointing: { bufferedSteps: 9 }, retries };
  const { ask } = setup({}, { functions: [new Stepwell({ id: "app" }).createFunction(options, handler)] });
  return (state: object = {}) =>
    ask("POST", "/x?fnId=app-f&stepId=step", { ...callBody(), ...state }, isOwnServer ? { "x-stepwell-version": "1" } : {});
}

const dated = async ({ step }: FunctionContext) => {
  const [at, none] = [await step.run("at", () => new Date(5)), await step.run("none", () => undefined)];
  return { isDate: (at as unknown) instanceof Date, isNone: none === undefined };
};

test("a step gives a date: the code goes on with it, and it is recorded with its type", async () => {
  const call = await coldApp(dated);
  expect((await call()).body).toMatchObject([
    { op: "StepRun", data: "1970-01-01T00:00:00.005Z", types: [[[], "Date"]] },
    { op: "StepRun", data: null, types: [[[], "undefined"]] },
    { op: "RunComplete", data: { isDate: true, isNone: true } },
  ]);
});

test("a run remembers a date: a replay has it", async () => {
  const call = await coldApp(dated);
  const steps = {
    [hashStepId("at")]: { data: "1970-01-01T00:00:00.005Z", types: [[[], "Date"]] },
    [hashStepId("none")]: { data: null, types: [[[], "undefined"]] },
  };
  expect((await call({ steps })).body).toEqual({ isDate: true, isNone: true });
});

test("a function gives a date", async () => {
  const call = await coldApp(() => ({ at: new Date(5) }));
  expect((await call()).body).toMatchObject([{ op: "RunComplete", data: { at: "1970-01-01T00:00:00.005Z" }, types: [[["at"], "Date"]] }]);
});

test("another server gets plain JSON", async () => {
  const call = await coldApp(() => ({ at: new Date(5) }), { isOwnServer: false });
  expect((await call()).body).toEqual({ at: "1970-01-01T00:00:00.005Z" });
});

test.each([
  [
    "at once",
    () => {
      throw new RangeError("no");
    },
  ],
  ["later", () => Promise.reject(new RangeError("no"))],
])("a step fails %s: it is tried again when the function's option says", async (_, work) => {
  const call = await coldApp(({ step }) => step.run("a", work), { retries: { base: "7s" } });
  expect((await call()).body).toMatchObject([
    { op: "StepError", error: { name: "RangeError", message: "no" }, opts: { retryAfterMs: 7_000 } },
  ]);
});

test("a function fails", async () => {
  const call = await coldApp(() => Promise.reject(new RangeError("no")));
  expect(await call()).toMatchObject({ status: 500, body: { name: "RangeError", message: "no" } });
});

test("what cannot be recorded fails the step", async () => {
  const call = await coldApp(({ step }) => step.run("a", () => Symbol("s")));
  expect((await call()).body).toMatchObject([{ op: "StepFailed", error: { code: "result_not_serializable" } }]);
});
