import { type EpochMs, type JsonText, limits, type RunId } from "@stepwell/protocol";
import type { PruneParams } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench, StartedRun } from "./bench.ts";
import { laneOf } from "./lane-names.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, functionOf, openGroup, settle, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { invoke, metBy, signalOf, waitForEvent, waitForSignal } from "./wait-parts.ts";

const day = 86_400_000;
const never = at(-1_000_000);
/** So much later that no window protects what a case does at its beginning. */
const later = at(10 * day);

async function prune(bench: Bench, parts: Partial<PruneParams>): Promise<{ readonly runs: number; readonly events: number }> {
  const params = { now: later, endedBefore: never, failedBefore: never, eventsBefore: never, limit: 100, ...parts };
  let [runs, events] = [0, 0];
  for (let slices = 0; slices < 100; slices += 1) {
    const slice = await bench.store.retention.prune(params);
    runs += slice.runs;
    events += slice.events;
    if (!slice.more) return { runs, events };
  }
  throw new Error("a pass that does not end");
}

async function ended(bench: Bench, endedAt: EpochMs, now: EpochMs = t0): Promise<StartedRun> {
  const run = await bench.start({ laneKey: laneOf("a lane of its own") }, now, { receivedAt: now });
  await bench.outcomes([call(run.lease, [], end({ endedAt }))]);
  return run;
}

