import { describe, expect, test } from "vitest";
import { callOnce, onlyOp } from "../../test/call-once.ts";
import { engineWorld } from "../../test/engine-world.ts";
import { type FunctionContext, type Logger, Stepwell } from "../index.ts";
import { lineOf } from "./log-text.ts";

function recorder(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (...args: readonly unknown[]) =>
      void lines.push(`${level} ${args.join(" ")}`);
  return { lines, info: write("info"), warn: write("warn"), error: write("error"), debug: write("debug") };
}

const setup = (handler: (context: FunctionContext) => unknown) => {
  const logger = recorder();
  const client = new Stepwell({ id: "app", logger });
  const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, handler);
  return { logger, client, fn };
};

const talks = async ({ step, logger }: FunctionContext) => {
  logger.info("begin");
  await step.run("a", () => {
    logger.warn("in a", { n: 1 });
    return 1;
  });
  logger.info("between");
  await step.sleep("nap", "1h");
  logger.error("end");
};

describe("the logger of a function", () => {
  test("says each line once, over calls, sleeps and replays", async () => {
    const logger = recorder();
    const app = new Stepwell({ id: "app", logger });
    const fn = app.createFunction({ id: "f", triggers: { event: "go" } }, talks);
    for (const checkpoints of [true, false]) {
      logger.lines.length = 0;
      const world = await engineWorld(app, [fn], { checkpoints });
      await world.runOf(await world.send({ name: "go" }));
      expect(logger.lines).toEqual(["info begin", "warn in a [object Object]", "info between", "error end"]);
    }
  });

  test("says what runs ahead of an unrecorded step once it is recorded", async () => {
    const { logger, client, fn } = setup(async ({ step, logger: log }) => {
      await step.run("a", () => 1);
      log.info("after a");
      await step.run("b", () => 2);
    });
    await callOnce(client, fn);
    expect(logger.lines).toEqual([]);
    await callOnce(client, fn, { memos: { a: { data: 1 } } });
    expect(logger.lines).toEqual(["info after a"]);
  });

  test("keeps a thousand lines of a call until they are handed over, then says that there were more, and goes on with the next step", async () => {
    const { client, fn } = setup(async ({ step, logger: log }) => {
      for (const id of ["a", "b"])
        await step.run(id, () => {
          for (let line = 0; line < (id === "a" ? 1_002 : 2); line += 1) log.info(`${id} ${line}`);
        });
    });
    const reply = await callOnce(client, fn, { hooks: { checkpoint: async () => "saved", unsavedMax: 10 } });
    const logs = reply.kind === "ops" ? reply.ops.map((op) => ("logs" in op ? op.logs : undefined)) : [];
    expect(logs[0]).toHaveLength(1_001);
    expect(logs[0]?.at(-1)?.text).toMatch(/^further lines are not kept/);
    expect(logs[1]?.map(({ text }) => text)).toEqual(["b 0", "b 1"]);
  });

  test("says in a call for one step only what the step says", async () => {
    const { logger, client, fn } = setup(({ step, logger: log }) => {
      log.info("outside");
      return Promise.all([step.run("a", () => log.info("a")), step.run("b", () => log.info("b"))]);
    });
    await callOnce(client, fn, { target: "b" });
    expect(logger.lines).toEqual(["info b"]);
  });

  test("lets a step take its lines along, also where it fails, and others go on their own", async () => {
    const { client, fn } = setup(talks);
    const outside: unknown[] = [];
    const hooks = { now: () => 5, runAhead: false, appendLogs: (lines: readonly unknown[]) => void outside.push(...lines) };
    expect(onlyOp(await callOnce(client, fn, { hooks }))).toMatchObject({
      logs: [{ at: 5, level: "warn", text: "in a", data: '{"n":1}' }],
    });
    expect(outside).toEqual([{ at: 5, level: "info", text: "begin" }]);
    const failing = setup(({ step, logger }) =>
      step.run("a", () => {
        logger.error("why");
        throw new Error("no");
      }),
    );
    expect(onlyOp(await callOnce(failing.client, failing.fn))).toMatchObject({ kind: "StepError", logs: [{ text: "why" }] });
  });

  test("reaches the run on the engine, with its step and attempt", async () => {
    const app = new Stepwell({ id: "app", logger: recorder() });
    let tries = 0;
    const fn = app.createFunction({ id: "f", triggers: { event: "go" } }, ({ step, logger }) =>
      step.run("a", () => {
        tries += 1;
        logger.info(`try ${tries}`);
        if (tries === 1) throw new Error("once");
      }),
    );
    const world = await engineWorld(app, [fn]);
    await world.runOf(await world.send({ name: "go" }));
    const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
    const { lines } = await world.engine.reports.runLogs(run?.id as never, {}, { limit: 10, after: 0 });
    expect(lines.map(({ text, attempt, stepId }) => [text, attempt, stepId?.length])).toEqual([
      ["try 1", 0, 40],
      ["try 2", 1, 40],
    ]);
  });
});

test("lines have texts in a row and objects beside them", () => {
  expect(lineOf(["a", 1, true])).toEqual({ text: "a 1 true" });
  expect(lineOf([{ a: 1 }, "msg"])).toEqual({ text: "msg", data: '{"a":1}' });
  expect(lineOf(["x", { a: 1 }, [2]])).toEqual({ text: "x", data: '[{"a":1},[2]]' });
  expect(lineOf([new TypeError("no")]).text).toMatch(/^TypeError: no/);
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  expect(lineOf([circle]).data).toBe('"[object Object]"');
});

test("what is tried again is written again, and nothing from before the last recorded step", async () => {
  const logger = recorder();
  const app = new Stepwell({ id: "app", logger });
  let tries = 0;
  const fn = app.createFunction({ id: "f", triggers: { event: "go" } }, async ({ step, logger: log }) => {
    log.info("before a");
    await step.run("a", () => 1);
    log.info("before b");
    await step.run("b", () => {
      tries += 1;
      log.info(`b ${tries}`);
      if (tries === 1) throw new Error("once");
    });
    log.info("end");
  });
  const world = await engineWorld(app, [fn]);
  await world.runOf(await world.send({ name: "go" }));
  expect(logger.lines).toEqual(["info before a", "info before b", "info b 1", "info before b", "info b 2", "info end"]);
});
