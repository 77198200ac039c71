// What becomes of runs under way when their app registers anew, without their function, at another address, or never again.
// Method: the shipped engine and store in virtual time; apps are functions of the test.

import { asJson, type Op, type Reply, type RunId } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { afterStep, failed, ops, result, type Script, SyncWorld, sleep, stepOf } from "./sync-world.ts";

const second = 1_000;
const hour = 3_600_000;
const napThenDone = afterStep(sleep("nap", "1h"), () => result("done"));
const waitForGo: Op = { ...stepOf("go"), kind: "WaitForEvent", event: "go", timeout: "7d" };

describe("a function that changes while its runs are under way", () => {
  test.for<readonly [string, Script, (world: SyncWorld) => Promise<unknown>]>([
    ["sleeps", napThenDone, (world) => world.pass(hour)],
    ["waits", afterStep(waitForGo, () => result("done")), (world) => world.send("go")],
    ["is to be tried again", ({ attempt }) => (attempt === 0 ? failed() : result("done")), (world) => world.pass(60 * second)],
  ])("its address, while a run %s: the next call goes there", async ([, script, wake]) => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", script);
    await world.sync("app", [{ id: "f" }], "http://before:1/");
    const [runId] = await world.send("f");
    await world.sync("app", [{ id: "f" }], "http://after:1/");
    await wake(world);
    expect(world.calls.map(({ target }) => new URL(target.url).hostname)).toEqual(["before", "after"]);
    expect(await world.run(runId)).toMatchObject({ status: "completed" });
  });

  test("its address, while a call is under way: the reply of the old one counts, and the next call goes to the new one", async () => {
    await using world = await SyncWorld.start();
    const reply = Promise.withResolvers<void>();
    const charge: Op = { ...stepOf("charge"), kind: "StepRun", data: asJson(1) };
    world.scripts.set("app-f", async (call) => {
      if (call.memos.has(charge.id)) return result("done");
      await reply.promise;
      return ops(charge);
    });
    await world.sync("app", [{ id: "f" }], "http://before:1/");
    const [runId] = await world.send("f");
    await world.sync("app", [{ id: "f" }], "http://after:1/");
    reply.resolve();
    await world.settle();
    expect(world.calls.map(({ target }) => new URL(target.url).hostname)).toEqual(["before", "after"]);
    expect(await world.run(runId)).toMatchObject({ status: "completed" });
  });

  test.for([
    ["fewer", 5, 0, 2],
    ["more", 0, 2, 1],
    ["more, in time", 1, 3, 4],
  ] as const)("%s retries hold for the attempts to come", async ([, before, after, attempts]) => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", () => failed());
    await world.sync("app", [{ id: "f", retries: before }]);
    const [runId] = await world.send("f");
    await world.sync("app", [{ id: "f", retries: after }]);
    await world.pass(hour);
    expect(world.calls).toHaveLength(attempts);
    expect(await world.run(runId)).toMatchObject({ status: "failed" });
  });

  test("rules that cancel are those of the moment at which the run began", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", napThenDone);
    const stop = (event: string) => ({ options: { cancel: [{ event }] } });
    await world.sync("app", [{ id: "f", ...stop("stop/old") }]);
    const [one] = await world.send("f");
    const [two] = await world.send("f");
    await world.sync("app", [{ id: "f", ...stop("stop/new") }]);
    const [young] = await world.send("f");
    await world.send("stop/new");
    expect([(await world.run(one)).status, (await world.run(young)).status]).toEqual(["running", "cancelled"]);
    await world.send("stop/old");
    expect([(await world.run(one)).status, (await world.run(two)).status]).toEqual(["cancelled", "cancelled"]);
  });

  test.for([
    ["made longer", { finish: "3h" }, [2 * hour, "running"], [4 * hour, "cancelled"]],
    ["made shorter", { finish: "30m" }, [hour + second, "cancelled"], [hour + second, "cancelled"]],
    ["taken away", undefined, [2 * hour, "running"], [9 * hour, "running"]],
  ] as const)("a deadline that is %s is read when it fires", async ([, timeouts, ...looks]) => {
    await using world = await SyncWorld.start();
    world.scripts.set(
      "app-f",
      afterStep(waitForGo, () => result("done")),
    );
    await world.sync("app", [{ id: "f", options: { timeouts: { finish: "1h" } } }]);
    const [runId] = await world.send("f");
    await world.sync("app", [{ id: "f", options: timeouts === undefined ? {} : { timeouts } }]);
    const startedAt = world.clock.now();
    for (const [ms, status] of looks) {
      await world.pass(startedAt + ms - world.clock.now());
      expect((await world.run(runId)).status).toBe(status);
    }
  });

  test.for([
    ["added", [], ["handler"], 1],
    ["taken away", ["handler"], [], 0],
  ] as const)("a failure handler that is %s is the one of the moment at which the run fails", async ([, before, after, handled]) => {
    await using world = await SyncWorld.start();
    world.scripts.set(
      "app-f",
      afterStep(sleep("nap", "1h"), () => failed()),
    );
    const handler = { id: "f-failure", on: [{ event: "inngest/function.failed", expression: "event.data.function_id == 'app-f'" }] };
    const listed = (more: readonly string[]) => [{ id: "f", retries: 0 }, ...more.map(() => handler)];
    await world.sync("app", listed(before));
    const [runId] = await world.send("f");
    await world.sync("app", listed(after));
    await world.pass(hour);
    expect(await world.run(runId)).toMatchObject({ status: "failed" });
    expect(world.callsOf("app-f-failure")).toHaveLength(handled);
  });

  test("its triggers: those that are gone start nothing, also those of time", async () => {
    await using world = await SyncWorld.start();
    await world.sync("app", [{ id: "f", on: [{ event: "old" }, { cron: "0 * * * *" }] }]);
    await world.pass(hour);
    expect(world.calls).toHaveLength(1);
    await world.sync("app", [{ id: "f", on: [{ event: "new" }, { cron: "30 3 * * *" }] }]);
    expect([await world.send("old"), (await world.send("new")).length]).toEqual([[], 1]);
    await world.pass(2 * hour - 1);
    expect(world.calls).toHaveLength(2);
    await world.pass(hour);
    expect(world.calls).toHaveLength(3);
    await world.sync("app", [{ id: "f", on: [{ event: "new" }] }]);
    await world.pass(48 * hour);
    expect(world.calls).toHaveLength(3);
    expect(await world.engine.schedules()).toEqual([]);
  });
});

