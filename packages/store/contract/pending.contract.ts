import { limits } from "@stepwell/protocol";
import type { CollectRun, EventRecord, StartPendingUnit, StartRun, TimerKind, UnitOutcome } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { invoke } from "./wait-parts.ts";

const notFound = { kind: "not_found" };
type RunId = StartRun["runId"];

function debounce(parts: Partial<Extract<CollectRun, { kind: "debounce" }>> = {}): CollectRun {
  return { kind: "debounce", key: "", periodMs: 100, ts: t0, ...parts };
}

function batch(parts: Partial<Extract<CollectRun, { kind: "batch" }>> = {}): CollectRun {
  return { kind: "batch", key: "", timeoutMs: 100, sizeMax: 3, bytesMax: 1_000, bytes: 10, ...parts };
}

/** One event that is collected: its id, and the run it went into. */
async function collect(bench: Bench, by: CollectRun, now = t0, parts: Partial<StartRun> = {}, event: Partial<EventRecord> = {}) {
  const record = bench.event({ receivedAt: now, ...event });
  const start = bench.startOf({ collect: by, wantsLease: false, dueAt: now, ...parts });
  const [outcome] = await bench.outcomes([bench.accept(bench.accepted([start], record))], now);
  const [result] = outcome?.kind === "accepted" && outcome.events[0]?.kind === "stored" ? outcome.events[0].starts : [];
  if (result?.kind !== "pending") throw new Error(`it was not collected: ${JSON.stringify(outcome)}`);
  return { eventId: record.id, runId: result.runId, isKept: result.isKept };
}

/** The unit that starts the run, of what is seen now. */
async function startOf(bench: Bench, runId: RunId, parts: Partial<StartRun> = {}): Promise<StartPendingUnit> {
  const pending = await bench.store.pending.find(runId);
  const timer = await bench.store.timers.get({ kind: (pending?.kind ?? "batch") as TimerKind, subject: runId });
  if (pending === undefined || timer === undefined) throw new Error("nothing is pending");
  const { kind, subject, dueAt } = timer;
  const start = bench.startOf({ runId, functionId: pending.functionId, wantsLease: false, ...parts });
  return { kind: "start_pending", holder: bench.store.holder, timer: { kind, subject, dueAt }, joins: pending.joins, start };
}

function resultOf(outcome: UnitOutcome | undefined) {
  const [event] = outcome?.kind === "committed" ? (outcome.events ?? []) : [];
  return event?.kind === "stored" ? event.starts[0] : undefined;
}

async function eventsOf(bench: Bench, runId: RunId): Promise<readonly string[]> {
  const { runSeq } = await bench.claimOne(at(1_000_000));
  const [state] = await bench.store.runs.load([{ runSeq }]);
  expect((await bench.store.reports.runEvents(runId)).map(({ id }) => id)).toEqual(state?.events.map(({ id }) => id));
  return state?.events.map(({ id }) => id) ?? [];
}

async function dueTimes(bench: Bench): Promise<readonly (readonly [string, number])[]> {
  return (await bench.timers()).map(({ kind, dueAt }) => [kind, dueAt === 0 ? 0 : dueAt - t0] as const);
}

