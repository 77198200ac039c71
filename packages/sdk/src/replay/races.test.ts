import { describe, expect, test } from "vitest";
import { callOnce, hashOf, opsOf } from "../../test/call-once.ts";
import { engineWorld } from "../../test/engine-world.ts";
import { type FunctionContext, Middleware, Stepwell } from "../index.ts";

const client = new Stepwell({ id: "app" });
const define = (handler: (context: FunctionContext) => unknown) => client.createFunction({ id: "f", triggers: { event: "go" } }, handler);
const races = async (fn: ReturnType<typeof define>) => {
  const reply = await callOnce(client, fn);
  return reply.kind === "ops" ? reply.ops.map(({ race }) => race) : [];
};

describe("Promise.race", () => {
  test("says that the function waits for the first", async () => {
    expect(await races(define(({ step }) => Promise.race([step.sleep("a", "1h"), step.run("b", () => 1)])))).toEqual([true, true]);
    expect(await races(define(({ step }) => Promise.any([step.sleep("a", "1h"), step.run("b", () => 1)])))).toEqual([true, true]);
  });

  test("follows what then, catch and finally make of a step", async () => {
    const text = () => "text";
    for (const chain of [
      (step: Promise<unknown>) => step.then(text),
      (step: Promise<unknown>) => step.catch(text),
      (step: Promise<unknown>) => step.finally(text),
      (step: Promise<unknown>) => step.then(text).then(text).catch(text).finally(text),
    ]) {
      expect(await races(define(({ step }) => Promise.race([chain(step.sleep("a", "1h")), chain(step.run("b", () => 1))])))).toEqual([
        true,
        true,
      ]);
      expect(await races(define(({ step }) => Promise.all([chain(step.sleep("a", "1h")), chain(step.run("b", () => 1))])))).toEqual([
        false,
        false,
      ]);
    }
  });

  test("follows a chain into the steps that its callbacks begin, and is over when a chain is", async () => {
    const fn = define(async ({ step }) => {
      const winner = await Promise.race([
        step
          .sleep("a", "1h")
          .then(() => step.sleep("a2", "1h"))
          .then(() => "a"),
        step.sleep("b", "9d").then(() => "b"),
      ]);
      return [winner, await step.run("next", () => "next")];
    });
    expect(opsOf(await callOnce(client, fn))).toEqual(["Sleep a", "Sleep b"]);
    // The race goes on: with the second step of one chain, beside the first of the other.
    const reply = await callOnce(client, fn, { memos: { a: null } });
    expect([...opsOf(reply)].sort()).toEqual(["Sleep a2", "Sleep b"]);
    expect(reply.kind === "ops" && reply.ops.map(({ race }) => race)).toEqual([true, true]);
    expect(opsOf(await callOnce(client, fn, { memos: { a: null, a2: null } }))).toEqual(["StepRun next", "RunComplete complete"]);
    expect(opsOf(await callOnce(client, fn, { memos: { b: null } }))).toEqual(["StepRun next", "RunComplete complete"]);
  });

  test("of chains on the engine ends with the first", async () => {
    const app = new Stepwell({ id: "app" });
    const raced = app.createFunction({ id: "raced", triggers: { event: "go" } }, ({ step }) =>
      Promise.race([step.sleep("a", "1h").then(() => "a"), step.sleep("b", "9d").then(() => "b")]),
    );
    const world = await engineWorld(app, [raced]);
    const startedAt = world.clock.now();
    expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed", output: "a" });
    const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
    expect((run?.endedAt ?? 0) - startedAt).toBe(3_600_000);
  });

  test("is seen through middleware that wraps steps", async () => {
    class Wraps extends Middleware.BaseMiddleware {
      readonly id = "wraps";
      override async wrapStep({ next }: Middleware.WrapStepArgs) {
        return next();
      }
    }
    const wrapped = new Stepwell({ id: "app", middleware: [Wraps] });
    const fn = wrapped.createFunction({ id: "f", triggers: { event: "go" } }, async ({ step }) => {
      await Promise.race([step.sleep("a", "1h"), step.sleep("b", "9d").then(() => "b")]);
      return step.run("next", () => "next");
    });
    expect(await callOnce(wrapped, fn)).toMatchObject({ ops: [{ race: true }, { race: true }] });
    expect(opsOf(await callOnce(wrapped, fn, { memos: { a: null } }))).toEqual(["StepRun next", "RunComplete complete"]);
    const all = wrapped.createFunction({ id: "f", triggers: { event: "go" } }, ({ step }) =>
      Promise.all([step.sleep("a", "1h"), step.sleep("b", "9d")]),
    );
    expect(await callOnce(wrapped, all)).toMatchObject({ ops: [{ race: false }, { race: false }] });
  });

  test("leaves errors of chains to whoever awaits them", async () => {
    const fn = define(async ({ step }) => {
      const failed = { error: { name: "Error", message: "no" } };
      const chained = step.run("bad", () => failed).then(() => "never");
      const caught = await chained.catch((error: Error) => `caught ${error.message}`);
      const mapped = await step.run("fine", () => 1).then((value) => value + 1);
      return [caught, mapped, await chained.then(undefined, () => "again"), await step.run("last", () => 3).finally(() => 9)];
    });
    const memos = { bad: { error: { name: "Error", message: "no" } }, fine: { data: 1 }, last: { data: 3 } };
    expect(await callOnce(client, fn, { memos })).toMatchObject({ kind: "result", data: '["caught no",2,"again",3]' });
  });

  test("is not what waits for all", async () => {
    expect(await races(define(({ step }) => Promise.all([step.sleep("a", "1h"), step.run("b", () => 1)])))).toEqual([false, false]);
    expect(await races(define(({ step }) => Promise.allSettled([step.sleep("a", "1h"), step.run("b", () => 1)])))).toEqual([false, false]);
    const shared = (value: unknown) => value;
    expect(
      await races(define(({ step }) => Promise.all([step.sleep("a", "1h").then(shared), step.sleep("b", "1h").then(shared)]))),
    ).toEqual([false, false]);
  });

  test("leaves the loser behind: the next step runs, and the function ends", async () => {
    const fn = define(async ({ step }) => {
      const first = await Promise.race([step.waitForEvent("never", { event: "x", timeout: "7d" }), step.run("quick", () => "quick")]);
      return [first, await step.run("next", () => "next")];
    });
    expect(opsOf(await callOnce(client, fn))).toEqual(["WaitForEvent never", "StepPlanned quick"]);
    expect(opsOf(await callOnce(client, fn, { memos: { quick: { data: "quick" } } }))).toEqual(["StepRun next", "RunComplete complete"]);
  });

  test("lets the function wait for the loser later", async () => {
    const fn = define(async ({ step }) => {
      const slow = step.sleep("slow", "1h");
      await Promise.race([slow, step.run("quick", () => "quick")]);
      await slow;
      return "both";
    });
    expect(opsOf(await callOnce(client, fn, { memos: { quick: { data: 1 } } }))).toEqual(["Sleep slow"]);
    expect(await callOnce(client, fn, { memos: { quick: { data: 1 }, slow: null } })).toMatchObject({ data: '"both"' });
  });
});

