// Goal: chaos shows which steps do not bear being run twice, and breaks nothing else: every step has one result, every run that
// would pass does, and what was injected is on record. Method: the engine in virtual time, with a fixed seed.

import type { Call } from "@stepwell/engine";
import { ScriptedApp } from "@stepwell/engine/testing";
import { asJson, limits, type Reply } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { AppWorld } from "./app-world.ts";

const hour = 3_600_000;
const step = (id: string, failures = 0) => ({ kind: "step", id, failures }) as const;

const shop = {
  slug: "order",
  version: 2,
  program: [
    step("charge"),
    { kind: "parallel", race: false, branches: [[step("mail")], [step("pack")], [step("book")]] },
    { kind: "sleep", id: "nap", ms: 1_000 },
    step("close"),
  ],
} as const;
const stepsOfShop = ["book", "charge", "close", "mail", "nap", "pack"];

function shopWorld(rate: number, more: { readonly seed?: number; readonly attempts?: number; readonly checkpoints?: boolean } = {}) {
  const app = new ScriptedApp();
  app.add(more.checkpoints === true ? { ...shop, stepsPerCheckpoint: 1 } : shop);
  const world = new AppWorld({ app: (call) => app.answer(call), functions: { order: {} }, options: { chaos: { rate } }, ...more });
  return { app, world };
}

const faults = (world: AppWorld): readonly string[] =>
  world.told.flatMap((occurrence) => (occurrence.kind === "chaos.injected" ? [occurrence.fault] : []));

test("a step that must not run twice is seen to run twice, and the run says why", async () => {
  const { app, world } = shopWorld(0.2, { seed: 3 });
  await using _ = world;
  await world.startAnew();
  await world.send(
    "order",
    Array.from({ length: 60 }, () => ({})),
  );
  await world.live(hour);
  const repeated = [...app.finished].filter(([, count]) => count > 1);
  expect(repeated.length).toBeGreaterThan(5);
  for (const [key] of repeated) {
    const runId = key.split(" ")[0] as never;
    const notes = (await world.attempts(runId)).map(({ injected }) => injected);
    expect(notes.some((note) => note === "doubled" || note === "reply_lost")).toBe(true);
  }
  expect(new Set(faults(world))).toEqual(new Set(["doubled", "reply_lost", "refused", "delayed", "reordered"]));
});

test.each([
  { rate: 0.2, attempts: 5 },
  { rate: 1, attempts: 5 },
  // Nothing is left to lose: whatever chaos does is no attempt.
  { rate: 1, attempts: 1 },
])("every run passes at a rate of $rate with $attempts attempts, each step with one result", async ({ rate, attempts }) => {
  for (const seed of [1, 2, 3]) {
    const { world } = shopWorld(rate, { seed, attempts });
    await using _ = world;
    await world.startAnew();
    await world.send(
      "order",
      Array.from({ length: 10 }, () => ({})),
    );
    await world.live(hour);
    const runs = await world.runs();
    expect(runs.map(({ status }) => status)).toEqual(Array(10).fill("completed"));
    for (const { id } of runs) {
      const steps = await world.engine.reports.runSteps(id);
      expect(steps.map(({ name }) => name).sort()).toEqual(stepsOfShop);
    }
    expect(world.told.filter(({ kind }) => kind === "attempt.failed")).toEqual([]);
  }
});

test("attempts are counted as they would be without chaos: the last of them may still pass", async () => {
  for (const seed of [1, 2, 3, 4]) {
    // Its first attempt fails, and of two there is none to give away.
    const answer = ({ attempt }: Call): Reply =>
      attempt === 0
        ? { kind: "error", code: "function_error", error: { name: "Error", message: "no" }, noRetry: false, status: 500 }
        : { kind: "result", data: asJson(1), sdk: "js:v4" };
    await using world = new AppWorld({ app: answer, functions: { f: {} }, attempts: 2, seed, options: { chaos: { rate: 1 } } });
    await world.startAnew();
    await world.send("f", [{}, {}, {}, {}, {}]);
    await world.live(hour);
    expect((await world.runs()).map(({ status }) => status)).toEqual(Array(5).fill("completed"));
    expect(world.told.filter(({ kind }) => kind === "attempt.failed")).toHaveLength(5);
  }
});

test("what chaos made fail stands on the run with its cause, and is tried again soon", async () => {
  const { world } = shopWorld(1, { seed: 5 });
  await using _ = world;
  await world.startAnew();
  await world.send("order");
  await world.live(hour);
  const [run] = await world.runs();
  const rows = await world.attempts(run?.id as never);
  const failed = rows.filter(({ errorCode }) => errorCode !== undefined);
  expect(failed.length).toBeGreaterThan(0);
  for (const row of failed) {
    expect(["reply_lost", "refused"]).toContain(row.injected);
    expect(row).toMatchObject({ attempt: 0, errorCode: "http_unreachable", retryAt: row.endedAt + limits.chaosRetryMs });
    expect(row.error).toContain("chaos: ");
  }
  // Of any item no more than so many in a row.
  expect(rows.length).toBeGreaterThan(failed.length);
});

test("the same seed gives the same weather", async () => {
  const weather = async (): Promise<readonly string[]> => {
    const { world } = shopWorld(0.5, { seed: 9 });
    await using _ = world;
    await world.startAnew();
    await world.send("order", [{}, {}, {}]);
    await world.live(hour);
    return faults(world);
  };
  expect(await weather()).toEqual(await weather());
});

test("without chaos nothing is injected, and nothing is on record of it", async () => {
  const app = new ScriptedApp();
  app.add(shop);
  await using world = new AppWorld({ app: (call) => app.answer(call), functions: { order: {} } });
  await world.startAnew();
  await world.send("order");
  await world.live(hour);
  expect(faults(world)).toEqual([]);
  expect(await world.attempts((await world.runs())[0]?.id as never)).toEqual([]);
});

test("an engine of production refuses chaos", () => {
  const parts = { options: { mode: "start", chaos: { rate: 0.1 } } } as const;
  const world = new AppWorld({ app: () => ({ kind: "result", data: asJson(1), sdk: "js:v4" }), functions: {}, ...parts });
  return expect(world.startAnew().finally(() => world[Symbol.asyncDispose]())).rejects.toThrow("chaos is for development");
});