describe("a function that is gone", () => {
  test.for<readonly [string, Script, (world: SyncWorld) => Promise<unknown>]>([
    ["sleeps", napThenDone, (world) => world.pass(hour)],
    ["waits for an event", afterStep(waitForGo, () => result("done")), (world) => world.send("go")],
    ["is to be tried again", ({ attempt }) => (attempt === 0 ? failed() : result("done")), (world) => world.pass(60 * second)],
  ])("a run that %s then waits, says so over a restart, and goes on when it is back", async ([, script, wake]) => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", script);
    await world.sync("app", [{ id: "f" }, { id: "other" }]);
    const [runId] = await world.send("f");
    await world.sync("app", [{ id: "other" }]);
    await wake(world);
    await world.restart();
    await world.pass(24 * hour);
    expect(world.callsOf("app-f")).toHaveLength(1);
    expect(await world.phase(runId)).toMatchObject({ status: "waiting", reason: { code: "function_gone" } });
    // Others are not held up.
    await world.send("other");
    expect(world.callsOf("app-other")).toHaveLength(1);
    await world.sync("app", [{ id: "f" }, { id: "other" }]);
    expect(await world.run(runId)).toMatchObject({ status: "completed" });
    expect(world.callsOf("app-f")).toHaveLength(2);
  });

  test.for<readonly [string, Script, (world: SyncWorld) => Promise<unknown>]>([
    ["sleeps", napThenDone, (world) => world.pass(hour)],
    ["waits for an event", afterStep(waitForGo, () => result("done")), (world) => world.send("go")],
  ])("where a process cannot call an app, its run that %s is not claimed and says so, and goes on elsewhere", async ([, script, wake]) => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", script);
    await world.sync("app", [{ id: "f" }]);
    await world.sync("near", [{ id: "g" }]);
    const [runId] = await world.send("f");
    world.outOfReach.add("app");
    await world.restart();
    await wake(world);
    await world.pass(24 * hour);
    expect(world.callsOf("app-f")).toHaveLength(1);
    const text = 'waits for a process that can call the app "app": this one cannot reach http://app:1/?fnId=app-f';
    expect(await world.phase(runId)).toMatchObject({ status: "waiting", reason: { code: "app_unreachable", text } });
    expect(await world.engine.why.run(runId as RunId)).toMatchObject({
      headline: { code: "app_unreachable", text },
      advice: [{ code: "app_unreachable" }],
    });
    // What starts meanwhile is queued and not called, and nobody else is held up.
    const [late] = await world.send("f");
    expect(await world.phase(late)).toMatchObject({ status: "queued", reason: { code: "app_unreachable" } });
    await world.send("g");
    expect([world.callsOf("app-f").length, world.callsOf("near-g").length]).toEqual([1, 1]);
    world.outOfReach.clear();
    await world.sync("app", [{ id: "f" }]);
    expect(await world.run(runId)).toMatchObject({ status: "completed" });
    expect(world.callsOf("app-f")).toHaveLength(3);
  });

  test("parallel steps that were planned and not called wait with it, and each runs once", async () => {
    await using world = await SyncWorld.start();
    const steps = ["a", "b", "c"];
    const reply = Promise.withResolvers<void>();
    world.scripts.set("app-f", async (call) => {
      const target = steps.find((name) => stepOf(name).id === call.stepId);
      if (target !== undefined) return ops({ ...stepOf(target), kind: "StepRun", data: asJson(target) });
      if (call.memos.size === steps.length) return result("all");
      await reply.promise;
      return ops(...steps.map((name) => ({ ...stepOf(name), kind: "StepPlanned" }) as const));
    });
    await world.sync("app", [{ id: "f" }]);
    const [runId] = await world.send("f");
    await world.sync("app", []);
    reply.resolve();
    await world.settle();
    await world.pass(hour);
    expect(world.calls).toHaveLength(1);
    expect(await world.phase(runId)).toMatchObject({ reason: { code: "function_gone" } });
    await world.restart();
    await world.sync("app", [{ id: "f" }]);
    expect(await world.run(runId)).toMatchObject({ status: "completed", output: '"all"' });
    expect(world.calls.filter(({ stepId }) => stepId !== undefined)).toHaveLength(steps.length);
  });

  test("a call that comes back after it went is recorded, and no other is made", async () => {
    await using world = await SyncWorld.start();
    const reply = Promise.withResolvers<void>();
    world.scripts.set("app-f", async () => {
      await reply.promise;
      return result("done");
    });
    await world.sync("app", [{ id: "f" }]);
    const [runId] = await world.send("f");
    await world.sync("app", []);
    expect(await world.phase(runId)).toMatchObject({ status: "running" });
    reply.resolve();
    await world.settle();
    expect(await world.run(runId)).toMatchObject({ status: "completed" });
  });

  test("cannot be invoked: the step fails at once, and the function may catch it", async () => {
    await using world = await SyncWorld.start();
    const invoke: Op = {
      ...stepOf("child"),
      kind: "InvokeFunction",
      functionName: "app-child",
      payload: { data: {} },
      timeout: "",
      propagateCancel: false,
    };
    world.scripts.set("app-f", (call) => {
      const memo = call.memos.get(invoke.id);
      return memo === undefined ? ops(invoke) : result(JSON.parse(memo));
    });
    await world.sync("app", [{ id: "f" }, { id: "child" }]);
    await world.sync("app", [{ id: "f" }]);
    const [runId] = await world.send("f");
    const { status, output } = await world.run(runId);
    expect(status).toBe("completed");
    expect(JSON.parse(output ?? "")).toMatchObject({
      error: { code: "function_not_found", message: expect.stringContaining("app-child") },
    });
  });

  test("a child under way waits for it, and its parent with it", async () => {
    await using world = await SyncWorld.start();
    const invoke: Op = {
      ...stepOf("child"),
      kind: "InvokeFunction",
      functionName: "kids-child",
      payload: { data: {} },
      timeout: "",
      propagateCancel: false,
    };
    world.scripts.set(
      "app-f",
      afterStep(invoke, () => result("done")),
    );
    world.scripts.set("kids-child", napThenDone);
    await world.sync("app", [{ id: "f" }]);
    await world.sync("kids", [{ id: "child" }]);
    const [parentId] = await world.send("f");
    await world.sync("kids", []);
    await world.pass(2 * hour);
    expect(await world.phase(parentId)).toMatchObject({ status: "waiting", reason: { code: "invoke" } });
    await world.sync("kids", [{ id: "child" }]);
    expect(await world.run(parentId)).toMatchObject({ status: "completed" });
  });
});

