// What lets a start through, with the shipped engine and store in virtual time: rates, keys, and what an invoker is told.

import type { Leaf, Program } from "@stepwell/engine/testing";
import { type EventId, epochMs, parseEvent, type RunId } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { engineDefaults } from "../src/engine-options.ts";
import { type CaseFunction, type ScriptedWorld, startScripted } from "./scripted-world.ts";

const step = (id: string): Leaf => ({ kind: "step", id, failures: 0 });
const invoke = (id: string): Leaf => ({ kind: "invoke", id, functionName: "sim-child", propagateCancel: false, timeoutMs: 60_000 });
const scripted = (slug: string, config: CaseFunction["config"], program: Program = [step("a")]): CaseFunction => ({
  slug,
  program,
  version: 2,
  config: config ?? {},
});
const hour = 3_600_000;

/** Sends these events in one request. */
async function sendAll(world: ScriptedWorld, data: readonly Readonly<Record<string, unknown>>[], id?: string): Promise<readonly EventId[]> {
  const events = data.map((each) => {
    const event = parseEvent({ name: "sim-f0", data: each, ...(id === undefined ? {} : { id }) });
    if ("kind" in event) throw new Error(event.message);
    return event;
  });
  return (await world.during(world.engine.sendEvents({ events }))).ids;
}

function outcomes(world: ScriptedWorld): readonly string[] {
  return world.all("select kind, detail from event_outcomes order by event_seq").map(({ kind, detail }) => `${kind} ${detail}`);
}

function memoOf(world: ScriptedWorld): unknown {
  const [row] = world.all("select memo from journal_entries where op = 'InvokeFunction' order by run_seq desc limit 1");
  return JSON.parse(String(row?.["memo"] ?? "null"));
}

describe("a rate limit", () => {
  test("lets its number in at once, then one for each part of the period, and says of the others when", async () => {
    await using world = await startScripted([scripted("sim-f0", { rateLimit: { limit: 3, period: "3h", key: "event.data.k" } })]);
    await sendAll(world, [{ k: "a" }, { k: "a" }, { k: "a" }, { k: "a" }, { k: "b" }]);
    expect(world.statuses()).toEqual(["completed", "completed", "completed", "completed"]);
    expect(outcomes(world)).toEqual([`rate_limited ${JSON.stringify({ key: "a", nextAt: world.clock.now() + hour })}`]);
    await world.pass(hour - 1);
    await sendAll(world, [{ k: "a" }]);
    expect(world.statuses()).toHaveLength(4);
    await world.pass(1);
    await sendAll(world, [{ k: "a" }, { k: "a" }]);
    expect(world.statuses()).toHaveLength(5);
  });

  test("that is smoothed lets a tenth in at once", async () => {
    await using world = await startScripted([scripted("sim-f0", { rateLimit: { limit: 20, period: "20h", smoothing: true } })]);
    await sendAll(
      world,
      Array.from({ length: 20 }, () => ({})),
    );
    expect(world.statuses()).toHaveLength(3);
  });

  test("survives a restart, and a request that is sent again is charged once", async () => {
    await using world = await startScripted([scripted("sim-f0", { rateLimit: { limit: 2, period: "2h" } })]);
    await world.send("sim-f0", {}, 1);
    await world.send("sim-f0", {}, 1);
    await world.start();
    await world.settle();
    await world.send("sim-f0", {}, 1);
    await world.send("sim-f0", {}, 2);
    await world.send("sim-f0", {}, 3);
    expect(world.statuses()).toEqual(["completed", "completed"]);
    expect(outcomes(world)).toHaveLength(1);
  });

  test("puts events whose key leads nowhere under one key, and says when the expression failed", async () => {
    await using world = await startScripted([scripted("sim-f0", { rateLimit: { limit: 2, period: "1h", key: "event.data.n - 1" } })]);
    await sendAll(world, [{ n: "text" }, { n: [] }, { n: "other" }]);
    expect(world.statuses()).toHaveLength(2);
    expect(outcomes(world)[0]).toContain('"key":"false"');
    expect(world.all("select warnings from runs order by seq limit 1")[0]?.["warnings"]).toMatch(/rateLimit: /);
  });

  test("fails the step that invokes at once, with a type", async () => {
    await using world = await startScripted([
      scripted("sim-f0", {}, [invoke("i")]),
      scripted("sim-child", { rateLimit: { limit: 1, period: "1h" } }),
    ]);
    await world.send("sim-f0", {}, 1);
    await world.send("sim-f0", {}, 2);
    expect(memoOf(world)).toMatchObject({
      error: { name: "InvokedFunctionNotStartedError", code: "rate_limited", message: expect.stringContaining("rate limited") },
    });
  });

  test("is not asked of a run that is repeated, and neither is a key", async () => {
    await using world = await startScripted([scripted("sim-f0", { rateLimit: { limit: 1, period: "1h" }, idempotency: "event.name" })]);
    await world.send("sim-f0");
    const runId = String(world.all("select id from runs")[0]?.["id"]) as RunId;
    expect((await world.during(world.engine.rerun({ runId }))).kind).toBe("started");
    await world.settle();
    expect(world.statuses()).toEqual(["completed", "completed"]);
  });

  test("answers a person's invoke, and its repeat, with the time", async () => {
    await using world = await startScripted([scripted("sim-f0", { rateLimit: { limit: 1, period: "1h" } })]);
    const invoked = (nth: number) =>
      world.during(
        world.engine.invokeFunction({
          functionName: "sim-f0",
          payload: { data: {} },
          seed: { senderNowAt: world.clock.now(), entropy: new Uint8Array(10).fill(nth) },
        }),
      );
    expect((await invoked(1)).kind).toBe("started");
    const limited = { kind: "rate_limited", nextAt: world.clock.now() + hour };
    expect([await invoked(2), await invoked(2)]).toMatchObject([limited, limited]);
  });
});