/** What every store promises of retention. */
export function retentionContract(openStore: OpenStore): void {
  describe("retention", () => {
    test("ended runs that are old enough go, with all that is theirs; others stay", async () => {
      await using bench = await setup(openStore);
      const [old, young, alive] = [await bench.start({}, at(1)), await bench.start({}, at(2)), await bench.start({}, at(3))];
      const attempt = { kind: "record_attempt", attempt: 0, generation: 1, startedAt: t0, endedAt: t0, steps: 0 } as const;
      await bench.outcomes([
        call(old.lease, [settle("a"), attempt], end({ endedAt: at(99) })),
        call(young.lease, [settle("a")], end({ endedAt: at(100) })),
      ]);
      expect(await prune(bench, { endedBefore: at(100) })).toEqual({ runs: 1, events: 0 });
      expect(await bench.store.runs.find(old.runId)).toBeUndefined();
      expect(await bench.store.runs.load([{ runSeq: old.runSeq }])).toEqual([undefined]);
      expect([await bench.store.reports.runSteps(old.runId), await bench.store.reports.runAttempts(old.runId)]).toEqual([[], []]);
      expect(await bench.store.reports.getEvent(old.eventId)).toBeDefined();
      expect(await bench.journal(young.runSeq)).toEqual(["a"]);
      expect(await bench.run(alive.runId)).toMatchObject({ status: "running" });
    });

    test("failed runs have a time of their own, and what is kept does not end the pass", async () => {
      await using bench = await setup(openStore);
      const runs = [];
      for (let index = 0; index < 6; index += 1) runs.push(await bench.start({}, at(index)));
      const failure = { kind: "end", status: "failed", error: "{}" as JsonText, endedAt: at(10), sweep: true } as const;
      for (const [index, run] of runs.entries())
        await bench.outcomes([call(run.lease, [], index < 4 ? failure : end({ endedAt: at(10) }))]);
      expect(await prune(bench, { endedBefore: at(50), failedBefore: at(5), limit: 2 })).toMatchObject({ runs: 2 });
      expect(await prune(bench, { endedBefore: at(50), failedBefore: at(50), limit: 2 })).toMatchObject({ runs: 4 });
      expect(await prune(bench, { endedBefore: at(50), failedBefore: at(50), limit: 2 })).toMatchObject({ runs: 0 });
    });

    test("of many ended runs the newest stay, and none that is alive counts or goes", async () => {
      await using bench = await setup(openStore);
      const alive = await bench.start();
      const runs: RunId[] = [];
      for (let index = 0; index < 5; index += 1) runs.push((await ended(bench, at(index), at(index))).runId);
      // However young: what is too much is too much.
      expect(await prune(bench, { now: at(10), runsMax: 2, limit: 2 })).toMatchObject({ runs: 3 });
      const { rows } = await bench.store.reports.listRuns({}, { limit: 10 });
      expect(rows.map(({ id }) => id)).toEqual([runs[4], runs[3], alive.runId]);
    });

    test("a run that is alive keeps everything, however old", async () => {
      await using bench = await setup(openStore);
      const { runSeq, items } = await bench.fanOut(["a", "b"]);
      const waiting = await bench.waiting([waitForEvent("w", bench.store.waits.mark())]);
      const old = { endedBefore: at(day), failedBefore: at(day), eventsBefore: at(day), tracesBefore: at(day), runsMax: 0 };
      expect(await prune(bench, old)).toEqual({ runs: 0, events: 0 });
      expect((await bench.store.runs.load([{ runSeq }]))[0]).toMatchObject({ otherItems: items.length });
      expect((await bench.store.runs.load([{ runSeq: waiting.runSeq }]))[0]).toMatchObject({
        otherItems: 1,
        events: [{ id: waiting.eventId }],
      });
    });

    test("attempts of a run that ended long ago may go before their run", async () => {
      await using bench = await setup(openStore);
      const attempt = { kind: "record_attempt", attempt: 0, generation: 1, startedAt: t0, endedAt: t0, steps: 0 } as const;
      const [alive, old, young] = [await bench.start(), await bench.start(), await bench.start({}, at(50))];
      await bench.outcomes([
        call(alive.lease, [attempt], { kind: "stay" }),
        call(old.lease, [attempt, attempt, settle("a")], end({ endedAt: at(60) })),
        call(young.lease, [attempt], end({ endedAt: at(100) })),
      ]);
      const attemptsOf = async (): Promise<readonly number[]> =>
        Promise.all([alive, old, young].map(async ({ runId }) => (await bench.store.reports.runAttempts(runId)).length));
      await prune(bench, { limit: 1 });
      expect(await attemptsOf()).toEqual([1, 2, 1]);
      await prune(bench, { tracesBefore: at(61), limit: 1 });
      expect(await attemptsOf()).toEqual([1, 0, 1]);
      expect(await bench.journal(old.runSeq)).toEqual(["a"]);
    });

    test("a run of many steps goes in several slices, over a crash too, and others go on", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const large = JSON.stringify("x".repeat(limits.payloadInlineLengthMax + 1)) as JsonText;
      const steps = Array.from({ length: 1_200 }, (_, index) => settle(`s${index}x`, index % 100 === 0 ? { memo: large } : {}));
      await bench.outcomes([call(run.lease, steps, end({ endedAt: at(1) }))]);
      const other = await ended(bench, at(2), at(1));
      const params = { now: later, endedBefore: at(day), failedBefore: never, eventsBefore: never, limit: 100 };
      const before = bench.store.counters.rowsWritten;
      expect(await bench.store.retention.prune(params)).toEqual({ runs: 0, events: 0, more: true });
      expect(bench.store.counters.rowsWritten - before).toBeLessThan(1_000);
      await bench.reopen();
      expect(await prune(bench, params)).toEqual({ runs: 2, events: 0 });
      expect([await bench.store.runs.find(run.runId), await bench.store.runs.find(other.runId)]).toEqual([undefined, undefined]);
      expect(await bench.store.reports.runSteps(run.runId)).toEqual([]);
    });

    test("a pass goes on after a crash where things stand", async () => {
      await using bench = await setup(openStore);
      for (let index = 0; index < 7; index += 1) await ended(bench, at(index), at(index));
      const params = { now: later, endedBefore: at(5), failedBefore: never, eventsBefore: at(5), limit: 2 };
      expect(await bench.store.retention.prune(params)).toEqual({ runs: 2, events: 2, more: true });
      await bench.reopen();
      expect(await prune(bench, params)).toEqual({ runs: 3, events: 3 });
      expect(await bench.store.reports.size()).toMatchObject({ runs: 2, events: 2 });
    });
  });

  describe("retention of events", () => {
    test("events go when they are old and no run that stays was started by them", async () => {
      await using bench = await setup(openStore);
      const large = JSON.stringify("x".repeat(limits.payloadInlineLengthMax + 1)) as JsonText;
      const alone = bench.event({ receivedAt: at(1), data: large });
      await bench.commit([
        bench.accept({ event: alone, starts: [], outcomes: [{ functionId: bench.functionId, kind: "expression_false" }] }),
      ]);
      const run = await bench.start({}, at(2), { receivedAt: at(2) });
      const done = await ended(bench, at(5), at(3));
      const young = bench.event({ receivedAt: at(100) });
      await bench.commit([bench.accept(bench.accepted([], young))]);

      expect(await prune(bench, { eventsBefore: at(100), limit: 2 })).toEqual({ runs: 0, events: 1 });
      expect(await bench.store.reports.getEvent(alone.id)).toBeUndefined();
      expect(await bench.store.reports.eventOutcomes(alone.id)).toEqual([]);
      expect(await prune(bench, { eventsBefore: at(100), endedBefore: at(50) })).toEqual({ runs: 1, events: 1 });
      expect(await bench.store.reports.getEvent(done.eventId)).toBeUndefined();
      expect((await bench.store.runs.load([{ runSeq: run.runSeq }]))[0]?.events).toHaveLength(1);
      expect(await bench.store.reports.getEvent(young.id)).toBeDefined();
    });

    test("an event that is the result of a step stays as long as its run", async () => {
      await using bench = await setup(openStore);
      const run = await bench.waiting([waitForEvent("w", bench.store.waits.mark())]);
      const event = await bench.send({ data: '{"paid":true}' as JsonText });
      await bench.outcomes([metBy(await bench.onlyWait(), event)]);
      const lease = bench.leaseOf(await bench.claimOne());
      await prune(bench, { eventsBefore: at(day) });
      expect(await bench.memos(run.runSeq)).toMatchObject({ w: { data: { paid: true } } });

      await bench.outcomes([call(lease, [], end({ endedAt: at(5) }))]);
      expect(await prune(bench, { eventsBefore: at(day) })).toEqual({ runs: 0, events: 0 });
      expect(await bench.memos(run.runSeq)).toMatchObject({ w: { data: { paid: true } } });
      expect(await prune(bench, { eventsBefore: at(day), endedBefore: at(day) })).toEqual({ runs: 1, events: 2 });
    });

    test("an event whose runs are yet to be made stays, and so does one whose runs a cursor made", async () => {
      await using bench = await setup(openStore);
      const start = bench.startOf();
      const event = bench.event({ receivedAt: at(1) });
      const rest = [{ functionId: start.functionId, runId: start.runId, dueAt: t0 }];
      await bench.outcomes([bench.accept({ ...bench.accepted([], event), rest })]);
      await bench.send({}, at(2));
      expect(await prune(bench, { eventsBefore: at(day) })).toEqual({ runs: 0, events: 1 });
      const [cursor] = await bench.store.cursors.list({ limit: 9 });
      if (cursor === undefined) throw new Error("no cursor");
      const { holder } = bench.store;
      const unit = { kind: "advance_cursor", holder, cursorSeq: cursor.seq, position: 0, starts: [start], outcomes: [], count: 1 } as const;
      await bench.outcomes([unit]);
      const run = await bench.run(start.runId);
      await bench.send({}, at(3));
      expect(await prune(bench, { eventsBefore: at(day) })).toEqual({ runs: 0, events: 1 });
      const lease = { kind: "own", runSeq: run.seq, holderId: holder.id, generation: 1 } as const;
      await bench.outcomes([call(lease, [], end({ endedAt: at(4) }))]);
      expect(await prune(bench, { eventsBefore: at(day), endedBefore: at(day) })).toEqual({ runs: 1, events: 1 });
    });

    test("nothing goes within a lookback or a dedupe window, whatever is asked for", async () => {
      await using bench = await setup(openStore);
      const window = Math.max(limits.lookbackMsMax, limits.dedupeWindowMs);
      const all = { endedBefore: later, failedBefore: later, eventsBefore: later };
      const run = await ended(bench, at(limits.lookbackMsMax), at(window));
      expect(await prune(bench, { ...all, now: at(2 * limits.lookbackMsMax) })).toMatchObject({ runs: 0, events: 0 });
      expect(await prune(bench, { ...all, now: at(2 * limits.lookbackMsMax + 1) })).toMatchObject({ runs: 1 });
      expect(await bench.store.reports.getEvent(run.eventId)).toEqual(window > limits.lookbackMsMax ? expect.anything() : undefined);
      const event = await bench.send({}, at(3 * day));
      expect(await prune(bench, { ...all, now: at(3 * day + window) })).toMatchObject({ events: 0 });
      expect(await prune(bench, { ...all, now: at(3 * day + window + 1) })).toMatchObject({ events: 1 });
      expect(await bench.store.reports.getEvent(event.id)).toBeUndefined();
    });

    test("after everything went, what comes next is behind whatever had been looked at", async () => {
      await using bench = await setup(openStore);
      await ended(bench, at(1));
      const before = bench.store.waits.mark();
      await bench.store.commit([], { now: t0, matched: before });
      await prune(bench, { endedBefore: at(day), eventsBefore: at(day) });
      expect(await bench.store.reports.size()).toMatchObject({ runs: 0, events: 0 });
      await bench.reopen();
      expect((await bench.send()).seq).toBeGreaterThan(Number(before));
    });
  });

  describe("retention of what belongs to others", () => {
    test("a child stays as long as its parent, and goes after it", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const child = bench.accepted([bench.startOf({ wantsLease: false })], bench.event());
      await bench.outcomes([call(parent.lease, [invoke("i", child)], bench.park(), { version: 2 })]);
      const childId = child.starts[0]?.runId ?? ("" as RunId);
      await bench.outcomes([{ ...cancel(childId), endedAt: at(2) }]);
      const lone = await ended(bench, at(3), at(1));
      expect(await prune(bench, { endedBefore: at(day), runsMax: 1, limit: 1 })).toMatchObject({ runs: 1 });
      expect(await bench.store.runs.find(lone.runId)).toBeUndefined();
      expect(await bench.store.runs.find(childId)).toMatchObject({ status: "cancelled" });

      const lease = bench.leaseOf(await bench.claimOne());
      const failure = { kind: "end", status: "failed", error: "{}" as JsonText, endedAt: at(4), sweep: true } as const;
      await bench.outcomes([call(lease, [], failure)]);
      expect(await prune(bench, { endedBefore: at(day) })).toMatchObject({ runs: 0 });
      expect(await prune(bench, { endedBefore: at(day), failedBefore: at(day) })).toMatchObject({ runs: 2 });
      expect(await bench.store.reports.size()).toMatchObject({ runs: 0 });
    });

    test("a child that waits for nobody any more, and a parent whose child is alive, go by themselves", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const child = bench.accepted([bench.startOf({ wantsLease: false })], bench.event());
      await bench.outcomes([call(parent.lease, [invoke("i", child)], end({ endedAt: at(1) }), { version: 2 })]);
      expect(await prune(bench, { endedBefore: at(day) })).toMatchObject({ runs: 1 });
      const lease = bench.leaseOf(await bench.claimOne());
      expect(await bench.outcomes([call(lease, [], end({ endedAt: at(2) }))])).toEqual([{ kind: "committed" }]);
      expect(await prune(bench, { endedBefore: at(day) })).toMatchObject({ runs: 1 });
    });

    test("a key is remembered until it expires and forgotten then, whatever becomes of its run", async () => {
      await using bench = await setup(openStore);
      const dedupe = { key: "k", expiresAt: at(3 * day) };
      const first = await bench.start({ dedupe });
      await bench.outcomes([call(first.lease, [], end({ endedAt: at(1) }))]);
      expect(await prune(bench, { now: at(2 * day), endedBefore: at(300) })).toMatchObject({ runs: 1 });
      const again = bench.accept(bench.accepted([bench.startOf({ dedupe })]));
      expect(await bench.outcomes([again], at(2 * day))).toMatchObject([
        { events: [{ starts: [{ kind: "duplicate", of: first.runId }] }] },
      ]);
      await prune(bench, { now: at(4 * day) });
      expect((await bench.start({ dedupe }, at(4 * day))).start).toBe("leased");
    });

    test("a signal is kept until its time, and no longer", async () => {
      await using bench = await setup(openStore);
      await bench.outcomes([signalOf(bench.store, "old", "1", at(day)), signalOf(bench.store, "young", "1", at(2 * day))]);
      await prune(bench, { now: at(day), limit: 1 });
      // Asked for at a time when both would still be kept: what is pruned is gone.
      const run = await bench.waiting([openGroup(["o", "y"]), waitForSignal("o", "old"), waitForSignal("y", "young")]);
      expect(await bench.journal(run.runSeq)).toEqual(["y"]);
    });
  });

  describe("runs of functions that are gone", () => {
    test("a run that is alive after its function went is listed when its time is over", async () => {
      await using bench = await setup(openStore);
      const [waiting, over] = [await bench.waiting([waitForSignal("s", "go")]), await ended(bench, at(1))];
      const other = await bench.start({ functionId: bench.otherFunctionId });
      const { environmentId, apps, retention } = bench.store;
      expect(await retention.listAbandoned({ archivedBefore: later, limit: 9 })).toEqual([]);
      const sync = {
        environmentId,
        name: "shop",
        uuid: "00000000-0000-4000-8000-000000000001",
        url: "http://localhost:3000/api/inngest",
        sdk: "js:4.0.0",
      };
      await apps.sync({ ...sync, checksum: "second", functions: [functionOf("shop-refund")], now: at(100) });
      expect(await retention.listAbandoned({ archivedBefore: at(100), limit: 9 })).toEqual([]);
      expect(await retention.listAbandoned({ archivedBefore: at(101), limit: 9 })).toEqual([waiting.runId]);
      await apps.remove({ environmentId, appId: (await apps.list()).apps[0]?.id ?? (0 as never), now: at(200) });
      expect(await retention.listAbandoned({ archivedBefore: at(201), limit: 9 })).toEqual([waiting.runId, other.runId]);
      expect(await retention.listAbandoned({ archivedBefore: at(201), limit: 1 })).toEqual([waiting.runId]);
      expect(await bench.run(over.runId)).toMatchObject({ status: "completed" });

      const functions = [functionOf("shop-order"), functionOf("shop-refund")];
      await apps.sync({ ...sync, checksum: "third", functions, now: at(300) });
      expect(await retention.listAbandoned({ archivedBefore: later, limit: 9 })).toEqual([]);
      // Runs of an app that drains are called, however long it takes.
      await apps.remove({ environmentId, appId: (await apps.list()).apps[0]?.id ?? (0 as never), now: at(400), drains: true });
      expect(await retention.listAbandoned({ archivedBefore: later, limit: 9 })).toEqual([]);
    });
  });
}
