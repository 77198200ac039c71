import { describe, expect, test } from "vitest";
import { callOnce, hashOf, onlyOp, opsOf } from "../../test/call-once.ts";
import { engineWorld } from "../../test/engine-world.ts";
import { type FunctionContext, Stepwell } from "../index.ts";

const client = new Stepwell({ id: "app" });
const define = (handler: (context: FunctionContext) => unknown, options: object = {}) =>
  client.createFunction({ id: "f", triggers: { event: "go" }, ...options }, handler);
const done = (data: unknown) => ({ data });

describe("ids", () => {
  test("of a loop are counted", async () => {
    const fn = define(async ({ step }) => [await step.run("a", () => 1), await step.run("a", () => 2), await step.run("a", () => 3)]);
    expect(onlyOp(await callOnce(client, fn, { memos: { a: done(1) } }))).toMatchObject({ id: hashOf("a:1"), data: "2" });
    expect(await callOnce(client, fn, { memos: { a: done(1), "a:1": done(2), "a:2": done(3) } })).toMatchObject({ data: "[1,2,3]" });
  });

  test("that look like a counted one are passed over", async () => {
    const fn = define(({ step }) => Promise.all(["a:1", "a", "a"].map((id) => step.run(id, () => 1))));
    const reply = await callOnce(client, fn);
    expect(reply.kind === "ops" && reply.ops.map(({ id }) => id)).toEqual([hashOf("a:1"), hashOf("a"), hashOf("a:2")]);
  });

  test("are asked for", async () => {
    const fn = define(({ step }) => step.run("", () => 1));
    expect(await callOnce(client, fn)).toMatchObject({
      kind: "error",
      noRetry: true,
      error: { message: expect.stringContaining("needs an id") },
    });
  });
});

describe("replay", () => {
  test("settles in the order in which it was recorded, so that a race has the same winner", async () => {
    const fn = define(({ step }) => Promise.race([step.run("a", () => "a"), step.run("b", () => "b")]));
    expect(await callOnce(client, fn, { memos: { b: done("b"), a: done("a") } })).toMatchObject({ data: '"b"' });
    expect(await callOnce(client, fn, { memos: { a: done("a"), b: done("b") } })).toMatchObject({ data: '"a"' });
  });

  test("also where a chain of steps runs against one", async () => {
    const fn = define(({ step }) =>
      Promise.race([step.run("a", () => "a"), step.run("b", () => "b").then(() => step.run("b2", () => "b2"))]),
    );
    expect(await callOnce(client, fn, { memos: { b: done(0), b2: done("b2"), a: done("a") } })).toMatchObject({ data: '"b2"' });
    expect(await callOnce(client, fn, { memos: { b: done(0), a: done("a"), b2: done("b2") } })).toMatchObject({ data: '"a"' });
  });

  test("also where the winner has a long way to go and the loser is late", async () => {
    const late = async <T>(turns: number, step: () => Promise<T>): Promise<T> => {
      for (let turn = 0; turn < turns; turn += 1) await undefined;
      return step();
    };
    const fn = define(({ step }) =>
      Promise.race([step.run("a", () => "a").then((value) => late(20, async () => value)), late(3, () => step.run("b", () => "b"))]),
    );
    expect(await callOnce(client, fn, { memos: { a: done("a"), b: done("b") } })).toMatchObject({ data: '"a"' });
  });

  test("waits a moment for a step that user code comes to late", async () => {
    const fn = define(({ step }) =>
      Promise.race([
        step.run("a", () => "a"),
        step
          .run("b", () => "b")
          .then(async () => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            return step.run("b2", () => "b2");
          }),
      ]),
    );
    expect(await callOnce(client, fn, { memos: { b: done(0), b2: done("b2"), a: done("a") } })).toMatchObject({ data: '"b2"' });
  });

  test("goes on where a step of before is no longer in the code", async () => {
    const fn = define(async ({ step }) => [await step.run("a", () => 1), await step.run("c", () => 3)]);
    expect(await callOnce(client, fn, { memos: { a: done(1), gone: done(2), c: done(3) } })).toMatchObject({ data: "[1,3]" });
  });

  test("finds the step it is called for also where a memo's step is not in the code", async () => {
    const fn = define(async ({ step }) => {
      await step.run("a", () => 1);
      await Promise.all([step.run("b", () => 2), step.run("c", () => 3)]);
    });
    const startedAt = performance.now();
    expect(opsOf(await callOnce(client, fn, { memos: { gone: done(0), a: done(1) }, target: "c" }))).toEqual(["StepRun c"]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test("reads what looks like a memo or an error as the data it is", async () => {
    const fn = define(({ step }) => step.run("a", () => ({})));
    for (const data of [{ data: 1, error: null }, { name: "Error", message: "only data" }, { error: 1 }])
      expect(await callOnce(client, fn, { memos: { a: done(data) } })).toMatchObject({ data: JSON.stringify(data) });
  });
});

test("a function that returns leaves the waits behind that it did not await, and what steps do is done", async () => {
  const app = new Stepwell({ id: "app" });
  const done: string[] = [];
  const fn = app.createFunction({ id: "f", triggers: { event: "go" } }, async ({ step }) => {
    void step.sleep("nap", "5d");
    void step.waitForEvent("never", { event: "never", timeout: "5d" });
    void step.run("fire", () => void done.push("fire"));
    return "done";
  });
  const world = await engineWorld(app, [fn]);
  const startedAt = world.clock.now();
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed", output: "done" });
  const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
  expect([done, run?.endedAt]).toEqual([["fire"], startedAt]);
});