describe("group.race", () => {
  const fn = define(async ({ step, group }) => {
    const winner = await group.race({
      paid: () => step.waitForEvent("paid", { event: "paid", timeout: "30d" }),
      late: async () => {
        await step.sleep("late", "14d");
        return step.run("note", () => "noted");
      },
    });
    return winner.name;
  });

  test("calls off what the losers wait for, and ends without them", async () => {
    expect(opsOf(await callOnce(client, fn))).toEqual(["WaitForEvent paid", "Sleep late"]);
    const reply = await callOnce(client, fn, { memos: { paid: { name: "paid", data: {}, id: "e", ts: 1 } } });
    expect(reply).toMatchObject({ kind: "result", data: '"paid"' });
  });

  test("calls them off with the next reply where the function goes on, on our own server alone", async () => {
    const goesOn = define(async ({ step, group }) => {
      await group.race([() => step.sleep("short", "1s"), () => step.sleep("long", "9d")]);
      await step.sleep("then", "1h");
    });
    const reply = await callOnce(client, goesOn, { memos: { short: null } });
    expect(reply).toMatchObject({
      ops: [
        { kind: "Sleep", name: "then" },
        { kind: "StepCancel", ids: [hashOf("long")] },
      ],
    });
    expect(opsOf(await callOnce(client, goesOn, { memos: { short: null }, isOwnServer: false }))).toEqual(["Sleep then"]);
  });

  test("follows a branch through its steps", async () => {
    expect(opsOf(await callOnce(client, fn, { memos: { late: null } }))).toEqual(["WaitForEvent paid", "StepPlanned note"]);
  });

  test("of nothing is refused at once", async () => {
    for (const branches of [[], {}])
      expect(
        await callOnce(
          client,
          define(({ group }) => group.race(branches)),
        ),
      ).toMatchObject({
        kind: "error",
        noRetry: true,
        error: { message: expect.stringContaining("no branches") },
      });
  });

  test("rejects where the first to settle fails", async () => {
    const failing = define(({ step, group }) =>
      group.race([() => step.run("bad", () => 1), () => step.sleep("long", "9d")]).catch((error: Error) => error.message),
    );
    expect(await callOnce(client, failing, { memos: { bad: { error: { name: "Error", message: "no" } } } })).toMatchObject({
      data: '"no"',
    });
  });

  test("on the engine: the run ends with the winner, and nothing of the losers is left", async () => {
    const app = new Stepwell({ id: "app" });
    const raced = app.createFunction({ id: "raced", triggers: { event: "go" } }, async ({ step, group }) => {
      const winner = await group.race({ short: () => step.sleep("short", "1h"), long: () => step.sleep("long", "20d") });
      await step.sleep("then", "1h");
      return winner.name;
    });
    const world = await engineWorld(app, [raced]);
    const startedAt = world.clock.now();
    expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed", output: "short" });
    const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
    expect((run?.endedAt ?? 0) - startedAt).toBe(2 * 3_600_000);
    expect(await world.engine.reports.runItems(run?.id as never)).toEqual([]);
    const states = (await world.engine.reports.runSteps(run?.id as never)).map(({ name, state }) => [name, state]);
    expect(states).toEqual([
      ["short", "completed"],
      ["then", "completed"],
      ["long", "dropped"],
    ]);
  });
});