describe("an idempotency key", () => {
  test("starts one run in a day, first come first, within a request too", async () => {
    await using world = await startScripted([scripted("sim-f0", { idempotency: "event.data.order" })]);
    await sendAll(world, [{ order: 7 }, { order: 7 }, { order: 8 }]);
    const first = String(world.all("select id from runs order by seq limit 1")[0]?.["id"]) as RunId;
    expect(outcomes(world)).toEqual([`duplicate ${first}`]);
    await world.pass(24 * hour - 1);
    await sendAll(world, [{ order: 7 }]);
    expect(outcomes(world)).toHaveLength(2);
    await world.pass(1);
    await sendAll(world, [{ order: 7 }]);
    expect(world.statuses()).toHaveLength(3);
  });

  test("has the window that the function gives it", async () => {
    await using world = await startScripted([scripted("sim-f0", { idempotency: { key: "event.data.order", window: "2s" } })]);
    await sendAll(world, [{ order: 7 }, { order: 7 }]);
    await world.pass(2_000);
    await sendAll(world, [{ order: 7 }]);
    expect(world.statuses()).toHaveLength(2);
  });

  test("that is missing, null or false starts every run, and so does one that fails, which the run says", async () => {
    await using world = await startScripted([scripted("sim-f0", { idempotency: "event.data.order - 1" })]);
    await sendAll(world, [{ order: "text" }, { order: "text" }, {}, {}]);
    expect(world.statuses()).toHaveLength(4);
    expect(world.all("select warnings from runs order by seq limit 1")[0]?.["warnings"]).toMatch(/idempotency: /);
    await using other = await startScripted([scripted("sim-f0", { idempotency: "event.data.order" })]);
    await sendAll(other, [{ order: null }, { order: null }, { order: false }, { order: false }, {}, {}]);
    expect(other.statuses()).toHaveLength(6);
  });

  test("of any length is told from others that begin alike", async () => {
    await using world = await startScripted([scripted("sim-f0", { idempotency: "event.data.text" })]);
    const long = "x".repeat(100_000);
    await sendAll(world, [{ text: `${long}1` }, { text: `${long}2` }, { text: `${long}1` }]);
    expect(world.statuses()).toHaveLength(2);
    const lengths = world.all("select max(length(key)) as length from dedupes");
    expect(Number(lengths[0]?.["length"])).toBeLessThan(300);
  });

  test("goes with a rate and with event ids: each turns away what is its own", async () => {
    await using world = await startScripted([
      scripted("sim-f0", { idempotency: "event.data.order", rateLimit: { limit: 2, period: "2h" } }),
    ]);
    await sendAll(world, [{ order: 1 }, { order: 1 }, { order: 2 }, { order: 3 }]);
    expect(outcomes(world).map((outcome) => outcome.split(" ")[0])).toEqual(["duplicate", "rate_limited"]);
    await world.pass(hour);
    await sendAll(world, [{ order: 3 }]);
    expect(world.statuses()).toHaveLength(3);
  });

  test("fails the step that invokes a second time", async () => {
    await using world = await startScripted([scripted("sim-f0", {}, [invoke("i")]), scripted("sim-child", { idempotency: "event.name" })]);
    await world.send("sim-f0", {}, 1);
    await world.send("sim-f0", {}, 2);
    expect(memoOf(world)).toMatchObject({
      error: { name: "InvokedFunctionNotStartedError", code: "duplicate", message: expect.stringContaining("idempotency key") },
    });
  });
});

