// The types that JSON has not are loaded with the first value that has one: in each test a process that has met none.

import { hashStepId } from "@stepwell/protocol";
import { expect, test, vi } from "vitest";

const own = { "x-stepwell-version": "1" };

/** An app whose step gives a date, and which says what it gets of it. */
async function coldApp() {
  vi.resetModules();
  const { callBody, setup } = await import("./served-app.ts");
  const { Stepwell } = await import("../src/index.ts");
  const { ask } = setup({}, { functions: [dated(new Stepwell({ id: "app" }))] });
  const call = (state: object) => ask("POST", "/x?fnId=app-dated&stepId=step", { ...callBody(), ...state }, own);

  function dated(client: InstanceType<typeof Stepwell>) {
    const options = { id: "dated", triggers: { event: "go" }, checkpointing: { bufferedSteps: 9 } };
    return client.createFunction(options, async ({ step }) => {
      const [at, none] = [await step.run("at", () => new Date(5)), await step.run("none", () => undefined)];
      return { isDate: (at as unknown) instanceof Date, isNone: none === undefined };
    });
  }
  return call;
}

test("a step returns one: the code goes on with it, and it is recorded with its type", async () => {
  const call = await coldApp();
  const ops = (await call({})).body;
  expect(ops).toMatchObject([
    { op: "StepRun", data: "1970-01-01T00:00:00.005Z", types: [[[], "Date"]] },
    { op: "StepRun", data: null, types: [[[], "undefined"]] },
    { op: "RunComplete", data: { isDate: true, isNone: true } },
  ]);
});

test("a run remembers one: a replay has it", async () => {
  const call = await coldApp();
  const steps = {
    [hashStepId("at")]: { data: "1970-01-01T00:00:00.005Z", types: [[[], "Date"]] },
    [hashStepId("none")]: { data: null, types: [[[], "undefined"]] },
  };
  expect((await call({ steps })).body).toEqual({ isDate: true, isNone: true });
});