describe("an app that is taken away", () => {
  test("to drain: it starts nothing, and its runs are called to their end, over a restart", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", napThenDone);
    await world.sync("app", [{ id: "f", on: [{ event: "f" }, { cron: "0 * * * *" }] }]);
    const [runId] = await world.send("f");
    expect(await world.done(world.engine.removeApp({ appName: "app", runs: "drain" }))).toEqual({ kind: "removed" });
    expect(await world.done(world.engine.removeApp({ appName: "app", runs: "drain" }))).toEqual({ kind: "not_found" });
    expect([world.engine.apps(), world.engine.functions(), await world.send("f")]).toEqual([[], [], []]);
    expect(await world.phase(runId)).toMatchObject({ reason: { code: "sleep" } });
    await world.restart();
    await world.pass(hour);
    expect(await world.run(runId)).toMatchObject({ status: "completed" });
    expect(world.calls).toHaveLength(2);
  });

  test("with its runs: they are cancelled, and what listens to their end is started", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", napThenDone);
    await world.sync("app", [{ id: "f" }]);
    await world.sync("watch", [{ id: "ends", on: [{ event: "inngest/function.cancelled" }] }]);
    const runs = [...(await world.send("f")), ...(await world.send("f"))];
    const outcome = await world.done(world.engine.removeApp({ appName: "app", runs: "cancel" }));
    expect(outcome).toEqual({ kind: "removed", cancellationId: expect.any(String) });
    await world.pass(second);
    for (const id of runs) expect(await world.run(id)).toMatchObject({ status: "cancelled", cancelReason: "app_removed" });
    expect(world.callsOf("watch-ends")).toHaveLength(2);
    expect(world.callsOf("app-f")).toHaveLength(2);
  });

  test("because its address registers under another id: the old functions start nothing, and their runs wait over a restart", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set("shop-f", napThenDone);
    await world.sync("shop", [{ id: "f" }], "http://localhost:3000/");
    const [runId] = await world.send("f");
    await world.sync("store", [{ id: "f" }], "http://127.0.0.1:3000/");
    expect(world.engine.apps().map(({ name }) => name)).toEqual(["store"]);
    expect(await world.send("f")).toHaveLength(1);
    await world.restart();
    await world.pass(2 * hour);
    expect(await world.phase(runId)).toMatchObject({ reason: { code: "function_gone" } });
    await world.sync("shop", [{ id: "f" }], "http://localhost:3001/");
    expect(await world.run(runId)).toMatchObject({ status: "completed" });
  });
});

