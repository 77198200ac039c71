// What the reference's own tests leave out, played on the engine that ships: one test for each gap, or one for each part of it.

import { Stepwell } from "stepwell";
import { describe, expect, test } from "vitest";
import { createTestEngine, type TestEngine } from "../src/index.ts";

const client = new Stepwell({ id: "shop" });
const start = "2026-03-02T00:00:00.000Z";
const hour = 3_600_000;

describe("timeouts that a deploy changes", () => {
  const nap = (timeouts: object) =>
    client.createFunction({ id: "nap", timeouts }, { event: "go" }, async ({ step }) => {
      await step.run("begin", () => 1);
      await step.sleep("long", "10h");
    });

  test("of a run that has begun: it keeps the deadline it began with, and the next run has the new one", async () => {
    await using t = await createTestEngine({ functions: [nap({ finish: "5h" })], now: start });
    await t.send({ name: "go" });
    const changed = nap({ finish: "2h" });
    await t.deploy([changed]);
    await t.send({ name: "go" });
    await t.runUntilIdle();
    const ends = (await t.runs(changed)).map(({ status, queuedAt, endedAt }) => [status, ((endedAt ?? 0) - queuedAt) / hour]);
    expect(ends.sort()).toEqual([
      ["cancelled", 2],
      ["cancelled", 5],
    ]);
  });

  test("of a run that waits to begin: the one it was born with ends it, and a later run has the new one", async () => {
    const slow = (timeouts: object) =>
      client.createFunction({ id: "slow", throttle: { limit: 1, period: "9h" }, timeouts }, { event: "go" }, () => "began");
    await using t = await createTestEngine({ functions: [slow({ start: "3h" })], now: start });
    await t.send([{ name: "go" }, { name: "go" }]);
    const changed = slow({ start: "1h" });
    await t.deploy([changed]);
    await t.send({ name: "go" });
    await t.runUntilIdle();
    const ends = (await t.runs(changed)).map(({ status, queuedAt, endedAt }) => [status, ((endedAt ?? 0) - queuedAt) / hour]);
    expect(ends.toReversed()).toEqual([
      ["completed", 0],
      ["cancelled", 3],
      ["cancelled", 1],
    ]);
  });
});

describe("limits of a run", () => {
  test("one step more than a run may have fails it, with a code, and the trace shows the steps before", async () => {
    const many = client.createFunction({ id: "many" }, { event: "go" }, async ({ step }) => {
      for (let nth = 0; nth < 5; nth += 1) await step.run(`s${nth}`, () => nth);
    });
    await using t = await createTestEngine({ functions: [many] });
    const functionId = t.engine.findFunction(many.slug)?.id;
    if (functionId === undefined) throw new Error("no function");
    t.engine.setRunLimit({ functionId, limit: "stepsPerRunMax", max: 3 });
    await t.send({ name: "go" });
    const run = await t.assert.failed(many);
    expect(run.error?.code).toBe("step_limit_exceeded");
    expect(run.steps.filter(({ state }) => state === "completed")).toHaveLength(3);
  });
});

describe("signals, end to end", () => {
  const waits = client.createFunction({ id: "waits" }, { event: "go" }, ({ step }) =>
    step.waitForSignal("wait", { signal: "open", timeout: "1d" }),
  );

  test("one that comes before its wait is kept for it, one that comes later wakes it, and none times it out", async () => {
    await using t = await createTestEngine({ functions: [waits] });
    expect(await t.sendSignal({ signal: "open", data: 1 })).toEqual({ runId: undefined });
    await t.send({ name: "go" });
    await t.assert.completed(waits, { signal: "open", data: 1 });
    const {
      runs: [second],
    } = await t.send({ name: "go" });
    expect(await t.sendSignal({ signal: "open", data: 2 })).toEqual({ runId: second?.id });
    await t.assert.completed(waits, { signal: "open", data: 2 });
    await t.send({ name: "go" });
    await t.advance("1d");
    await t.assert.completed(waits, null);
  });

  test("a second run that waits for the same one is told, and can go on", async () => {
    const careful = client.createFunction({ id: "careful" }, { event: "go" }, async ({ step }) => {
      try {
        return await step.waitForSignal("wait", { signal: "open", timeout: "1d" });
      } catch (error) {
        return `told: ${(error as Error).message}`;
      }
    });
    await using t = await createTestEngine({ functions: [careful] });
    await t.send({ name: "go" });
    await t.send({ name: "go" });
    expect((await t.assert.completed(careful)).output).toMatch(/^told: .*signal/i);
  });
});

