import { Stepwell } from "stepwell";
import { describe, expect, test } from "vitest";
import { createTestEngine } from "../src/index.ts";

const client = new Stepwell({ id: "shop" });

describe("crashAfter", () => {
  test("at a step that no run comes to is an error when all is over", async () => {
    const order = client.createFunction({ id: "order" }, { event: "go" }, ({ step }) => step.run("charge", () => 2));
    await using t = await createTestEngine({ functions: [order] });
    t.crashAfter("chrage");
    await t.send({ name: "go" });
    await expect(t.runUntilIdle()).rejects.toMatchObject({
      code: "step_not_reached",
      message: 'the process was to die after "chrage", and runs have come to "charge"',
    });
    await t.runUntilIdle();
    await t.assert.completed(order);
  });

  test("goes by the id of a step that has a name besides", async () => {
    const order = client.createFunction({ id: "order" }, { event: "go" }, ({ step }) =>
      step.run({ id: "charge", name: "Charge the card" }, () => 2),
    );
    await using t = await createTestEngine({ functions: [order] });
    t.crashAfter("charge", { recorded: true });
    const revived = t.engine;
    await t.send({ name: "go" });
    expect(t.engine).not.toBe(revived);
    await t.assert.step(order, "charge", { times: 1 });
  });

  test("before the result is recorded: the step runs again, those before it do not", async () => {
    const order = client.createFunction({ id: "order" }, { event: "go" }, async ({ step }) => {
      await step.run("reserve", () => 1);
      await step.run("charge", () => 2);
      return step.run("ship", () => 3);
    });
    await using t = await createTestEngine({ functions: [order] });
    t.crashAfter("charge");
    await t.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.completed(order, 3);
    await t.assert.step(order, "reserve", { times: 1 });
    await t.assert.step(order, "charge", { times: 2 });
    await t.assert.step(order, "ship", { times: 1 });
  });

  test("after it was recorded: no step runs twice", async () => {
    const order = client.createFunction({ id: "order" }, { event: "go" }, async ({ step }) => {
      await step.run("reserve", () => 1);
      await step.run("charge", () => 2);
      return step.run("ship", () => 3);
    });
    await using t = await createTestEngine({ functions: [order] });
    t.crashAfter("charge", { recorded: true });
    await t.send({ name: "go" });
    await t.assert.completed(order, 3);
    for (const name of ["reserve", "charge", "ship"]) await t.assert.step(order, name, { times: 1 });
  });

  test("in parallel steps and in their mocks: each has one result", async () => {
    const fan = client.createFunction({ id: "fan" }, { event: "go" }, ({ step }) =>
      Promise.all(["a", "b", "c"].map((name) => step.run(name, () => name))),
    );
    await using t = await createTestEngine({ functions: [fan], mocks: { b: () => "mocked b" } });
    t.crashAfter("b");
    t.crashAfter("c", { recorded: true });
    await t.send({ name: "go" });
    await t.runUntilIdle();
    const run = await t.assert.completed(fan, ["a", "mocked b", "c"]);
    expect(run.steps.map(({ name, state }) => [name, state]).sort()).toEqual(["a", "b", "c"].map((name) => [name, "completed"]));
    expect(t.stepCalls("b").length).toBeGreaterThan(1);
  });

  test("what was sent before the crash is sent once, however often its step runs", async () => {
    const heard = client.createFunction({ id: "heard" }, { event: "told" }, () => 1);
    const telling = client.createFunction({ id: "telling" }, { event: "go" }, ({ step }) => step.sendEvent("tell", { name: "told" }));
    await using t = await createTestEngine({ functions: [telling, heard] });
    t.crashAfter("tell");
    await t.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.sent("told", {}, { times: 1 });
    await t.assert.started(heard, 1);
    expect(t.stepCalls("tell")).toHaveLength(2);
  });

  test("a step that kills its process each time is given up at last, and the run says why", async () => {
    const poison = client.createFunction({ id: "poison" }, { event: "go" }, ({ step }) => step.run("boom", () => 1));
    await using t = await createTestEngine({ functions: [poison] });
    for (let nth = 0; nth < 12; nth += 1) t.crashAfter("boom");
    await t.send({ name: "go" });
    await t.runUntilIdle();
    const run = await t.assert.failed(poison);
    expect(run.error?.code).toBe("worker_lost");
    expect(t.stepCalls("boom")).toHaveLength(10);
  });
});

test("a step that kills its process takes none of those with it that run beside it", async () => {
  const poison = client.createFunction({ id: "poison" }, { event: "go" }, ({ step }) => step.run("boom", () => 1));
  // Slower than the other's death.
  const slow = client.createFunction({ id: "slow" }, { event: "go" }, ({ step }) =>
    step.run("wait", async () => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return "done";
    }),
  );
  await using t = await createTestEngine({ functions: [poison, slow] });
  for (let nth = 0; nth < 12; nth += 1) t.crashAfter("boom");
  await t.send({ name: "go" });
  await t.runUntilIdle();
  expect((await t.assert.failed(poison)).error?.code).toBe("worker_lost");
  await t.assert.completed(slow, "done");
  // What comes afterwards is no suspect, and waits for nobody.
  await t.send({ name: "go" });
  await t.runUntilIdle();
  await t.assert.started(slow, 2);
});

describe("the process", () => {
  test("dies while runs sleep, wait and are collected: all of it goes on, at its own moment", async () => {
    const nap = client.createFunction({ id: "nap" }, { event: "go" }, ({ step }) => step.sleep("nap", "2d"));
    const wait = client.createFunction({ id: "wait" }, { event: "go" }, ({ step }) =>
      step.waitForEvent("paid", { event: "paid", timeout: "9d" }),
    );
    const batch = client.createFunction(
      { id: "batch", batchEvents: { maxSize: 9, timeout: "1h" } },
      { event: "go" },
      ({ events }) => events.length,
    );
    const daily = client.createFunction({ id: "daily" }, { cron: "0 0 * * *" }, () => 1);
    await using t = await createTestEngine({ functions: [nap, wait, batch, daily], now: "2026-01-01T06:00:00Z" });
    await t.send({ name: "go" });
    await t.crash();
    await t.send({ name: "go" });
    await t.restart();
    await t.advance("1h");
    await t.assert.completed(batch, 2);
    await t.crash();
    await t.advance("2d");
    expect((await t.runs(nap)).map(({ status, endedAt, queuedAt }) => [status, (endedAt ?? 0) - queuedAt])).toEqual([
      ["completed", 2 * 86_400_000],
      ["completed", 2 * 86_400_000],
    ]);
    await t.send({ name: "paid" });
    expect((await t.runs(wait)).map(({ status }) => status)).toEqual(["completed", "completed"]);
    await t.assert.started(daily, 2);
  });

  test("dies in a call: what its code does afterwards has no effect", async () => {
    const gate = Promise.withResolvers<void>();
    const slow = client.createFunction({ id: "slow", retries: 0 }, { event: "go" }, async ({ step, attempt }) => {
      await step.run("first", () => attempt);
      return step.run("second", async () => {
        if (t.stepCalls("second").length === 1) {
          void t.crash();
          await gate.promise;
          await client.send({ name: "from the dead" });
        }
        return "once";
      });
    });
    await using t = await createTestEngine({ functions: [slow] });
    await t.send({ name: "go" });
    gate.resolve();
    await t.runUntilIdle();
    await t.assert.completed(slow, "once");
    await t.assert.notSent("from the dead");
    await t.assert.step(slow, "first", { times: 1 });
  });
});