/** What every store promises of runs whose events are collected before they begin. */
export function pendingContract(openStore: OpenStore): void {
  describe("runs that are collected", () => {
    test("a debounce keeps the last event, moves its time with each, and never beyond its cap", async () => {
      await using bench = await setup(openStore);
      const by = debounce({ timeoutMs: 250 });
      const first = await collect(bench, by);
      expect(await dueTimes(bench)).toEqual([["debounce", 100]]);
      const second = await collect(bench, by, at(90));
      expect(await dueTimes(bench)).toEqual([["debounce", 190]]);
      const third = await collect(bench, by, at(180));
      expect(await dueTimes(bench)).toEqual([["debounce", 250]]);
      expect([second, third].map(({ runId, isKept }) => [runId, isKept])).toEqual([
        [first.runId, true],
        [first.runId, true],
      ]);
      expect(await bench.store.pending.find(first.runId)).toMatchObject({
        kind: "debounce",
        functionId: bench.functionId,
        event: { id: third.eventId },
        startAt: at(180),
        joins: 3,
      });
      for (const { eventId } of [first, second, third])
        expect(await bench.store.reports.eventOutcomes(eventId)).toMatchObject([
          { kind: "debounced", detail: first.runId, keptEventId: third.eventId },
        ]);
      expect(await bench.store.runs.find(first.runId)).toBeUndefined();
    });

    test("an event with an older time counts for nothing, and one with the same time counts", async () => {
      await using bench = await setup(openStore);
      const { runId } = await collect(bench, debounce({ ts: at(50) }));
      const older = await collect(bench, debounce({ ts: at(49) }), at(60));
      expect([older.isKept, await dueTimes(bench)]).toEqual([false, [["debounce", 100]]]);
      expect(await bench.store.reports.eventOutcomes(older.eventId)).toMatchObject([{ kind: "debounced", detail: runId }]);
      const same = await collect(bench, debounce({ ts: at(50) }), at(70));
      expect([same.isKept, await dueTimes(bench)]).toEqual([true, [["debounce", 170]]]);
      expect((await bench.store.pending.find(runId))?.event.id).toBe(same.eventId);
    });

    test("the event that is kept becomes the run's, once, and nothing is left", async () => {
      await using bench = await setup(openStore);
      const { runId, eventId: dropped } = await collect(bench, debounce());
      const { eventId } = await collect(bench, debounce(), at(10));
      const unit = await startOf(bench, runId, { origin: "invoke" });
      const outcomes = await bench.outcomes([unit, unit], at(110));
      expect(resultOf(outcomes[0])).toMatchObject({ kind: "queued" });
      expect(outcomes[1]).toEqual(notFound);
      expect([await bench.timers(), await bench.store.pending.find(runId)]).toEqual([[], undefined]);
      expect(await bench.run(runId)).toMatchObject({ queuedAt: at(110), origin: "invoke" });
      expect(await eventsOf(bench, runId)).toEqual([eventId]);
      expect(await bench.store.reports.eventRuns(eventId)).toMatchObject([{ id: runId, eventId }]);
      expect(await bench.store.reports.eventOutcomes(dropped)).toMatchObject([{ kind: "debounced", detail: runId, keptEventId: eventId }]);
      expect(await bench.outcomes([unit], at(120))).toEqual([notFound]);
    });

    test("it begins leased where that is wanted and nobody is before it, with all of its events to be loaded", async () => {
      await using bench = await setup(openStore);
      const ids: string[] = [];
      for (const ms of [0, 1]) ids.push((await collect(bench, batch(), at(ms))).eventId);
      const [timer] = await bench.timers();
      const runId = (timer?.subject ?? "") as RunId;
      const [outcome] = await bench.outcomes([await startOf(bench, runId, { wantsLease: true })], at(100));
      const result = resultOf(outcome);
      if (result?.kind !== "leased") throw new Error(`it was not leased: ${JSON.stringify(outcome)}`);
      expect(await bench.store.queue.listHeld({ holderId: bench.store.holder.id })).toMatchObject([
        { itemId: runId, lease: { kind: "own", runSeq: result.runSeq, generation: 1 } },
      ]);
      const [state] = await bench.store.runs.load([{ runSeq: result.runSeq }]);
      expect(state?.events.map(({ id }) => id)).toEqual(ids);
      // Behind a run that waits in its lane it waits as well.
      await bench.outcomes([bench.accept(bench.accepted([bench.startOf({ wantsLease: false })]))], at(110));
      const next = await collect(bench, debounce(), at(120));
      const [later] = await bench.outcomes([await startOf(bench, next.runId, { wantsLease: true })], at(220));
      expect(resultOf(later)).toMatchObject({ kind: "queued" });
    });

    test("who has not seen the last event starts nothing", async () => {
      await using bench = await setup(openStore);
      const by = debounce({ timeoutMs: 100 });
      const { runId } = await collect(bench, by);
      const stale = await startOf(bench, runId);
      await collect(bench, by, at(50));
      expect(await bench.outcomes([stale], at(100))).toEqual([notFound]);
      const moved = { ...(await startOf(bench, runId)), timer: { ...stale.timer, dueAt: at(99) } };
      expect(await bench.outcomes([moved], at(100))).toEqual([notFound]);
      expect(await bench.store.runs.find(runId)).toBeUndefined();
      expect(resultOf((await bench.outcomes([await startOf(bench, runId)], at(100)))[0])).toMatchObject({ kind: "queued" });
    });

    test.each([debounce(), batch()])("from its due time on nothing goes into it, though it has not begun: $kind", async (by) => {
      await using bench = await setup(openStore);
      const { runId, eventId } = await collect(bench, by);
      const seen = await startOf(bench, runId);
      const next = await collect(bench, by, at(100));
      expect(next).toMatchObject({ isKept: true });
      expect(next.runId).not.toBe(runId);
      expect(await dueTimes(bench)).toEqual([
        [by.kind, 100],
        [by.kind, 200],
      ]);
      expect(resultOf((await bench.outcomes([seen], at(101)))[0])).toMatchObject({ kind: "queued" });
      expect(await eventsOf(bench, runId)).toEqual([eventId]);
      expect((await bench.store.pending.find(next.runId))?.joins).toBe(1);
    });

    test("a batch keeps every event in the order of acceptance, and its time does not move", async () => {
      await using bench = await setup(openStore);
      const first = await collect(bench, batch(), t0, {}, { ts: at(900) });
      const second = await collect(bench, batch(), at(99), {}, { ts: at(-900) });
      expect(second.runId).toBe(first.runId);
      expect(await dueTimes(bench)).toEqual([["batch", 100]]);
      expect(await bench.store.pending.find(first.runId)).toMatchObject({ kind: "batch", event: { id: first.eventId }, joins: 2 });
      await bench.outcomes([await startOf(bench, first.runId)], at(100));
      expect(await eventsOf(bench, first.runId)).toEqual([first.eventId, second.eventId]);
      for (const { eventId } of [first, second]) {
        expect(await bench.store.reports.eventRuns(eventId)).toMatchObject([{ id: first.runId, eventId: first.eventId, eventCount: 2 }]);
        expect(await bench.store.reports.eventOutcomes(eventId)).toMatchObject([{ kind: "batched", detail: first.runId }]);
      }
    });

    test("a batch that is full is due at once, and the next event opens another", async () => {
      await using bench = await setup(openStore);
      const starts = Array.from({ length: 7 }, () => bench.startOf({ collect: batch(), wantsLease: false }));
      const { outcomes, wake } = await bench.commit([bench.accept(...starts.map((start) => bench.accepted([start])))]);
      const [outcome] = outcomes;
      const runIds = outcome?.kind !== "accepted" ? [] : outcome.events.map((event) => event.kind === "stored" && event.starts[0]);
      const [one, two, three] = [starts[0], starts[3], starts[6]].map((start) => start?.runId);
      expect(runIds.map((start) => start !== false && start?.kind === "pending" && start.runId)).toEqual([
        ...[one, one, one, two, two, two],
        three,
      ]);
      expect(wake.timerDueAt).toBe(0);
      expect(await dueTimes(bench)).toEqual([
        ["batch", 0],
        ["batch", 0],
        ["batch", 100],
      ]);
    });

    test("a batch is full by its bytes, and holds no more than they allow", async () => {
      await using bench = await setup(openStore);
      const first = await collect(bench, batch({ sizeMax: 100, bytes: 600 }));
      const next = await collect(bench, batch({ sizeMax: 100, bytes: 600 }), at(1));
      expect(next.runId).not.toBe(first.runId);
      expect((await dueTimes(bench)).map(([, due]) => due)).toEqual([0, 101]);
      const filled = await collect(bench, batch({ sizeMax: 100, bytes: 400 }), at(2));
      expect(filled.runId).toBe(next.runId);
      const large = await collect(bench, batch({ sizeMax: 100, bytes: 5_000 }), at(3));
      expect(large.runId).not.toBe(next.runId);
      expect((await dueTimes(bench)).map(([, due]) => due)).toEqual([0, 0, 0]);
    });

    test("each function, kind and key has its own", async () => {
      await using bench = await setup(openStore);
      const runs = [
        await collect(bench, batch()),
        await collect(bench, batch({ key: "a" })),
        await collect(bench, debounce()),
        await collect(bench, batch(), t0, { functionId: bench.otherFunctionId }),
      ];
      expect(new Set(runs.map(({ runId }) => runId)).size).toBe(4);
    });

    test("a duplicate is no event of it, and names the run that it went into", async () => {
      await using bench = await setup(openStore);
      const { runId } = await collect(bench, batch());
      const dedupe = { key: "event x", expiresAt: at(9_000) };
      const again = bench.startOf({ collect: batch(), dedupe });
      expect((await collect(bench, batch(), at(1), { dedupe })).runId).toBe(runId);
      const [outcome] = await bench.outcomes([bench.accept(bench.accepted([again]))], at(2));
      expect(outcome).toMatchObject({ kind: "accepted", events: [{ starts: [{ kind: "duplicate", of: runId }] }] });
      expect((await bench.store.pending.find(runId))?.joins).toBe(2);
    });

    test("everything is there after a restart, and a refused unit leaves nothing", async () => {
      await using bench = await setup(openStore);
      const { runId } = await collect(bench, debounce());
      const { runId: taken } = await bench.start();
      const unit = bench.accept(bench.accepted([bench.startOf({ collect: debounce() }), bench.startOf({ runId: taken })]));
      expect((await bench.outcomes([unit], at(10)))[0]?.kind).toBe("refused");
      const before = await bench.store.pending.find(runId);
      expect(before?.joins).toBe(1);
      await bench.reopen(at(50));
      expect(await bench.store.pending.find(runId)).toEqual(before);
      expect(await dueTimes(bench)).toEqual([["debounce", 100]]);
      expect((await collect(bench, debounce(), at(60))).runId).toBe(runId);
    });

    test("what would cancel it counts from its beginning", async () => {
      await using bench = await setup(openStore);
      const rule = { eventName: "shop/cancelled", dueAt: at(9_000) };
      const { runId } = await collect(bench, batch());
      await bench.send({ name: rule.eventName }, at(50));
      const outcomes = await bench.outcomes([await startOf(bench, runId, { cancelRules: [rule] })], at(100));
      expect(outcomes[0]).not.toHaveProperty("unlooked");
      const wait = await bench.onlyWait();
      const later = await bench.send({ name: rule.eventName }, at(150));
      expect(Number(wait.since)).toBeLessThan(later.seq);
      const find = { environmentId: bench.store.environmentId, eventName: rule.eventName, terms: [], after: 0 as never, limit: 9 };
      expect(await bench.store.waits.find({ ...find, eventSeq: later.seq })).toHaveLength(1);
    });

    test("its event stays as long as it is needed", async () => {
      await using bench = await setup(openStore);
      const old = await collect(bench, debounce({ periodMs: 9 * limits.lookbackMsMax }));
      const kept = await collect(bench, debounce({ periodMs: 9 * limits.lookbackMsMax }), at(1));
      const now = at(8 * limits.lookbackMsMax);
      const cutoff = { endedBefore: now, failedBefore: now, eventsBefore: now };
      await bench.store.retention.prune({ now, limit: 100, ...cutoff });
      expect(await bench.store.reports.getEvent(old.eventId)).toBeUndefined();
      expect(await bench.store.reports.getEvent(kept.eventId)).toBeDefined();
    });
  });

  describe("steps that invoke a run that is collected", () => {
    async function invoking(bench: Bench, by: CollectRun, now = t0, cancelsChild = false) {
      const parent = await bench.start({}, now);
      const start = bench.startOf({ functionId: bench.otherFunctionId, collect: by, origin: "invoke" });
      const child = bench.accepted([start], bench.event({ name: "inngest/function.invoked", receivedAt: now }));
      const unit = call(parent.lease, [invoke("i", child, { cancelsChild })], bench.park(), { version: 2 });
      const [outcome] = await bench.outcomes([unit], now);
      const result = resultOf(outcome);
      if (result?.kind !== "pending") throw new Error(`it was not collected: ${JSON.stringify(outcome)}`);
      return { parent, childId: result.runId, eventId: child.event.id };
    }

    test("each invoker of a batch has the result of its run", async () => {
      await using bench = await setup(openStore);
      const one = await invoking(bench, batch());
      const two = await invoking(bench, batch(), at(1));
      expect(two.childId).toBe(one.childId);
      await collect(bench, batch(), at(2), { functionId: bench.otherFunctionId });
      const result = resultOf((await bench.outcomes([await startOf(bench, one.childId, { origin: "invoke" })], at(3)))[0]);
      if (result?.kind !== "queued") throw new Error("it did not queue");
      const item = await bench.claimOne(at(4));
      await bench.outcomes([call(bench.leaseOf(item), [], end({ output: "42" as never }))], at(5));
      for (const { parent } of [one, two]) expect(await bench.memos(parent.runSeq)).toEqual({ i: { data: 42 } });
      expect((await bench.claim({ now: at(6) })).items.map(({ runId }) => runId).sort()).toEqual(
        [one, two].map(({ parent }) => parent.runId).sort(),
      );
    });

    test("a step whose event a debounce drops fails at once, and names the event that is kept", async () => {
      await using bench = await setup(openStore);
      const one = await invoking(bench, debounce());
      const two = await invoking(bench, debounce(), at(1));
      expect(await bench.memos(one.parent.runSeq)).toMatchObject({
        i: { error: { name: "InvokedFunctionNotStartedError", code: "debounced", message: expect.stringContaining(two.eventId) } },
      });
      expect((await bench.claimOne(at(2))).runId).toBe(one.parent.runId);
      const older = await invoking(bench, debounce({ ts: at(-1) }), at(3));
      expect(await bench.memos(older.parent.runSeq)).toMatchObject({
        i: { error: { code: "debounced", message: expect.stringContaining(two.eventId) } },
      });
      expect(await bench.memos(two.parent.runSeq)).toEqual({});
    });

    test("two steps of one reply that meet in a debounce: the first fails, the second waits", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const child = () => bench.accepted([bench.startOf({ functionId: bench.otherFunctionId, collect: debounce() })]);
      const effects = [invoke("i", child()), invoke("j", child())];
      await bench.outcomes([call(parent.lease, effects, bench.park(), { version: 2 })]);
      expect(await bench.memos(parent.runSeq)).toMatchObject({ i: { error: { code: "debounced" } } });
      expect(await bench.onlyWait()).toMatchObject({ kind: "invoke", runId: parent.runId });
    });

    test("a child that only one step asked for is cancelled with its parent, before and after it began", async () => {
      await using bench = await setup(openStore);
      const gone = await invoking(bench, batch(), t0, true);
      await bench.outcomes([cancel(gone.parent.runId)]);
      expect((await dueTimes(bench)).map(([kind]) => kind)).toEqual(["batch"]);
      await bench.outcomes([await startOf(bench, gone.childId)], at(100));
      expect(await bench.timers()).toMatchObject([{ kind: "cancel_run", subject: gone.childId }]);

      const alive = await invoking(bench, batch(), at(200), true);
      await bench.outcomes([await startOf(bench, alive.childId)], at(300));
      await bench.outcomes([cancel(alive.parent.runId)], at(301));
      expect((await bench.timers()).map(({ subject }) => subject)).toContain(alive.childId);
    });

    test("a child that others asked for too goes on without its parent", async () => {
      await using bench = await setup(openStore);
      const one = await invoking(bench, batch(), t0, true);
      await invoking(bench, batch(), at(1), true);
      await bench.outcomes([await startOf(bench, one.childId)], at(100));
      await bench.outcomes([cancel(one.parent.runId)], at(101));
      expect(await bench.timers()).toEqual([]);
    });

    test("a child that does not begin after all fails the steps that wait for it", async () => {
      await using bench = await setup(openStore);
      const { parent, childId } = await invoking(bench, batch());
      const dedupe = { key: "k", expiresAt: at(9_000) };
      await bench.start({ functionId: bench.otherFunctionId, dedupe });
      const outcomes = await bench.outcomes([await startOf(bench, childId, { dedupe })], at(100));
      expect(resultOf(outcomes[0])?.kind).toBe("duplicate");
      expect(await bench.memos(parent.runSeq)).toMatchObject({ i: { error: { code: "not_started" } } });
    });
  });
}