describe("many runs at once", () => {
  test("are cancelled by a filter, and those it does not name go on", async () => {
    const nap = client.createFunction({ id: "nap" }, { event: "go" }, ({ step }) => step.sleep("nap", "1d"));
    await using t = await createTestEngine({ functions: [nap] });
    await t.send(Array.from({ length: 30 }, (_, n) => ({ name: "go", data: { n } })));
    const functionId = t.engine.findFunction(nap.slug)?.id;
    const created = await t.engine.bulkCancels.create({
      filter: { runs: { functionIds: functionId === undefined ? [] : [functionId] }, expression: "event.data.n >= 10" },
      reason: "test",
      about: "{}" as never,
    });
    expect(created.kind).toBe("created");
    await t.runUntilIdle();
    const statuses = Object.groupBy(await t.runs(nap), ({ status }) => status);
    expect([statuses.cancelled?.length, statuses.completed?.length]).toEqual([20, 10]);
  });

  test("a run is repeated from a step, and keeps what it had done before it", async () => {
    const order = client.createFunction({ id: "order", retries: 0 }, { event: "go" }, async ({ step }) => {
      const a = await step.run("a", () => 1);
      return a + (await step.run("b", () => 2));
    });
    await using t = await createTestEngine({ functions: [order] });
    t.mock("b").throwsTimes(1, new Error("no"));
    const {
      runs: [failed],
    } = await t.send({ name: "go" });
    await t.assert.failed(order);
    await t.engine.rerun({ runId: failed?.id as never, from: { step: "b" } });
    await t.runUntilIdle();
    const again = await t.assert.completed(order, 3);
    await t.assert.step(again, "a", { times: 0 });
    await t.assert.step(again, "b", { times: 1 });
  });
});

describe("schedules", () => {
  test("after an outage: what was missed is made up for as the trigger says", async () => {
    const latest = client.createFunction({ id: "latest" }, { cron: "0 * * * *", catchUp: "last" } as never, () => 1);
    const none = client.createFunction({ id: "none" }, { cron: "0 * * * *", catchUp: "none" } as never, () => 1);
    await using t = await createTestEngine({ functions: [latest, none], now: "2026-03-02T00:30:00Z" });
    await t.nextCron();
    await t.outage("310m");
    expect([(await t.runs(latest)).length, (await t.runs(none)).length]).toEqual([2, 1]);
    await t.nextCron();
    expect([(await t.runs(latest)).length, (await t.runs(none)).length]).toEqual([3, 2]);
  });

  test("a local time that clocks show twice fires once, and one that they skip does not", async () => {
    const nightly = client.createFunction({ id: "nightly" }, { cron: "TZ=Europe/Paris 30 2 * * *" }, () => t.now.toISOString());
    await using t: TestEngine = await createTestEngine({ functions: [nightly], now: "2026-10-24T12:00:00Z" });
    await t.advance("3 days");
    expect((await t.runs(nightly)).map(({ output }) => output).toReversed()).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
      "2026-10-27T01:30:00.000Z",
    ]);
  });
});

describe("events that are collected", () => {
  test("a debounce's second cycle has its own cap", async () => {
    const calm = client.createFunction(
      { id: "calm", debounce: { period: "10m", timeout: "30m" } },
      { event: "go" },
      ({ event }) => event.data["n"] as number,
    );
    await using t = await createTestEngine({ functions: [calm], now: start });
    for (let n = 0; n < 16; n += 1) {
      await t.send({ name: "go", data: { n } });
      await t.advance("5m");
    }
    await t.runUntilIdle();
    const runs = (await t.runs(calm))
      .toReversed()
      .map(({ startedAt, output }) => [((startedAt ?? 0) - Date.parse(start)) / 60_000, output]);
    expect(runs).toEqual([
      [30, 5],
      [60, 11],
      [85, 15],
    ]);
  });

  test("a batch that grows too large for a call begins early, and loses nothing", async () => {
    const batch = client.createFunction(
      { id: "batch", batchEvents: { maxSize: 100, timeout: "1h" } },
      { event: "go" },
      ({ events }) => events.length,
    );
    await using t = await createTestEngine({ functions: [batch] });
    for (let n = 0; n < 6; n += 1) await t.send({ name: "go", data: { text: "x".repeat(2_500_000) } });
    expect((await t.runs(batch)).length).toBeGreaterThan(0);
    await t.runUntilIdle();
    const sizes = (await t.runs(batch)).map(({ output }) => output as number);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(6);
  });
});

