// Waits, signals, children and cancels that cross what they wait for: each order on its own, without chance.

import type { Leaf, Program, ScriptedFunction } from "@stepwell/engine/testing";
import type { JsonText, RunId } from "@stepwell/protocol";
import type { Unit } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { type CaseFunction, type ScriptedWorld, startScripted } from "./scripted-world.ts";

const step = (id: string): Leaf => ({ kind: "step", id, failures: 0 });
const wait = (id: string, parts: Partial<Extract<Leaf, { kind: "wait" }>> = {}): Leaf => ({
  kind: "wait",
  id,
  event: "sim/ping",
  condition: {},
  timeoutMs: 60_000,
  ...parts,
});
const signal = (id: string, conflict: "fail" | "replace" = "fail"): Leaf => ({
  kind: "signal",
  id,
  signal: "go",
  conflict,
  timeoutMs: 60_000,
});
const invoke = (id: string, parts: Partial<Extract<Leaf, { kind: "invoke" }>> = {}): Leaf => ({
  kind: "invoke",
  id,
  functionName: "sim-child",
  propagateCancel: false,
  timeoutMs: 60_000,
  ...parts,
});
const scripted = (slug: string, program: Program, config?: CaseFunction["config"]): CaseFunction => ({
  slug,
  program,
  version: 2,
  ...(config === undefined ? {} : { config }),
});
const all = (...branches: readonly Program[]): Program => [{ kind: "parallel", race: false, branches }];

const accepts =
  (name: string) =>
  (units: readonly Unit[]): boolean =>
    units.some((unit) => unit.kind === "accept" && unit.events.some(({ event }) => event.name === name));
const begins = (units: readonly Unit[]): boolean =>
  units.some((unit) => unit.kind === "call" && unit.effects.some(({ kind }) => kind === "begin_wait"));
const resolves = (units: readonly Unit[]): boolean => units.some(({ kind }) => kind === "resolve_wait");

/** How the waits of the first run ended: with an event, without one, or not yet. */
function ends(world: ScriptedWorld): readonly string[] {
  return world
    .all(
      "select name, ord, event_id, memo from journal_entries where run_seq = (select min(seq) from runs) and op like 'WaitFor%' order by name",
    )
    .map(
      ({ name, ord, event_id: eventId, memo }) =>
        `${name} ${ord === null ? "waits" : eventId !== null ? "met" : memo === "null" ? "timed out" : "settled"}`,
    );
}

function countOf(world: ScriptedWorld, table: string): number {
  return Number(world.all(`select count(*) as count from ${table}`)[0]?.["count"]);
}

const one = [scripted("sim-f0", [wait("w")])];

