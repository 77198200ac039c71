// Why runs do not move, with the shipped engine and store in virtual time: each kind of answer occurs.

import type { RunId } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { engineDefaults } from "../src/engine-options.ts";
import { minute, runIds, scripted, send, sleep, step, whyRun } from "./asking-why.ts";
import { type ScriptedWorld, startScripted } from "./scripted-world.ts";

/** Calls stay under way until they are let go. */
function holdCalls(world: ScriptedWorld): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  world.replyWhen = () => promise;
  return async () => {
    world.replyWhen = undefined;
    resolve();
    await world.settle();
  };
}

describe("why a run does not move", () => {
  test("a limit of calls: the key as people read it, who holds it, and the place in line", async () => {
    await using world = await startScripted([scripted("sim-f0", { concurrency: [{ limit: 1, key: "event.data.tenant" }] })]);
    const release = holdCalls(world);
    for (const tenant of [42, 42, 42, 7]) await send(world, { tenant });
    await world.pass(1_500);
    const [first, second, third, other] = runIds(world);
    expect(await whyRun(world, first)).toMatchObject({ state: "running", headline: { code: "running" } });
    expect(await whyRun(world, other)).toMatchObject({ state: "running" });
    const answer = await whyRun(world, third);
    expect(answer).toMatchObject({
      state: "queued",
      functionSlug: "sim-f0",
      headline: { code: "concurrency", text: `tenant=42 allows 1 call at once; held by run ${first}; it is 2nd in line` },
    });
    expect(answer.gates).toMatchObject([
      { gate: "function_active", ok: true },
      { gate: "app_reachable", ok: true },
      { gate: "due", ok: true },
      {
        gate: "concurrency",
        ok: false,
        level: "step",
        scope: "fn",
        key: "42",
        keyExpr: "event.data.tenant",
        label: "tenant=42",
        limit: 1,
        inUse: 1,
        holders: [{ runId: first, status: "running", forMs: 1_500 }],
        place: { position: 2, isAtLeast: false, queue: [second] },
      },
      { gate: "turn", ok: false, position: 2, queue: [second] },
      { gate: "node_room", ok: true, inUse: 2, waiting: 0 },
    ]);
    expect(answer).not.toHaveProperty("estimate");
    await release();
    expect(await whyRun(world, third)).toMatchObject({ state: "completed", headline: { code: "ended" }, gates: [], advice: [] });
  });

  test("a limit of runs says which of its owners only waits; a key that leads nowhere is shared", async () => {
    const concurrency = { fn: [{ limit: 1, key: "event.data.tenant" }] };
    await using world = await startScripted([scripted("sim-f0", { concurrency }, [step("a"), sleep("nap", minute), step("b")])]);
    await send(world);
    await send(world);
    const [first, second] = runIds(world);
    const answer = await whyRun(world, second);
    expect(answer.headline.text).toBe(`tenant=false allows 1 run at once; held by run ${first}; it is 1st in line`);
    expect(answer.gates.find(({ ok }) => !ok)).toMatchObject({ gate: "concurrency", level: "run", key: "false" });
    expect(answer.advice).toMatchObject([{ code: "key_missing" }, { code: "holder_waiting", runId: first }]);
  });

  test("a throttle says when, by its own clock", async () => {
    await using world = await startScripted([scripted("sim-f0", { throttle: { limit: 6, period: "1m", key: "event.data.tenant" } })]);
    for (let count = 0; count < 4; count += 1) await send(world, { tenant: "a" });
    const ids = runIds(world);
    const now = world.clock.now();
    const answer = await whyRun(world, ids[3]);
    expect(answer).toMatchObject({
      state: "queued",
      headline: { code: "throttle", text: "tenant=a lets 6 runs begin in 1m; the next one in 10s; it is 3rd in line" },
      estimate: { startAt: now + 30_000, confidence: "high" },
    });
    await world.pass(30_000);
    const last = await world.engine.reports.getRun(ids[3] as RunId);
    expect(last?.startedAt).toBe(now + 30_000);
  });

  test("an estimate follows from how fast the lane went, and there is none before that is known", async () => {
    await using world = await startScripted([scripted("sim-f0", { concurrency: 1 }, [step("a"), step("b")])]);
    world.replyWhen = () => new Promise((resolve) => void world.clock.after(1_000, resolve));
    for (let count = 0; count < 20; count += 1) await send(world);
    const ids = runIds(world);
    const last = ids.at(-1);
    expect(await whyRun(world, last)).not.toHaveProperty("estimate");
    while ((await whyRun(world, last)).estimate === undefined && (await whyRun(world, last)).state === "queued") await world.pass(1_000);
    const answer = await whyRun(world, last);
    expect(answer.estimate).toMatchObject({ confidence: "low", basis: expect.stringMatching(/^median of \d+ releases$/) });
    const startAt = answer.estimate?.startAt ?? 0;
    await world.runUntilQuiet();
    const startedAt = (await world.engine.reports.getRun(last as RunId))?.startedAt ?? 0;
    expect(Math.abs(startedAt - startAt)).toBeLessThan(8_000);
  });

  test("what is not due yet: a future event, a sleep, a retry with its error", async () => {
    await using world = await startScripted([
      scripted("sim-f0", {}),
      scripted("sim-sleeps", {}, [sleep("nap", minute)]),
      scripted("sim-retries", { retries: 3 }, [step("charge", 1)]),
    ]);
    const now = world.clock.now();
    await send(world, {}, { ts: now + minute });
    await send(world, {}, {}, "sim-sleeps");
    await send(world, {}, {}, "sim-retries");
    const [future, sleeping, retrying] = runIds(world);
    expect(await whyRun(world, future)).toMatchObject({
      headline: { code: "scheduled", until: now + minute },
      estimate: { startAt: now + minute, confidence: "high" },
    });
    expect(await whyRun(world, sleeping)).toMatchObject({
      state: "waiting",
      headline: { code: "sleep", text: 'sleeps in "nap" for another 1m' },
    });
    const retry = await whyRun(world, retrying);
    expect(retry).toMatchObject({ state: "retrying", headline: { code: "retry" } });
    expect(retry.gates.find(({ gate }) => gate === "due")).toMatchObject({
      reason: "retry",
      lastError: { code: expect.any(String), message: "try 1 of charge", at: now },
    });
  });

  test("what it waits for: an event with its condition, a signal, a child that is queued itself", async () => {
    await using world = await startScripted([
      scripted("sim-f0", {}, [{ kind: "wait", id: "paid", event: "shop/paid", condition: { sameKey: true }, timeoutMs: minute }]),
      scripted("sim-signal", {}, [{ kind: "signal", id: "go", signal: "green", conflict: "fail", timeoutMs: minute }]),
      scripted("sim-parent", {}, [{ kind: "invoke", id: "i", functionName: "sim-child", propagateCancel: false, timeoutMs: minute }]),
      scripted("sim-child", { throttle: { limit: 1, period: "1h" } }),
    ]);
    await send(world, {}, {}, "sim-child");
    await send(world, { key: 1 });
    await send(world, {}, {}, "sim-signal");
    await send(world, {}, {}, "sim-parent");
    const [, waiting, signalled, parent, child] = runIds(world);
    const until = world.clock.now() + minute;
    expect(await whyRun(world, waiting)).toMatchObject({
      state: "waiting",
      headline: { code: "event", until },
      gates: [{}, {}, { gate: "wait", kind: "event", name: "shop/paid", stepName: "paid", match: "event.data.key == 1", until }],
    });
    expect(await whyRun(world, signalled)).toMatchObject({ headline: { code: "signal" } });
    expect(await whyRun(world, parent)).toMatchObject({
      headline: { code: "invoke" },
      gates: [{}, {}, { gate: "wait", kind: "invoke", name: "sim-child", child: { runId: child, status: "queued" } }],
      advice: [{ code: "child_queued", runId: child }],
    });
    expect(await whyRun(world, child)).toMatchObject({ headline: { code: "throttle" } });
  });

  test("a function that its app does not list any more", async () => {
    const functions = [scripted("sim-f0", {}, [sleep("nap", minute), step("a")]), scripted("sim-f1", {})];
    await using world = await startScripted(functions);
    await send(world);
    const [runId] = runIds(world);
    await world.during(world.register(functions.slice(1)));
    expect(await whyRun(world, runId)).toMatchObject({
      headline: { code: "function_gone" },
      gates: [{ gate: "function_active", ok: false, reason: "archived", since: world.clock.now() }, {}, { gate: "due", ok: false }],
      advice: [{ code: "function_gone" }],
    });
  });

  test("all calls of the server are under way", async () => {
    await using world = await startScripted([scripted("sim-f0", {})]);
    const release = holdCalls(world);
    const events = Array.from({ length: engineDefaults.callsInFlightMax + 1 }, () => ({ name: "sim-f0", data: {} }));
    await world.during(world.engine.sendEvents({ events }));
    expect(await whyRun(world, runIds(world).at(-1))).toMatchObject({
      state: "queued",
      headline: { code: "node_room" },
      gates: [{}, {}, { gate: "node_room", ok: false, limit: engineDefaults.callsInFlightMax, waiting: 1 }],
    });
    await release();
  });

  test("a breaker that is open, with what it counted and when the next call is made", async () => {
    const circuitBreaker = { failures: 2, window: "1m", cooldown: "30s", key: "event.data.host" };
    await using world = await startScripted([scripted("sim-f0", { circuitBreaker }, [step("a", 9)])]);
    await send(world, { host: "a" });
    await send(world, { host: "a" });
    const since = world.clock.now();
    await send(world, { host: "a" });
    const answer = await whyRun(world, runIds(world)[2]);
    expect(answer).toMatchObject({
      state: "queued",
      headline: { code: "circuit_open", text: expect.stringMatching(/2 of 2 calls failed; the next call is made in 30s$/) },
      advice: [{ code: "breaker_open", text: expect.stringContaining("stepwell breakers reset ") }],
    });
    expect(answer.gates.find(({ gate }) => gate === "breaker")).toMatchObject({
      ...{ ok: false, status: "open", reason: "failures", since, until: since + 30_000, calls: 2, failures: 2 },
      ...{ key: "a", keyExpr: "event.data.host", label: "host=a", breakerId: expect.any(String) },
      text: "the breaker of host=a is open: 2 of 2 calls failed; the next call is made in 30s",
    });
    expect(answer).not.toHaveProperty("estimate");
    const waiting = await world.engine.reports.getRun(runIds(world)[2] as RunId);
    expect(waiting && world.engine.why.keysOf(waiting)).toEqual([
      { option: "circuitBreaker", scope: "fn", key: "a", keyExpr: "event.data.host", label: "host=a" },
    ]);
  });

  test("a breaker that is closed is a gate that was passed, and a function without one has none", async () => {
    const circuitBreaker = { failures: 2, window: "1m", cooldown: "30s" };
    await using world = await startScripted([
      scripted("sim-f0", { circuitBreaker }, [sleep("nap", minute)]),
      scripted("sim-f1", {}, [sleep("nap", minute)]),
    ]);
    await send(world);
    await send(world, {}, {}, "sim-f1");
    const [guarded, other] = runIds(world);
    expect((await whyRun(world, guarded)).gates.find(({ gate }) => gate === "breaker")).toMatchObject({ ok: true, status: "closed" });
    expect((await whyRun(world, other)).gates.some(({ gate }) => gate === "breaker")).toBe(false);
  });

  test("an app that could not be reached is told beside what keeps the run", async () => {
    await using world = await startScripted([scripted("sim-f0", {}, [sleep("nap", minute)])]);
    await send(world);
    const since = world.clock.now();
    await world.during(world.engine.setAppError({ appName: "sim", error: "connection refused" }));
    expect(await whyRun(world, runIds(world)[0])).toMatchObject({
      headline: { code: "sleep" },
      gates: [{}, { gate: "app_reachable", ok: false, since, error: "connection refused" }, {}],
      advice: [{ code: "app_unreachable" }],
    });
  });

  test("a run whose events are still collected, and one that nobody knows", async () => {
    await using world = await startScripted([scripted("sim-f0", { debounce: { period: "10s", timeout: "1m", key: "event.data.doc" } })]);
    await send(world, { doc: 7 });
    await send(world, { doc: 7 });
    const runId = world.all("select run_id from pending_runs")[0]?.["run_id"] as RunId;
    const now = world.clock.now();
    expect(await whyRun(world, runId)).toMatchObject({
      state: "collecting",
      headline: { code: "debounce", text: "2 events of doc=7 so far; it begins in 10s, unless another event comes", until: now + 10_000 },
      gates: [{ gate: "collect", keyExpr: "event.data.doc", cap: now + minute }],
    });
    expect(await world.during(world.engine.why.run("01AAAAAAAAAAAAAAAAAAAAAAAA" as RunId))).toBeUndefined();
  });
});