describe("an invoke of a function that does not run is told so at once", () => {
  const child = (options: object) =>
    client.createFunction({ id: "child", triggers: [], ...options } as { id: string }, { event: "child" }, ({ step }) =>
      step.sleep("nap", "1d"),
    );
  const parent = client.createFunction({ id: "parent", retries: 0 }, { event: "go" }, async ({ step }) => {
    try {
      await step.invoke("call", { function: client.createFunction({ id: "child" }, [], () => 1), data: { k: 1 }, timeout: "30d" });
      return "ran";
    } catch (error) {
      return (error as Error).name;
    }
  });

  test.each([
    ["rate limited", { rateLimit: { limit: 1, period: "1h" } }],
    ["skipped by a singleton", { singleton: { mode: "skip" } }],
    ["repeated by its idempotency key", { idempotency: "event.data.k" }],
  ] as const)("%s", async (_, options) => {
    const own = child(options);
    await using t = await createTestEngine({ functions: [parent, own] });
    await t.invoke(own, { data: { k: 1 } });
    const before = t.now.getTime();
    await t.send({ name: "go" });
    const run = await t.assert.completed(parent);
    expect(run.output).not.toBe("ran");
    expect(t.now.getTime()).toBe(before);
  });

  test("unknown, and cancelled while it runs", async () => {
    await using t = await createTestEngine({ functions: [parent] });
    await t.send({ name: "go" });
    expect((await t.assert.completed(parent)).output).not.toBe("ran");
    const own = child({});
    await t.deploy([parent, own]);
    await t.send({ name: "go" });
    await t.assert.waiting(parent, "call");
    await t.cancel(own);
    expect((await t.assert.completed(parent)).output).not.toBe("ran");
  });
});

describe("a crash", () => {
  test("right after a send was answered loses nothing of it", async () => {
    const order = client.createFunction({ id: "order" }, { event: "go" }, () => "done");
    await using t = await createTestEngine({ functions: [order] });
    const sent = client.send({ name: "go" });
    await sent;
    await t.crash();
    await t.assert.completed(order, "done");
  });
});

describe("races", () => {
  test("each branch runs once, whoever wins, over a crash too", async () => {
    const race = client.createFunction({ id: "race" }, { event: "go" }, async ({ step, group }) => {
      const first = await group.race([
        () => step.run("quick", () => "quick"),
        () => step.sleep("slow", "1h").then(() => "slow"),
        () => step.waitForEvent("event", { event: "never", timeout: "2h" }).then(() => "event"),
      ]);
      return step.run("after", () => first);
    });
    await using t = await createTestEngine({ functions: [race] });
    t.crashAfter("quick", { recorded: true });
    await t.send({ name: "go" });
    await t.assert.completed(race, "quick");
    await t.assert.step(race, "quick", { times: 1 });
    await t.assert.step(race, "after", { times: 1 });
  });
});

describe("expressions", () => {
  test.each([
    ["event.data.gone == null", true],
    ["event.data.gone != null", false],
    ["event.data.gone == 1", false],
    ["event.data.gone != 1", true],
    ["event.data.gone < 1", true],
    ["event.data.gone > 1", false],
    ["1 > event.data.gone", true],
    ["size(event.data.gone) == 0", true],
    ["event.data.gone in event.data.list", false],
    ["event.data.text == event.data.number", false],
    ["event.data.number + 1 == 6", true],
    ["event.data.list.exists(each, each == 2)", true],
  ] as const)("`%s` is %s of an event that has no `gone`", async (condition, isTrue) => {
    const when = client.createFunction({ id: "when" }, { event: "go", if: condition }, () => 1);
    await using t = await createTestEngine({ functions: [when] });
    await t.send({ name: "go", data: { text: "5", number: 5, list: [1, 2] } });
    await t.assert.started(when, isTrue ? 1 : 0);
  });
});

describe("a key that the event does not have", () => {
  const key = "event.data.gone";
  test.each([
    ["rateLimit lets in as many of all such as of one key", { rateLimit: { limit: 1, period: "1h", key } }, 1],
    ["idempotency starts both", { idempotency: key }, 2],
    ["singleton lets both run", { singleton: { mode: "skip", key } }, 2],
    ["throttle has one place for all such", { throttle: { limit: 1, period: "1h", key } }, 1],
    ["debounce collects all such as one", { debounce: { period: "1h", key } }, 0],
    ["batch collects all such as one", { batchEvents: { maxSize: 9, timeout: "1h", key } }, 0],
  ] as const)("%s", async (_, options, startedAtOnce) => {
    const keyed = client.createFunction({ id: "keyed", ...options } as { id: string }, { event: "go" }, ({ step }) =>
      step.sleep("nap", "1m"),
    );
    await using t = await createTestEngine({ functions: [keyed] });
    await t.send([{ name: "go" }, { name: "go" }]);
    expect((await t.runs(keyed)).filter(({ startedAt }) => startedAt !== undefined)).toHaveLength(startedAtOnce);
    await t.runUntilIdle();
    const isDropped = "rateLimit" in options;
    expect((await t.runs(keyed)).length).toBe(startedAtOnce === 0 || isDropped ? 1 : 2);
  });
});
