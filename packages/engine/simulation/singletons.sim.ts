// Functions of which one run for each key is alive at a time: with the shipped engine and store in virtual time.

import type { Leaf, Program } from "@stepwell/engine/testing";
import { type RunId, systemEvents } from "@stepwell/protocol";
import type { Unit } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { type CaseFunction, type ScriptedWorld, startScripted } from "./scripted-world.ts";

const step = (id: string): Leaf => ({ kind: "step", id, failures: 0 });
const sleep = (id: string, ms: number): Leaf => ({ kind: "sleep", id, ms });
const invoke = (id: string, functionName: string): Leaf => ({
  kind: "invoke",
  id,
  functionName,
  propagateCancel: false,
  timeoutMs: 600_000,
});
const scripted = (slug: string, config: CaseFunction["config"], program: Program): CaseFunction => ({
  slug,
  program,
  version: 2,
  config: config ?? {},
});
const minute = 60_000;
const napping: Program = [step("a"), sleep("nap", minute), step("b")];
const single = (mode: "skip" | "cancel", key?: string): CaseFunction["config"] => ({
  singleton: { mode, ...(key === undefined ? {} : { key }) },
});
const listener = (name: string): CaseFunction => scripted("sim-listens", { triggers: [{ event: name }] }, [step("heard")]);

async function sendAll(world: ScriptedWorld, data: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  await world.during(world.engine.sendEvents({ events: data.map((each) => ({ name: "sim-f0", data: each })) }));
}

function runs(world: ScriptedWorld): readonly { readonly id: RunId; readonly reason: string | null }[] {
  return world.all("select id, cancel_reason from runs order by seq").map((row) => ({
    id: row["id"] as RunId,
    reason: row["cancel_reason"] as string | null,
  }));
}

function memoOf(world: ScriptedWorld): unknown {
  const [row] = world.all(
    "select memo from journal_entries where op = 'InvokeFunction' and memo is not null order by run_seq desc limit 1",
  );
  return JSON.parse(String(row?.["memo"] ?? "null"));
}

const accepts = (units: readonly Unit[]): boolean => units.some(({ kind }) => kind === "accept");

describe("a singleton that skips", () => {
  test("is held over sleeps, and of fifty events one runs; the others are skipped and say for whom", async () => {
    await using world = await startScripted([scripted("sim-f0", single("skip"), napping)]);
    await sendAll(
      world,
      Array.from({ length: 50 }, () => ({})),
    );
    await world.pass(minute - 1);
    await sendAll(world, [{}]);
    const [first, ...others] = runs(world);
    expect(new Set(others.map(({ reason }) => reason))).toEqual(new Set([`singleton ${first?.id}`]));
    expect(world.statuses().slice(1)).toEqual(Array.from({ length: 50 }, () => "skipped"));
    const skipped = await world.engine.reports.getRun(others[0]?.id ?? ("" as RunId));
    expect(skipped && world.engine.phaseOf(skipped)).toMatchObject({ status: "skipped", reason: { code: "singleton" } });
    await world.runUntilQuiet();
    await sendAll(world, [{}]);
    await world.runUntilQuiet();
    expect(world.statuses().filter((status) => status === "completed")).toHaveLength(2);
  });

  test("has a lock for each key, and none where the key is missing, null, false or fails", async () => {
    await using world = await startScripted([scripted("sim-f0", single("skip", "event.data.shop"), napping)]);
    await sendAll(world, [{ shop: 1 }, { shop: 2 }, { shop: 1 }, {}, {}, { shop: null }, { shop: null }, { shop: false }, { shop: false }]);
    await world.settle();
    expect(world.statuses().filter((status) => status === "skipped")).toHaveLength(1);
    await using other = await startScripted([scripted("sim-f0", single("skip", "event.data.shop - 1"), napping)]);
    await sendAll(other, [{ shop: "a" }, { shop: "a" }]);
    expect(other.statuses()).toEqual(["queued", "queued"].map(() => expect.not.stringMatching("skipped")));
    expect(other.all("select warnings from runs order by seq limit 1")[0]?.["warnings"]).toMatch(/singleton: /);
  });

  test("is held while the run backs off, and over the death of the process", async () => {
    const failing: Program = [{ kind: "step", id: "a", failures: 1 }, step("b")];
    await using world = await startScripted([scripted("sim-f0", single("skip"), failing)]);
    await sendAll(world, [{}]);
    await sendAll(world, [{}]);
    await world.start();
    await world.settle();
    await sendAll(world, [{}]);
    expect(world.statuses().slice(1)).toEqual(["skipped", "skipped"]);
    await world.runUntilQuiet();
    expect(world.statuses()[0]).toBe("completed");
    await sendAll(world, [{}]);
    await world.runUntilQuiet();
    expect(world.statuses().at(-1)).toBe("completed");
  });

  test("fails the step that invokes at once, and answers a person's invoke and its repeat with both runs", async () => {
    await using world = await startScripted([
      scripted("sim-parent", {}, [invoke("i", "sim-f0")]),
      scripted("sim-f0", single("skip"), napping),
    ]);
    await sendAll(world, [{}]);
    await world.send("sim-parent");
    expect(memoOf(world)).toMatchObject({
      error: { name: "InvokedFunctionNotStartedError", code: "skipped", message: expect.stringContaining("singleton") },
    });
    const [holder] = runs(world);
    const seed = { senderNowAt: world.clock.now(), entropy: new Uint8Array(10).fill(7) };
    const asked = () => world.during(world.engine.invokeFunction({ functionName: "sim-f0", payload: { data: {} }, seed }));
    const [first, again] = [await asked(), await asked()];
    expect(first).toMatchObject({ kind: "skipped", by: holder?.id, runId: runs(world).at(-1)?.id });
    expect(again).toEqual(first);
  });

  test("turns a rerun away while it is held", async () => {
    await using world = await startScripted([scripted("sim-f0", single("skip"), napping)]);
    await sendAll(world, [{}]);
    const [holder] = runs(world);
    const runId = holder?.id ?? ("" as RunId);
    expect(await world.during(world.engine.rerun({ runId }))).toEqual({ kind: "singleton_held", by: runId });
    await world.runUntilQuiet();
    expect((await world.during(world.engine.rerun({ runId }))).kind).toBe("started");
  });

  test("tells no end of what it skipped", async () => {
    await using world = await startScripted([scripted("sim-f0", single("skip"), napping), listener(systemEvents.finished)]);
    await sendAll(world, [{}, {}, {}]);
    await world.runUntilQuiet();
    expect(world.stepsRun()["heard"]).toBe(1);
  });
});

