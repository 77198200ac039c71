import { eventMapJson, type JsonText, limits, type StoreSeq } from "@stepwell/protocol";
import type { ResolveWaitUnit } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, openGroup, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { endedWith, metBy, waitForEvent, waitForSignal } from "./wait-parts.ts";

const committed = { kind: "committed" };
const notFound = { kind: "not_found" };

/** A run that waits in one step, by an own mark. */
function waitingRun(bench: Bench, name = "w", parts: Parameters<typeof waitForEvent>[2] = {}) {
  return bench.waiting([waitForEvent(name, bench.store.waits.mark(), parts)]);
}

/** What every store promises of waits for events: how they begin, and what ends them. */
export function waitsContract(openStore: OpenStore): void {
  describe("waits", () => {
    test("a run that waits has nothing queued or held, and its wait says what it is for", async () => {
      await using bench = await setup(openStore);
      const term = { path: "data.order", value: '"7"' as JsonText };
      const parts = {
        term,
        expression: "async.data.order == event.data.order && async.data.paid",
        bindings: '{"data":{"order":"7"}}' as JsonText,
      };
      const since = bench.store.waits.mark();
      const run = await bench.start();
      const unit = call(run.lease, [waitForEvent("w", since, { ...parts, dueAt: at(5_000) })], bench.park(), { version: 2 });
      const { outcomes, wake } = await bench.commit([unit]);
      expect(outcomes).toEqual([committed]);
      expect(wake).toEqual({ ready: false, timerDueAt: at(5_000) });

      expect(await bench.onlyWait()).toEqual({
        seq: expect.any(Number),
        kind: "event",
        environmentId: bench.store.environmentId,
        runSeq: run.runSeq,
        runId: run.runId,
        functionId: bench.functionId,
        stepId: stepId("w"),
        eventName: "shop/paid",
        ...parts,
        since,
        dueAt: at(5_000),
      });
      expect(bench.countUnderWay()).toBe(0);
      expect(await bench.run(run.runId)).toMatchObject({ status: "running", emptyReplies: 0, journalLength: 0 });
      expect((await bench.store.runs.load([{ runSeq: run.runSeq }]))[0]?.otherItems).toBe(1);
      expect(await bench.store.queue.listHeld({ holderId: bench.store.holder.id })).toEqual([]);
    });

    test("the names and paths that somebody waits by are known, and forgotten with the last of them", async () => {
      await using bench = await setup(openStore);
      const { waits, environmentId } = bench.store;
      const term = { path: "data.order", value: "7" as JsonText };
      expect(waits.isAwaited(environmentId, "shop/paid")).toBe(false);
      await waitingRun(bench, "a", { term });
      await waitingRun(bench, "b", { term });
      await waitingRun(bench, "c");
      expect(waits.isAwaited(environmentId, "shop/paid")).toBe(true);
      expect(waits.isAwaited(environmentId, "shop/pai")).toBe(false);
      expect(waits.pathsOf(environmentId, "shop/paid")).toEqual(["data.order"]);

      const [a, b, c] = await bench.waits();
      await bench.outcomes([a, c].map((wait) => endedWith(wait ?? { seq: 0 as StoreSeq })));
      expect(waits.pathsOf(environmentId, "shop/paid")).toEqual(["data.order"]);
      await bench.outcomes([cancel(b?.runId ?? ("" as never))]);
      expect(waits.isAwaited(environmentId, "shop/paid")).toBe(false);
      expect(waits.pathsOf(environmentId, "shop/paid")).toEqual([]);
    });

    test("an event ends a wait, and its memo is the event as its sender knows it", async () => {
      await using bench = await setup(openStore);
      const run = await waitingRun(bench);
      const event = await bench.send({
        externalId: "paid 7",
        ts: at(-5),
        data: '{"order":"7","é":1}' as JsonText,
        user: '{"id":1}' as JsonText,
        meta: '{"m":2}' as JsonText,
        v: "2",
      });
      expect(await bench.outcomes([metBy(await bench.onlyWait(), event)])).toEqual([committed]);
      expect(await bench.waits()).toEqual([]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId: run.runId, generation: 2, attempt: 0 }]);

      const [state] = await bench.store.runs.load([{ runSeq: run.runSeq }]);
      expect(state?.entries).toEqual([{ stepId: stepId("w"), ord: 1, memo: eventMapJson({ ...event, id: "paid 7" }) }]);
      expect(state?.run).toMatchObject({ journalLength: 1, stateBytes: Buffer.byteLength('{"order":"7","é":1}{"id":1}{"m":2}') });
      expect(state?.otherItems).toBe(0);
    });

    test("an event without an id of its sender's has ours, and a large one is no copy", async () => {
      await using bench = await setup(openStore);
      const rowsFor = async (data: string): Promise<number> => {
        const run = await waitingRun(bench);
        const event = await bench.send({ data: data as JsonText });
        const wait = await bench.onlyWait();
        const before = bench.store.counters.rowsWritten;
        await bench.outcomes([metBy(wait, event)]);
        const rows = bench.store.counters.rowsWritten - before;
        await bench.claimOne();
        expect(await bench.memos(run.runSeq)).toMatchObject({ w: { id: event.id, data: JSON.parse(data) } });
        return rows;
      };
      const large = JSON.stringify("x".repeat(limits.payloadInlineLengthMax + 1));
      expect(await rowsFor(large)).toBe(await rowsFor("1"));
    });

    test.each([
      { result: { kind: "memo", memo: "null" as JsonText, failed: false } as const, state: "completed" },
      { result: { kind: "memo", memo: '{"error":{"name":"TimedOut"}}' as JsonText, failed: true } as const, state: "failed" },
      { result: { kind: "derived", eventId: "01HG" as never, memo: '{"name":"e"}' as JsonText } as const, state: "completed" },
    ])("a wait ends with $result.kind $result.memo, and its step is $state", async ({ result, state }) => {
      await using bench = await setup(openStore);
      const run = await waitingRun(bench);
      const { seq: waitSeq } = await bench.onlyWait();
      expect(await bench.outcomes([{ kind: "resolve_wait", waitSeq, endedAt: at(9), result }])).toEqual([committed]);
      expect(await bench.memos(run.runSeq)).toEqual({ w: JSON.parse(result.memo) });
      expect(await bench.store.reports.runSteps(run.runId)).toMatchObject([
        { op: "WaitForEvent", name: "w", state, startedAt: t0, endedAt: at(9), ord: 1, dueAt: at(60_000) },
      ]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own", runId: run.runId });
    });

    test("of an event and a timeout in one batch the first decides, and a wait ends once", async () => {
      await using bench = await setup(openStore);
      const [one, two] = [await waitingRun(bench), await waitingRun(bench)];
      const [first, second] = await bench.waits();
      const event = await bench.send();
      if (first === undefined || second === undefined) throw new Error("two waits");
      const units = [metBy(first, event), endedWith(first), endedWith(second), metBy(second, event), endedWith(second)];
      expect(await bench.outcomes(units)).toEqual([committed, notFound, committed, notFound, notFound]);
      expect(await bench.outcomes(units)).toEqual([notFound, notFound, notFound, notFound, notFound]);
      expect(await bench.memos(one.runSeq)).toMatchObject({ w: { id: event.id } });
      expect(await bench.memos(two.runSeq)).toEqual({ w: null });
      expect((await bench.claim()).items).toHaveLength(2);
    });

    test("one event ends many waits: of several runs, and several of one run", async () => {
      await using bench = await setup(openStore);
      const { store } = bench;
      const since = store.waits.mark();
      const one = await bench.waiting([openGroup(["a", "b"]), waitForEvent("a", since), waitForEvent("b", since)]);
      const two = await waitingRun(bench, "c");
      const event = await bench.send();
      const waits = await bench.waits();
      expect(await bench.outcomes(waits.map((wait) => metBy(wait, event)))).toEqual([committed, committed, committed]);
      expect(await bench.memos(one.runSeq)).toMatchObject({ a: { id: event.id }, b: { id: event.id } });
      expect(await bench.memos(two.runSeq)).toMatchObject({ c: { id: event.id } });
    });

    test("an event counts once per run and name of a wait: in a loop the next one is met by the next event", async () => {
      await using bench = await setup(openStore);
      const run = await waitingRun(bench, "w");
      const other = await waitingRun(bench, "w");
      const event = await bench.send();
      const [wait] = await bench.waits();
      await bench.outcomes([metBy(wait ?? (await bench.onlyWait()), event)]);
      const item = await bench.claimOne();
      const next = waitForEvent("w1", bench.store.waits.mark(), { name: "w" });
      await bench.outcomes([call(bench.leaseOf(item), [next], bench.park())]);

      const again = (await bench.waits()).find(({ runId }) => runId === run.runId);
      if (again === undefined) throw new Error("no second wait");
      const derived: ResolveWaitUnit = {
        kind: "resolve_wait",
        waitSeq: again.seq,
        endedAt: t0,
        result: { kind: "derived", eventId: event.id, memo: "1" as JsonText },
      };
      expect(await bench.outcomes([metBy(again, event), derived])).toEqual([notFound, notFound]);
      expect(await bench.waits()).toHaveLength(2);
      const later = await bench.send();
      expect(await bench.outcomes([metBy(again, later)])).toEqual([committed]);

      // Another run may take it, and so may a wait of another name.
      const elsewhere = (await bench.waits()).find(({ runId }) => runId === other.runId);
      expect(await bench.outcomes(elsewhere === undefined ? [] : [metBy(elsewhere, event)])).toEqual([committed]);
    });

    test("an event that follows from a run and one that has a row are the same by their id", async () => {
      await using bench = await setup(openStore);
      const since = bench.store.waits.mark();
      await bench.waiting([waitForEvent("w", since), waitForEvent("w1", since, { name: "w" })]);
      const event = await bench.send();
      const [first, second] = await bench.waits();
      if (first === undefined || second === undefined) throw new Error("two waits");
      const result = { kind: "derived", eventId: event.id, memo: '{"id":1}' as JsonText } as const;
      expect(await bench.outcomes([{ kind: "resolve_wait", waitSeq: first.seq, endedAt: t0, result }, metBy(second, event)])).toEqual([
        committed,
        notFound,
      ]);
    });

    test("what is no wait, or over, and an event that is not there, are turned away and leave no trace", async () => {
      await using bench = await setup(openStore);
      const run = await waitingRun(bench);
      const wait = await bench.onlyWait();
      const event = await bench.send();
      const unknown = endedWith({ seq: (wait.seq + 1_000) as StoreSeq });
      expect(await bench.outcomes([unknown, metBy(wait, { ...event, seq: (event.seq + 1_000) as StoreSeq })])).toEqual([
        notFound,
        notFound,
      ]);
      expect(await bench.waits()).toEqual([wait]);
      expect(await bench.run(run.runId)).toMatchObject({ journalLength: 0, stateBytes: 0 });
      await bench.outcomes([cancel(run.runId)]);
      expect(await bench.outcomes([metBy(wait, event), endedWith(wait)])).toEqual([notFound, notFound]);
      expect(await bench.memos(run.runSeq)).toEqual({});
      expect(bench.countUnderWay()).toBe(0);
    });

    test("a wait that is reported again stays as it was, open or over", async () => {
      await using bench = await setup(openStore);
      const since = bench.store.waits.mark();
      const run = await bench.start();
      const first = call(run.lease, [waitForEvent("w", since, { dueAt: at(100) })], { kind: "stay" }, { version: 2 });
      const again = call(run.lease, [waitForEvent("w", since, { dueAt: at(999), eventName: "other" })], bench.park());
      expect(await bench.outcomes([first, again])).toEqual([committed, committed]);
      const wait = await bench.onlyWait();
      expect(wait).toMatchObject({ eventName: "shop/paid", dueAt: at(100) });
      await bench.outcomes([endedWith(wait)]);
      const item = await bench.claimOne();
      await bench.outcomes([call(bench.leaseOf(item), [waitForEvent("w", since)], { kind: "stay" })]);
      expect(await bench.waits()).toEqual([]);
      expect(await bench.memos(run.runSeq)).toEqual({ w: null });
    });

    test("waits of one group wake their run when the last of it is over, whatever ends it", async () => {
      await using bench = await setup(openStore);
      const since = bench.store.waits.mark();
      const nap = bench.sleep("nap", at(100), { itemId: bench.newItemId() });
      const group = openGroup(["a", "s", "nap"]);
      const run = await bench.waiting([group, waitForEvent("a", since), waitForSignal("s", "go"), nap], { version: 2, plan: true });
      const [a, s] = await bench.waits();
      await bench.outcomes([endedWith(a ?? { seq: 0 as StoreSeq })]);
      expect((await bench.claim({ now: at(100) })).items).toEqual([]); // The sleep is over as well.
      expect(await bench.journal(run.runSeq)).toEqual(["a", "nap"]);
      await bench.outcomes([endedWith(s ?? { seq: 0 as StoreSeq })]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId: run.runId }]);
      expect(await bench.run(run.runId)).toMatchObject({ plan: false, emptyReplies: 0 });
    });

    test.each([
      { rule: "of a race", version: 2, race: true },
      { rule: "of an SDK of execution version 1", version: 1, race: false },
    ])("a wait $rule wakes its run whatever else is open", async ({ version, race }) => {
      await using bench = await setup(openStore);
      const since = bench.store.waits.mark();
      const parts = { race, wake: "always" } as const;
      const group = version >= 2 ? [openGroup(["a", "b"], race)] : [];
      const run = await bench.waiting([...group, waitForEvent("a", since, parts), waitForEvent("b", since, parts)], { version });
      const [a] = await bench.waits();
      await bench.outcomes([endedWith(a ?? { seq: 0 as StoreSeq })]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId: run.runId }]);
      expect(await bench.waits()).toHaveLength(1);
    });

    test("a step that was reported alone wakes its run, though a loser of an earlier race is open", async () => {
      await using bench = await setup(openStore);
      const { lease, items } = await bench.fanOut(["fast", "slow"], { race: true });
      const fast = items.find((item) => item.stepId === stepId("fast"));
      if (fast === undefined) throw new Error("no fast step");
      await bench.outcomes([call(bench.leaseOf(fast), [settle("fast", { wake: "always" })], { kind: "done" })]);
      const own = await bench.claimOne();
      await bench.outcomes([call({ ...lease, generation: own.generation }, [waitForEvent("w", bench.store.waits.mark())], bench.park())]);
      await bench.outcomes([endedWith(await bench.onlyWait())]);
      const again = await bench.claimOne();
      expect(again).toMatchObject({ kind: "own" });
      await bench.outcomes([call(bench.leaseOf(again), [bench.plan("alone")], bench.park())]);
      const alone = await bench.claimOne();
      await bench.outcomes([call(bench.leaseOf(alone), [settle("alone", { wake: "group" })], { kind: "done" })]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own" });
    });

    test("a wait that ends while its run is in hand is told of when the run parks", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const begin = call(run.lease, [waitForEvent("w", bench.store.waits.mark())], { kind: "stay" }, { version: 2 });
      await bench.outcomes([begin]);
      await bench.outcomes([endedWith(await bench.onlyWait())]);
      expect((await bench.claim()).items).toEqual([]);
      const stale = call({ ...run.lease, journalLength: 0 }, [settle("a")], { kind: "keep" });
      expect(await bench.outcomes([stale, call(run.lease, [], bench.park())])).toEqual([{ kind: "stale_journal" }, committed]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own", generation: 2 });
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 0 });
    });

    test("a wait whose group has a step that was never planned does not leave its run asleep", async () => {
      await using bench = await setup(openStore);
      const run = await bench.waiting([openGroup(["w", "ghost"]), waitForEvent("w", bench.store.waits.mark())]);
      await bench.outcomes([endedWith(await bench.onlyWait())]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own", runId: run.runId });
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 1 });
    });

    test("the end of a run takes its waits along, in the unit that registers them too", async () => {
      await using bench = await setup(openStore);
      const { waits, environmentId } = bench.store;
      const run = await bench.start();
      const since = waits.mark();
      const unit = call({ ...run.lease, journalLength: 0 }, [waitForEvent("w", since), waitForSignal("s", "go")], end({ sweep: false }));
      expect(await bench.outcomes([unit])).toEqual([committed]);
      const other = await waitingRun(bench);
      await bench.outcomes([cancel(other.runId)]);
      expect(await bench.waits()).toEqual([]);
      expect(waits.isAwaited(environmentId, "shop/paid")).toBe(false);
      expect(await bench.store.timers.due({ now: at(999_999), limit: 10 })).toEqual({ timers: [], waits: [] });
    });

    test("a step that waits and is run by the app after all takes its wait along", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [waitForEvent("w", bench.store.waits.mark())], { kind: "keep" }, { version: 2 })]);
      await bench.outcomes([call({ ...run.lease, generation: 2, journalLength: 0 }, [settle("w")], { kind: "keep" })]);
      expect(await bench.waits()).toEqual([]);
      expect(bench.store.waits.isAwaited(bench.store.environmentId, "shop/paid")).toBe(false);
      expect(await bench.memos(run.runSeq)).toEqual({ w: { data: "w" } });
      const last = call({ ...run.lease, generation: 3, journalLength: 1 }, [], end({ sweep: false }));
      expect(await bench.outcomes([last])).toEqual([committed]);
    });
  });

  describe("waits beyond a limit", () => {
    test("an event that would make a run's results too large is the step's error, and the run can go on to its end", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const most = `"${"x".repeat(limits.runStateBytesMax - 4)}"` as JsonText;
      const effects = [settle("a", { memo: most }), waitForEvent("w", bench.store.waits.mark())];
      await bench.outcomes([call(run.lease, effects, bench.park(), { version: 2 })]);
      const event = await bench.send({ data: '"four"' as JsonText });
      expect(await bench.outcomes([metBy(await bench.onlyWait(), event)])).toEqual([committed]);
      expect(await bench.store.reports.runSteps(run.runId)).toMatchObject([{ state: "completed" }, { state: "failed" }]);
      expect(await bench.memos(run.runSeq)).toMatchObject({ w: { error: { name: "InngestErrStateOverflowed" } } });

      const lease = bench.leaseOf(await bench.claimOne());
      expect(await bench.outcomes([call(lease, [settle("b")], { kind: "stay" })])).toEqual([
        { kind: "over_limit", limit: "runStateBytesMax" },
      ]);
      const record = { kind: "record_attempt", attempt: 0, generation: 2, startedAt: t0, endedAt: t0, steps: 0 } as const;
      expect(await bench.outcomes([call(lease, [record], end({ status: "failed" }))])).toEqual([committed]);
    });

    test.each([
      { how: "over a limit", ids: 10_001, outcome: "over_limit" },
      { how: "refused", ids: 0, outcome: "refused" },
    ])("a unit that is $how leaves no wait and no name behind", async ({ ids, outcome }) => {
      await using bench = await setup(openStore);
      const { waits, environmentId } = bench.store;
      const [bad, good] = [await bench.start(), await bench.start()];
      const since = waits.mark();
      const names = Array.from({ length: ids }, (_, index) => `s${index}x`);
      const broken = ids > 0 ? openGroup(names) : bench.plan("p", { dueAt: 0.5 as never });
      const units = [
        call(bad.lease, [waitForEvent("w", since, { eventName: "bad" }), broken], bench.park(), { version: 2 }),
        call(good.lease, [waitForEvent("w", since, { eventName: "good" })], bench.park(), { version: 2 }),
      ];
      expect((await bench.outcomes(units)).map(({ kind }) => kind)).toEqual([outcome, "committed"]);
      expect(waits.isAwaited(environmentId, "bad")).toBe(false);
      expect(waits.isAwaited(environmentId, "good")).toBe(true);
      expect((await bench.onlyWait()).eventName).toBe("good");
    });
  });
}