describe("a wait and its event", () => {
  test("meet when the event comes before the wait, while its call is under way", async () => {
    await using world = await startScripted(one);
    const reply = Promise.withResolvers<void>();
    world.replyWhen = () => reply.promise;
    await world.send("sim-f0");
    await world.send("sim/ping", {}, 1);
    reply.resolve();
    await world.settle();
    expect(ends(world)).toEqual(["w met"]);
  });

  test("do not meet when the event came before the call that makes the wait", async () => {
    await using world = await startScripted(one);
    await world.send("sim/ping", {}, 1);
    await world.send("sim-f0");
    expect(ends(world)).toEqual(["w waits"]);
    await world.runUntilQuiet();
    expect(ends(world)).toEqual(["w timed out"]);
  });

  test.for(["event first", "wait first"])("meet when both are in one batch, %s", async (order) => {
    await using world = await startScripted(one);
    const reply = Promise.withResolvers<void>();
    world.replyWhen = () => reply.promise;
    await world.send("sim-f0");
    const letGo = world.hold(() => true);
    // Something is under way, so that what comes meanwhile is one batch.
    const other = world.engine.sendEvents({ events: [{ name: "sim/none", data: {} }] });
    await world.settle();
    const ping = (): Promise<unknown> => world.engine.sendEvents({ events: [{ name: "sim/ping", data: {} }] });
    const sent = order === "event first" ? ping() : undefined;
    reply.resolve();
    await world.settle();
    const sentLater = order === "event first" ? undefined : ping();
    await letGo();
    await Promise.all([other, sent, sentLater]);
    await world.settle();
    const [batch] = world.batches.filter((units) => begins(units));
    expect(batch?.map(({ kind }) => kind)).toEqual(order === "event first" ? ["accept", "call"] : ["call", "accept"]);
    expect(ends(world)).toEqual(["w met"]);
  });

  test("meet when the holder dies between the event's commit and its look", async () => {
    await using world = await startScripted(one);
    await world.send("sim-f0");
    world.hold(resolves);
    await world.send("sim/ping", {}, 1);
    expect(ends(world)).toEqual(["w waits"]);
    await world.start();
    expect(ends(world)).toEqual(["w met"]);
  });

  test("meet when the next holder writes something before it has looked at what was left", async () => {
    const hourly = scripted("sim-hourly", [], { triggers: [{ cron: "0 * * * *" }] });
    await using world = await startScripted([...one, hourly]);
    await world.send("sim-f0");
    world.hold(resolves);
    await world.send("sim/ping", {}, 1);
    // The schedule goes with its function, and its timer is still there when the process dies.
    world.hold((units) => units.some(({ kind }) => kind === "set_timer"));
    void world.register(one);
    await world.settle();
    expect(ends(world)).toEqual(["w waits"]);
    world.batches.length = 0;
    await world.start();
    expect(world.batches[0]?.map(({ kind }) => kind)).toEqual(["set_timer"]);
    expect(ends(world)).toEqual(["w met"]);
  });

  test("meet when the holder dies between the wait's commit and its look", async () => {
    await using world = await startScripted(one);
    const reply = Promise.withResolvers<void>();
    world.replyWhen = () => reply.promise;
    await world.send("sim-f0");
    await world.send("sim/ping", {}, 1);
    world.hold(resolves);
    reply.resolve();
    await world.settle();
    expect(ends(world)).toEqual(["w waits"]);
    await world.start();
    expect(ends(world)).toEqual(["w met"]);
  });

  test.for([
    ["event", accepts("sim/ping")],
    ["wait", begins],
  ] as const)("meet when the answer of the %s's commit is lost", async ([, fits]) => {
    await using world = await startScripted(one);
    const reply = Promise.withResolvers<void>();
    world.replyWhen = () => reply.promise;
    await world.send("sim-f0");
    world.loseAnswerOf(fits);
    await world.send("sim/ping", {}, 1).catch(() => undefined);
    reply.resolve();
    await world.pass(10_000);
    expect(ends(world)).toEqual(["w met"]);
  });

  test("meet when the event was accepted in time and the wait's time is over before it is committed", async () => {
    await using world = await startScripted(one);
    await world.send("sim-f0");
    await world.pass(59_999);
    const letGo = world.hold(accepts("sim/ping"));
    const sent = world.engine.sendEvents({ events: [{ name: "sim/ping", data: {} }] });
    await world.pass(10);
    expect(ends(world)).toEqual(["w waits"]);
    await letGo();
    await sent;
    await world.settle();
    expect(ends(world)).toEqual(["w met"]);
  });

  test("meet once: a wait that the event and its time end together has one result, and the event counts for one wait of a name", async () => {
    await using world = await startScripted([scripted("sim-f0", all([wait("w1", { name: "again" })], [wait("w2", { name: "again" })]))]);
    await world.send("sim-f0");
    await world.send("sim/ping", {}, 1);
    expect(ends(world)).toEqual(["again met", "again waits"]);
    await world.send("sim/ping", {}, 2);
    expect(ends(world)).toEqual(["again met", "again met"]);
    expect(countOf(world, "waits")).toBe(0);
    expect(world.statuses()).toEqual(["completed"]);
  });

  test("of which thousands wait for one event: all are met, with a death in the middle", { timeout: 120_000 }, async () => {
    await using world = await startScripted(one);
    const count = 2_000;
    const sent = world.engine.sendEvents({ events: Array.from({ length: count }, () => ({ name: "sim-f0", data: {} })) });
    await world.during(sent);
    await world.settle();
    expect(countOf(world, "waits")).toBe(count);
    let batches = 0;
    // Three pages are resolved, and then nothing more of this process.
    world.hold((units) => resolves(units) && ++batches > 3);
    await world.send("sim/ping", {}, 1);
    const left = countOf(world, "waits");
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(count);
    await world.start();
    await world.settle();
    expect([countOf(world, "waits"), new Set(world.statuses())]).toEqual([0, new Set(["completed"])]);
  });
});

