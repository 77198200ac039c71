// Concurrency and throttle on the official SDKs, over real HTTP in real time: one server and one app for all of it.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { overlapOf, PacedWorld } from "./paced-world.ts";

const keys = (...list: readonly unknown[]) => list.map((key) => ({ key }));
const times = (count: number) => Array.from({ length: count }, () => ({}));
/** None sooner than its place in line says: the first is let in at once, and called a moment later. */
function expectSpaced(begun: readonly number[], everyMs: number): void {
  for (const [place, ms] of begun.entries()) expect(ms).toBeGreaterThanOrEqual(place * everyMs);
}

describe.for(["v3", "v4"] as const)("what paces the runs of inngest %s", { concurrent: true }, (sdk) => {
  let world: PacedWorld;

  beforeAll(async () => {
    world = await PacedWorld.open(sdk);
  }, 60_000);

  afterAll(() => world[Symbol.asyncDispose]());

  test("a limit of two lets two calls go at once and no more", async () => {
    expect(overlapOf(await world.spans("two", ...times(6)))).toBe(2);
  });

  test("each key has a limit of its own", async () => {
    const [a1, b1, a2, b2, a3, b3] = await world.spans("keyed", ...keys("a", "b", "a", "b", "a", "b"));
    for (const own of [[a1, a2, a3] as const, [b1, b2, b3] as const]) expect(overlapOf(own.map((each) => each ?? [0, 0]))).toBe(1);
  });

  test("keys that are no text share a slot with the text of their value, and missing ones with each other", async () => {
    expect(overlapOf(await world.spans("keyed", ...keys(7, "7")))).toBe(1);
    expect(overlapOf(await world.spans("keyed", {}, { key: null }, { key: false }))).toBe(1);
  });

  test("of two limits both hold", async () => {
    const spans = await world.spans("both-limits", ...keys("a", "b", "c", "a", "b", "c"));
    expect(overlapOf(spans)).toBe(2);
    for (const n of [0, 1, 2]) expect(overlapOf(spans.filter((_, index) => index % 3 === n))).toBe(1);
  });

  test.for(["env", "account"])("a limit of scope %s is shared by the functions that have its key", async (scope) => {
    const both = await Promise.all([`${scope}-a`, `${scope}-b`].map((name) => world.spans(name, ...keys("k", "k"))));
    expect(overlapOf(both.flat())).toBe(1);
  });

  test("functions of one scope with other values of the key do not wait for each other", async () => {
    const names = ["apart-a", "apart-b"] as const;
    const [a = [], b = []] = await Promise.all(names.map((name) => world.spans(name, ...keys(name))));
    expect(overlapOf([...a, ...b])).toBe(2);
  });

  test("parallel steps of a run are limited as calls of several are", async () => {
    const [spans] = (await world.outputs("parallel", {})) as [Awaited<ReturnType<PacedWorld["spans"]>>];
    expect(overlapOf(spans)).toBeLessThanOrEqual(2);
    expect(spans).toHaveLength(4);
  });

  test.for([
    ["one-sleeps", "sleeps"],
    ["one-waits", "waits for an event"],
    ["one-retries", "waits to be tried again"],
  ] as const)("%s: a run that %s holds no slot", async ([name]) => {
    const ids = await world.send(name, { data: { first: true } }, { data: {} });
    expect(await world.ended(name, ids.slice(1))).toMatchObject([{ status: "completed", output: "passed" }]);
    expect((await world.runsOf(name))[0]?.endedAt).toBeUndefined();
  });

  test("a run that invokes its own function holds no slot meanwhile", async () => {
    expect(await world.outputs("one-invokes-itself", { depth: 3 })).toEqual(["at the bottom"]);
  });

  test("what waits for one slot goes in the order in which it came", async () => {
    const from = (await world.spans("in-order", ...times(6))).map(([at]) => at);
    expect(from).toEqual([...from].sort((a, b) => a - b));
  });

  test("a throttle spaces starts, in the order of their events", async () => {
    const from = (await world.spans("spaced", ...times(3))).map(([at]) => at);
    expect(from).toEqual([...from].sort((a, b) => a - b));
    expectSpaced(await world.begun("spaced"), 1_000);
  });

  test("two in two seconds are one each second", async () => {
    await world.spans("evenly", ...times(3));
    expectSpaced(await world.begun("evenly"), 1_000);
  });

  test("from idle as many begin at once as the burst says", async () => {
    const ids = await world.send("bursting", ...times(4));
    await world.ended("bursting", ids.slice(0, 3));
    expect((await world.runsOf("bursting")).map(({ status }) => status)).toEqual(["completed", "completed", "completed", "queued"]);
  });

  test("each key has a throttle of its own", async () => {
    const ids = await world.send("spaced-by-key", ...keys("a", "a", "b").map((data) => ({ data })));
    await world.ended("spaced-by-key", [ids[0] ?? "", ids[2] ?? ""]);
    expect((await world.runsOf("spaced-by-key")).map(({ status }) => status)).toEqual(["completed", "queued", "completed"]);
  });

  test("steps, sleeps and retries of a run are not throttled", async () => {
    expect(await world.outputs("steps-pass", {})).toEqual(["passed"]);
  });

  test("the deadline for a start goes on while a run is throttled", async () => {
    const ids = await world.send("too-long", {}, {});
    const runs = await Promise.all((await world.ended("too-long", ids)).map(({ id }) => world.endOf(id as never)));
    expect(runs.map(({ status }) => status)).toEqual(["completed", "cancelled"]);
    expect(runs[1]).toMatchObject({ cancelReason: expect.stringContaining("start") });
    expect(runs[1]?.startedAt).toBeUndefined();
  });

  test("a throttle and a limit hold together", async () => {
    const spans = await world.spans("limited-and-spaced", ...times(3));
    expect(overlapOf(spans)).toBe(1);
    expectSpaced(await world.begun("limited-and-spaced"), 1_000);
  });
});