describe("apps beside each other", () => {
  test("two that declare one function: the first keeps it whoever syncs again, until it is gone", async () => {
    await using world = await SyncWorld.start();
    await world.sync("a", [{ id: "b-c" }]);
    const refused = await world.sync("a-b", [{ id: "c", on: [{ event: "b-c" }] }, { id: "d" }]);
    expect(refused).toMatchObject({ kind: "refused", code: "function_id_taken", problems: [{ function: "a-b-c", option: "id" }] });
    expect(await world.sync("a", [{ id: "b-c" }])).toMatchObject({ kind: "synced", modified: false });
    expect(world.engine.functions().map(({ slug }) => slug)).toEqual(["a-b-c"]);
    await world.send("b-c");
    expect(world.calls.map(({ target }) => target.appName)).toEqual(["a"]);
    await world.sync("a", []);
    expect(await world.sync("a-b", [{ id: "c", on: [{ event: "b-c" }] }])).toMatchObject({ kind: "synced" });
    await world.send("b-c");
    expect(world.calls.map(({ target }) => target.appName)).toEqual(["a", "a-b"]);
    expect(await world.sync("a", [{ id: "b-c" }])).toMatchObject({ kind: "refused", code: "function_id_taken" });
  });

  test("two that declare one function at the same moment do not both get it", async () => {
    await using world = await SyncWorld.start();
    const outcomes = await Promise.all([world.sync("a", [{ id: "b-c" }]), world.sync("a-b", [{ id: "c" }])]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["synced", "refused"]);
  });

  test("one that fails keeps its functions, and says since when, over a restart, until it is well", async () => {
    await using world = await SyncWorld.start();
    await world.sync("app", [{ id: "f" }]);
    const failingSince = world.clock.now();
    const fail = (error: string | undefined) => world.done(world.engine.setAppError({ appName: "app", error }));
    await fail("connection refused");
    await world.pass(hour);
    await fail("timed out");
    await world.restart();
    expect(world.engine.apps()).toMatchObject([{ error: "timed out", failingSince }]);
    expect(await world.send("f")).toHaveLength(1);
    await world.sync("app", [{ id: "f" }]);
    expect(world.engine.apps()[0]).not.toHaveProperty("failingSince");
  });
});

test("a run has begun with its first call, also where a checkpoint is the first that is heard of it", async () => {
  await using world = await SyncWorld.start();
  const reply = Promise.withResolvers<Reply>();
  world.scripts.set("app-f", () => reply.promise);
  await world.sync("app", [{ id: "f" }]);
  const [runId] = await world.send("f");
  const begunAt = world.clock.now();
  await world.pass(600_000);
  const [call] = world.calls;
  if (call === undefined) throw new Error("nothing was called");
  const op: Op = { ...stepOf("one"), kind: "StepRun", data: asJson(1) };
  const { itemId, generation } = call;
  const saved = await world.done(world.engine.checkpoint({ runId: call.runId, itemId, generation, ops: [op] }));
  expect([saved.kind, (await world.run(runId)).startedAt]).toEqual(["saved", begunAt]);
  reply.resolve(result("done"));
  await world.settle();
  expect(await world.run(runId)).toMatchObject({ status: "completed", startedAt: begunAt });
});