describe("a cursor", () => {
  test("goes on where the process died, and starts each function once", { timeout: 120_000 }, async () => {
    const functions = Array.from({ length: 1_000 }, (_, index) => scripted(`sim-f${index}`, [], { triggers: [{ event: "sim/all" }] }));
    await using world = await startScripted(functions);
    // A thousand runs are made with the first event; the second's follow by a cursor, in batches.
    let advances = 0;
    world.hold((units) => units.some(({ kind }) => kind === "advance_cursor") && ++advances > 1);
    const events = [1, 2].map((n) => ({ name: "sim/all", data: { n } }));
    await world.during(world.engine.sendEvents({ events }));
    await world.settle();
    const started = countOf(world, "runs");
    expect(started).toBeGreaterThan(1_000);
    expect(started).toBeLessThan(2_000);
    expect(countOf(world, "cursors")).toBe(1);
    await world.start();
    await world.settle();
    expect([countOf(world, "runs"), countOf(world, "cursors")]).toEqual([2_000, 0]);
    expect(world.all("select function_id from runs group by function_id having count(*) <> 2")).toEqual([]);
    expect(new Set(world.statuses())).toEqual(new Set(["completed"]));
  });
});

describe("a signal", () => {
  const send = async (world: ScriptedWorld, data: string): Promise<unknown> =>
    world.during(world.engine.sendSignal({ signal: "go", data: JSON.stringify(data) as JsonText }));
  const results = (world: ScriptedWorld): readonly unknown[] =>
    world
      .all("select memo from journal_entries where op = 'WaitForSignal' and ord is not null order by run_seq")
      .map(({ memo }) => JSON.parse(String(memo)));

  test("that came early is taken by the first wait, the last one of its name, also by a successor", async () => {
    await using world = await startScripted([scripted("sim-f0", [signal("w")])]);
    expect(await send(world, "one")).toEqual({ kind: "kept" });
    expect(await send(world, "two")).toEqual({ kind: "kept" });
    await world.start();
    await world.send("sim-f0");
    expect(results(world)).toEqual([{ data: { signal: "go", data: "two" } }]);
    expect(countOf(world, "kept_signals")).toBe(0);
    await world.send("sim-f0", {}, 1);
    expect(await send(world, "three")).toMatchObject({ kind: "received" });
    expect(world.statuses()).toEqual(["completed", "completed"]);
  });

  test("for which two runs wait is a conflict, told to the second, or it replaces the first", async () => {
    await using world = await startScripted([scripted("sim-f0", [signal("w")]), scripted("sim-f1", [signal("w", "replace")])]);
    await world.send("sim-f0");
    await world.send("sim-f0", {}, 1);
    await world.send("sim-f1", {}, 2);
    expect(results(world)).toMatchObject([null, { error: { name: "SignalConflictError" } }]);
    expect(await send(world, "one")).toMatchObject({ kind: "received" });
    expect(results(world).at(-1)).toEqual({ data: { signal: "go", data: "one" } });
  });
});