describe("a singleton that cancels", () => {
  test("ends the elder for the newer one, with its reason and its events, and the newest goes through", async () => {
    await using world = await startScripted([
      scripted("sim-f0", single("cancel"), napping),
      listener(systemEvents.cancelled),
      scripted("sim-waits", {}, [{ kind: "wait", id: "w", event: systemEvents.cancelled, condition: {}, timeoutMs: 600_000 }, step("met")]),
    ]);
    await world.send("sim-waits", {}, 9);
    await sendAll(world, [{ n: 1 }]);
    await world.pass(10);
    await sendAll(world, [{ n: 2 }]);
    await world.settle();
    const [, first, second] = runs(world);
    expect(first?.reason).toBe(`singleton ${second?.id}`);
    await world.runUntilQuiet();
    expect(world.stepsRun()).toMatchObject({ heard: 1, met: 1, b: 1 });
    const events = world.all("select id, name from events where name like 'inngest/function.cancelled'");
    expect(events).toEqual([{ id: first?.id, name: systemEvents.cancelled }]);
    expect(world.all("select 1 from timers")).toEqual([]);
  });

  test("of one request begins the last alone", async () => {
    await using world = await startScripted([scripted("sim-f0", single("cancel"), [step("a")])]);
    await sendAll(world, [{}, {}, {}]);
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["cancelled", "cancelled", "completed"]);
    expect(new Set(world.calls.map(({ runId }) => runId)).size).toBe(1);
  });

  test("of two senders at once is decided by order, and nobody begins what was cancelled in the same batch", async () => {
    await using world = await startScripted([scripted("sim-f0", single("cancel"), [step("a")])]);
    const sent = [1, 2, 3].map((nth) => world.engine.sendEvents({ events: [{ name: "sim-f0", data: { nth } }] }));
    await world.during(Promise.all(sent));
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["cancelled", "cancelled", "completed"]);
    expect(new Set(world.calls.map(({ runId }) => runId)).size).toBe(1);
  });

  test("gives up the call of the elder, whose reply says nothing any more", async () => {
    await using world = await startScripted([scripted("sim-f0", single("cancel"), [step("a")])]);
    const { promise, resolve } = Promise.withResolvers<void>();
    let held = 0;
    world.replyWhen = () => (held++ === 0 ? promise : undefined);
    await sendAll(world, [{}]);
    await sendAll(world, [{}]);
    resolve();
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["cancelled", "completed"]);
    expect(world.all("select count(*) as count from journal_entries")[0]?.["count"]).toBe(1);
  });

  test("tells the end of the elder though the process dies before it could", async () => {
    await using world = await startScripted([scripted("sim-f0", single("cancel"), napping), listener(systemEvents.cancelled)]);
    await sendAll(world, [{}]);
    world.hold((units) => accepts(units) && units.some((unit) => unit.kind === "accept" && unit.timer?.kind === "tell_end"));
    await sendAll(world, [{}]);
    expect(world.statuses()[0]).toBe("cancelled");
    expect(world.all("select kind from timers")).toEqual([{ kind: "tell_end" }]);
    await world.start();
    await world.runUntilQuiet();
    expect(world.stepsRun()).toMatchObject({ heard: 1 });
    expect(world.all("select 1 from timers")).toEqual([]);
  });

  test("tells it once though the answer of that unit is lost", async () => {
    await using world = await startScripted([scripted("sim-f0", single("cancel"), napping), listener(systemEvents.cancelled)]);
    await sendAll(world, [{}]);
    world.loseAnswerOf((units) => units.some((unit) => unit.kind === "accept" && unit.timer?.kind === "tell_end"));
    await sendAll(world, [{}]);
    await world.runUntilQuiet();
    expect(world.stepsRun()).toMatchObject({ heard: 1, b: 1 });
  });

  test("does not end the run that invokes: its step fails at once", async () => {
    await using world = await startScripted([scripted("sim-f0", single("cancel"), [invoke("i", "sim-f0")])]);
    await sendAll(world, [{}]);
    await world.runUntilQuiet();
    expect(memoOf(world)).toMatchObject({ error: { code: "skipped" } });
    expect(world.statuses()[1]).toBe("skipped");
  });

  test("tells the invoker of the elder that it was cancelled", async () => {
    await using world = await startScripted([
      scripted("sim-parent", {}, [invoke("i", "sim-f0")]),
      scripted("sim-f0", single("cancel"), napping),
    ]);
    await world.send("sim-parent");
    await sendAll(world, [{}]);
    await world.settle();
    expect(memoOf(world)).toMatchObject({ error: { name: "InvokedRunCancelledError" } });
  });

  test("goes with a rate and with priority", async () => {
    const config = { ...single("cancel"), rateLimit: { limit: 2, period: "2h" }, priority: { run: "event.data.p" } };
    await using world = await startScripted([scripted("sim-f0", config, napping)]);
    await sendAll(world, [{ p: 1 }, { p: 2 }, { p: 3 }]);
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["cancelled", "completed"]);
    expect(world.all("select kind from event_outcomes")).toEqual([{ kind: "rate_limited" }]);
  });
});

