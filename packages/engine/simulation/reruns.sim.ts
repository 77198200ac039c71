// Runs that are repeated, from the beginning and from a step on.
// Method: the shipped engine and store in virtual time; apps are functions of the test.

import type { Call } from "@stepwell/engine";
import { asJson, hashStepId, type Op, type RunId } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { afterStep, failed, ops, result, type Script, SyncWorld, sleep, stepOf } from "./sync-world.ts";

const hour = 3_600_000;

/** As an SDK does: told to plan, it runs only the step that it is called for. */
function planning(script: Script): Script {
  return async (call) => {
    const reply = await script(call);
    if (reply.kind !== "ops" || !call.plan) return reply;
    const list = reply.ops.map(
      (op): Op => (op.kind !== "StepRun" || op.id === call.stepId ? op : { ...stepOf(op.name), kind: "StepPlanned" }),
    );
    return { ...reply, ops: list };
  };
}

function stepRun(name: string, data: unknown): Op {
  return { ...stepOf(name), kind: "StepRun", data: asJson(data) };
}

/** Three steps; the third throws as long as somebody says so. */
function threeSteps(isBroken: () => boolean): Script {
  return afterStep(
    stepRun("one", 1),
    afterStep(stepRun("two", 2), (call) => {
      if (call.memos.has(hashStepId("three"))) return result([...call.memos.values()]);
      return isBroken() ? failed("three is broken") : ops(stepRun("three", 3));
    }),
  );
}

/** How many results each call carried. */
const sizes = new WeakMap<Call, number>();

function seen(world: SyncWorld): readonly (number | undefined)[] {
  return world.calls.map((call) => sizes.get(call));
}

async function failedRun(world: SyncWorld): Promise<{ readonly runId: RunId; readonly mend: () => void }> {
  let isBroken = true;
  const mend = (): void => {
    isBroken = false;
  };
  const script = threeSteps(() => isBroken);
  world.scripts.set("app-f", (call) => {
    sizes.set(call, call.memos.size);
    return planning(script)(call);
  });
  await world.sync("app", [{ id: "f", retries: 0 }]);
  const [runId] = await world.send("f", { n: 7 });
  if (runId === undefined) throw new Error("nothing was started");
  expect(await world.run(runId)).toMatchObject({ status: "failed" });
  return { runId, mend };
}

async function rerun(world: SyncWorld, params: Parameters<SyncWorld["engine"]["rerun"]>[0]): Promise<RunReport> {
  world.calls.length = 0;
  const answer = await world.done(world.engine.rerun(params));
  if (answer.kind !== "started") throw new Error(answer.kind);
  await world.settle();
  return world.run(answer.runId);
}

describe("a run is repeated", () => {
  test("from the beginning: with its event, in a run of its own", async () => {
    await using world = await SyncWorld.start();
    const { runId, mend } = await failedRun(world);
    mend();
    const run = await rerun(world, { runId });
    expect(run).toMatchObject({ status: "completed", rerun: { of: runId, first: runId }, eventName: "f" });
    expect(seen(world)).toEqual([0, 1, 2, 3]);
    expect(world.calls[0]?.events[0]?.data).toBe('{"n":7}');
    expect(await world.run(runId)).toMatchObject({ status: "failed" });
  });

  test("from a step on: earlier results are there, and their code is not called", async () => {
    await using world = await SyncWorld.start();
    const { runId, mend } = await failedRun(world);
    mend();
    const run = await rerun(world, { runId, from: { step: "two", input: asJson([8]) } });
    expect(run).toMatchObject({ status: "completed", rerun: { of: runId, fromStep: hashStepId("two") } });
    // It is found, run with its arguments, and then everything goes on.
    expect(seen(world)).toEqual([1, 1, 2, 3]);
    expect(world.calls.map(({ plan, stepInput }) => [plan, stepInput?.input])).toEqual([
      [true, undefined],
      [true, "[8]"],
      [false, undefined],
      [false, undefined],
    ]);
    const steps = await world.engine.reports.runSteps(run.id);
    expect(steps.map(({ name, kept }) => [name, kept])).toEqual([
      ["one", "reused"],
      ["two", undefined],
      ["three", undefined],
    ]);
  });

  test("its arguments outlive a restart", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set(
      "app-f",
      afterStep(stepRun("one", 1), () => result("done")),
    );
    await world.sync("app", [{ id: "f" }]);
    const [runId] = await world.send("f");
    const one = stepRun("one", undefined).id;
    world.scripts.set(
      "app-f",
      planning((call) => {
        if (call.memos.has(one)) return result(call.memos.get(one));
        return call.stepId !== undefined && call.attempt === 0 ? failed() : ops(stepRun("one", call.stepInput?.input));
      }),
    );
    const run = await rerun(world, { runId: runId as RunId, from: { step: "one", input: asJson(["x"]) } });
    await world.restart();
    await world.pass(hour);
    expect(await world.run(run.id)).toMatchObject({ status: "completed", output: asJson('{"data":"[\\"x\\"]"}') });
  });

  test("while it is alive, which changes nothing for it", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set(
      "app-f",
      afterStep(
        stepRun("one", 1),
        afterStep(sleep("nap", "1h"), () => result("done")),
      ),
    );
    await world.sync("app", [{ id: "f" }]);
    const [runId] = await world.send("f");
    const run = await rerun(world, { runId: runId as RunId, from: { step: "nap" } });
    expect(world.calls.map(({ memos }) => memos.size)).toEqual([1]);
    await world.pass(hour);
    expect([(await world.run(runId)).status, (await world.run(run.id)).status]).toEqual(["completed", "completed"]);
  });

  test("again and again: each from the one before, the first one remembered", async () => {
    await using world = await SyncWorld.start();
    const { runId } = await failedRun(world);
    const second = await rerun(world, { runId, from: { step: "two" } });
    const third = await rerun(world, { runId: second.id, name: "third" });
    expect(third.rerun).toEqual({ of: second.id, first: runId, name: "third" });
  });

  test.for([
    ["an unknown run", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", undefined, { kind: "run_not_found" }],
    ["a run from before everything that is kept", "00000000000000000000000000", undefined, { kind: "payload_expired" }],
    ["a step that it does not have", undefined, { step: "no" }, { kind: "step_not_found", step: "no", matches: 0 }],
  ] as const)("not %s", async ([, id, from, refusal]) => {
    await using world = await SyncWorld.start();
    const { runId } = await failedRun(world);
    const params = { runId: (id ?? runId) as RunId, ...(from === undefined ? {} : { from }) };
    expect(await world.done(world.engine.rerun(params))).toEqual(refusal);
    expect((await world.engine.reports.size()).runs).toBe(1);
  });

  test("not when its function is gone", async () => {
    await using world = await SyncWorld.start();
    const { runId } = await failedRun(world);
    await world.sync("app", [{ id: "other" }]);
    expect(await world.done(world.engine.rerun({ runId }))).toEqual({ kind: "function_not_found", slug: "app-f" });
  });
});