describe("a child", () => {
  const child = scripted("sim-child", [step("c"), { kind: "sleep", id: "nap", ms: 10_000 }]);

  test("that was started before its function was taken away goes on, and its parent waits for it", async () => {
    // An SDK of execution version 1 reports everything that is open again when a step has its result.
    const parent: CaseFunction = { slug: "sim-f0", version: 1, program: all([invoke("i")], [step("a"), step("b")]) };
    await using world = await startScripted([parent, child]);
    const gate = Promise.withResolvers<void>();
    world.replyWhen = (call) => (call.target.slug === "sim-f0" && call.stepId !== undefined ? gate.promise : undefined);
    await world.send("sim-f0");
    await world.during(world.register([parent]));
    gate.resolve();
    await world.settle();
    expect(world.all("select 1 from journal_entries where op = 'InvokeFunction' and ord is not null")).toEqual([]);
    await world.during(world.register([parent, child]));
    await world.pass(20_000);
    expect(world.statuses()).toEqual(["completed", "completed"]);
    expect(world.all("select memo from journal_entries where op = 'InvokeFunction'")).toEqual([
      { memo: expect.stringContaining('"data"') },
    ]);
  });

  test.for([true, false])("is cancelled with its parent where it was asked for (%s)", async (propagateCancel) => {
    await using world = await startScripted([scripted("sim-f0", [invoke("i", { propagateCancel })]), child]);
    await world.send("sim-f0");
    const [parent] = world.all("select id from runs order by seq");
    await world.during(world.engine.cancelRun({ runId: String(parent?.["id"]) as RunId, reason: "a person" }));
    await world.pass(20_000);
    expect(world.statuses()).toEqual(["cancelled", propagateCancel ? "cancelled" : "completed"]);
  });

  test("is cancelled with its parent by a successor, when the process died between the two", async () => {
    await using world = await startScripted([scripted("sim-f0", [invoke("i", { propagateCancel: true })]), child]);
    await world.send("sim-f0");
    const [parent] = world.all("select id from runs order by seq");
    const runId = String(parent?.["id"]) as RunId;
    world.hold((units) => units.some((unit) => unit.kind === "cancel" && unit.runId !== runId));
    await world.during(world.engine.cancelRun({ runId, reason: "a person" }));
    expect(world.statuses()).toEqual(["cancelled", "running"]);
    await world.start();
    await world.settle();
    expect(world.statuses()).toEqual(["cancelled", "cancelled"]);
  });

  test("that ends, and the time of its wait that is over at the same moment, are one result", async () => {
    await using world = await startScripted([scripted("sim-f0", [invoke("i", { timeoutMs: 10_000 })]), child]);
    await world.send("sim-f0");
    await world.pass(60_000);
    expect(world.statuses()).toEqual(["completed", "completed"]);
    expect(world.all("select count(*) as count from journal_entries where op = 'InvokeFunction' and ord is not null")).toEqual([
      { count: 1 },
    ]);
    expect([countOf(world, "waits"), countOf(world, "timers")]).toEqual([0, 0]);
  });
});

describe("a rule that cancels", () => {
  const config = { cancel: [{ event: "sim/stop", if: "event.data.key == async.data.key" }] };
  const sleeper: ScriptedFunction & CaseFunction = scripted("sim-f0", [{ kind: "sleep", id: "nap", ms: 60_000 }, step("a")], config);

  test("is fulfilled by an event of its key alone, and leaves nothing of the run", async () => {
    await using world = await startScripted([sleeper]);
    await world.send("sim-f0", { key: 1 });
    await world.send("sim/stop", { key: 2 }, 1);
    expect(world.statuses()).toEqual(["running"]);
    await world.send("sim/stop", { key: 1 }, 2);
    expect(world.statuses()).toEqual(["cancelled"]);
    expect(["queue_items", "waits", "timers", "lanes"].map((table) => countOf(world, table))).toEqual([0, 0, 0, 0]);
  });

  test("is fulfilled by an event whose holder died before it looked", async () => {
    await using world = await startScripted([sleeper]);
    await world.send("sim-f0", { key: 1 });
    world.hold((units) => units.some(({ kind }) => kind === "cancel"));
    await world.send("sim/stop", { key: 1 }, 1);
    expect(world.statuses()).toEqual(["running"]);
    await world.start();
    await world.settle();
    expect(world.statuses()).toEqual(["cancelled"]);
  });
});

describe("deadlines", () => {
  test("count from the queue and from the first call, through a restart, and leave nothing", async () => {
    const nap: Program = [{ kind: "sleep", id: "nap", ms: 600_000 }];
    await using world = await startScripted([
      scripted("sim-f0", nap, { timeouts: { finish: "60s" } }),
      scripted("sim-f1", nap, { timeouts: { start: "60s" } }),
    ]);
    await world.send("sim-f0");
    await world.send("sim-f1", {}, 1);
    await world.pass(30_000);
    await world.start();
    await world.pass(29_999);
    expect(world.statuses()).toEqual(["running", "running"]);
    await world.pass(1);
    expect(world.statuses()).toEqual(["cancelled", "running"]);
    await world.runUntilQuiet();
    expect([world.statuses(), countOf(world, "timers")]).toEqual([["cancelled", "completed"], 0]);
  });
});