describe("on the engine", () => {
  test("what is open when the run ends is dropped with it", async () => {
    const app = new Stepwell({ id: "app" });
    const raced = app.createFunction({ id: "raced", triggers: { event: "go" } }, ({ step, group }) =>
      group.race({ short: () => step.sleep("short", "1h"), long: () => step.waitForEvent("long", { event: "x", timeout: "20d" }) }),
    );
    const world = await engineWorld(app, [raced]);
    expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed" });
    const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
    expect(await world.engine.reports.runSteps(run?.id as never)).toMatchObject([
      { name: "short", state: "completed" },
      { name: "long", state: "dropped", endedAt: run?.endedAt },
    ]);
  });

  test.for([500, 1_000])("does not try a loser again, whether it waits or runs when the race ends (%d ms)", async (base) => {
    const app = new Stepwell({ id: "app" });
    let tries = 0;
    const raced = app.createFunction(
      { id: "raced", triggers: { event: "go" }, retries: { limit: 20, backoff: "fixed", base } },
      async ({ step, group }) => {
        const fails = (): never => {
          tries += 1;
          throw new Error("not yet");
        };
        const { name } = await group.race({ fails: () => step.run("fails", fails), patience: () => step.sleep("patience", "2s") });
        await step.sleep("then", "1h");
        return name;
      },
    );
    const world = await engineWorld(app, [raced]);
    expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed", output: "patience" });
    expect(tries).toBeGreaterThanOrEqual(2_000 / base);
    expect(tries).toBeLessThanOrEqual(2_000 / base + 1);
  });
});

describe("group.parallel", () => {
  test("runs side by side, and with mode race marks what is called in it, however deep", async () => {
    const marked = define(({ step, group }) =>
      group.parallel({ mode: "race" }, async () => {
        await undefined;
        return Promise.all([step.sleep("a", "1h"), step.sleep("b", "1h")]);
      }),
    );
    expect(await races(marked)).toEqual([true, true]);
    expect(
      await races(define(({ step, group }) => group.parallel(() => Promise.all([step.sleep("a", "1h"), step.sleep("b", "1h")])))),
    ).toEqual([false, false]);
    const single = define(({ step }) => Promise.all([step.sleep({ id: "a", parallelMode: "race" }, "1h"), step.sleep("b", "1h")]));
    expect(await races(single)).toEqual([true, false]);
  });
});