describe("a singleton with a debounce", () => {
  const config = { ...single("skip"), debounce: { period: "10s" } };

  test("is asked for when the collected run begins, and not before", async () => {
    await using world = await startScripted([scripted("sim-f0", config, napping)]);
    await sendAll(world, [{ n: 1 }, { n: 2 }]);
    await world.pass(10_000);
    await sendAll(world, [{ n: 3 }]);
    await world.pass(10_000);
    expect(world.statuses()).toHaveLength(2);
    expect(world.statuses()[1]).toBe("skipped");
    const [holder, skipped] = runs(world);
    expect(skipped?.reason).toBe(`singleton ${holder?.id}`);
    const [last] = world.all("select id from events order by seq desc limit 1");
    expect((await world.engine.reports.eventOutcomes(last?.["id"] as never))[0]).toMatchObject({ kind: "debounced", detail: skipped?.id });
    expect((await world.engine.reports.eventRuns(last?.["id"] as never)).map(({ id }) => id)).toEqual([skipped?.id]);
  });

  test("fails the step whose event was collected for a run that is skipped", async () => {
    await using world = await startScripted([scripted("sim-parent", {}, [invoke("i", "sim-f0")]), scripted("sim-f0", config, napping)]);
    await sendAll(world, [{ n: 1 }]);
    await world.pass(10_000);
    await world.send("sim-parent");
    await world.pass(10_000);
    expect(memoOf(world)).toMatchObject({ error: { code: "skipped" } });
  });

  test("that cancels ends the elder when the collected run begins", async () => {
    await using world = await startScripted([scripted("sim-f0", { ...single("cancel"), debounce: { period: "10s" } }, napping)]);
    await sendAll(world, [{ n: 1 }]);
    await world.pass(10_000);
    await sendAll(world, [{ n: 2 }]);
    await world.pass(9_999);
    expect(world.statuses()[0]).not.toBe("cancelled");
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["cancelled", "completed"]);
  });
});

describe("a singleton with a limit of concurrency", () => {
  test("frees the slot of the run that it cancels", async () => {
    const limits = { concurrency: { fn: [{ limit: 1 }] } };
    await using world = await startScripted([scripted("sim-f0", { ...single("cancel"), ...limits }, napping)]);
    await sendAll(world, [{}]);
    await sendAll(world, [{}]);
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["cancelled", "completed"]);
  });
});