describe("a priority", () => {
  const functions = (run: string): readonly CaseFunction[] => [scripted("sim-busy", {}), scripted("sim-f0", { priority: { run } }, [])];

  /** Every call that the engine makes at once is under way until the world is let go. */
  async function busy(run: string): Promise<{ readonly world: ScriptedWorld; readonly letGo: () => Promise<void> }> {
    const world = await startScripted(functions(run));
    const { promise, resolve } = Promise.withResolvers<void>();
    world.replyWhen = (call) => (call.target.slug === "sim-busy" ? promise : undefined);
    const { callsInFlightMax } = engineDefaults;
    const events = Array.from({ length: callsInFlightMax }, () => ({ name: "sim-busy", data: {} }));
    await world.during(world.engine.sendEvents({ events }));
    return {
      world,
      letGo: async () => {
        resolve();
        await world.settle();
      },
    };
  }

  const called = (world: ScriptedWorld): readonly unknown[] =>
    world.calls
      .filter(({ target }) => target.slug === "sim-f0")
      .map(({ events }) => (JSON.parse(events[0]?.data ?? "") as { p: unknown }).p);

  test("puts a start before its elders, by its seconds and no more; the same go in their order", async () => {
    const { world, letGo } = await busy("event.data.p");
    await using _ = world;
    await sendAll(world, [{ p: 0 }, { p: 2.6 }, { p: -2 }, { p: 0.4 }]);
    await world.pass(2_500);
    await sendAll(world, [{ p: 4 }, { p: 1 }]);
    expect(called(world)).toEqual([]);
    await letGo();
    // 2.6 is 3; what came 2.5 seconds later with 4 stands 1.5 before those of 0, and with 1 behind them.
    expect(called(world)).toEqual([2.6, 4, 0, 0.4, 1, -2]);
  });

  test("is held to ten minutes", async () => {
    const { world, letGo } = await busy("event.data.p");
    await using _ = world;
    await sendAll(world, [{ p: 600 }, { p: 1e9 }, { p: 601 }, { p: -1e9 }, { p: -600 }]);
    await letGo();
    expect(called(world)).toEqual([600, 1e9, 601, -1e9, -600]);
  });

  test("that fails, or is no number, is none, and the run says so", async () => {
    await using world = await startScripted(functions("event.data.p"));
    await sendAll(world, [{ p: "high" }, {}, { p: 5 }]);
    expect(world.statuses()).toEqual(["completed", "completed", "completed"]);
    const warnings = world.all("select warnings from runs order by seq").map((row) => row["warnings"]);
    expect(warnings).toEqual([expect.stringMatching(/priority: .*high/), expect.stringMatching(/priority: /), null]);
  });

  test("below zero holds up nobody where nothing else waits, and one above zero starts nothing before its time", async () => {
    await using world = await startScripted(functions("event.data.p"));
    await sendAll(world, [{ p: -600 }]);
    expect(called(world)).toEqual([-600]);
    const ts = world.clock.now() + 60_000;
    await world.during(world.engine.sendEvents({ events: [{ name: "sim-f0", data: { p: 600 }, ts: epochMs(ts) }] }));
    await world.pass(59_999);
    expect(called(world)).toEqual([-600]);
    await world.pass(1);
    expect(called(world)).toEqual([-600, 600]);
  });
});
