import { type JsonText, limits, type RunId, type StoreSeq } from "@stepwell/protocol";
import type { StoredEvent, Unit, WaitRecord } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import { laneOf } from "./lane-names.ts";
import { endRun, finished, park, placesOf, unlookedOf, type WaitParts } from "./look-back-parts.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { metBy, waitForEvent } from "./wait-parts.ts";

const failed = "inngest/function.failed";

/** What every store promises of events and waits that cross. */
export function lookBackContract(openStore: OpenStore): void {
  describe("waits that look back", () => {
    test("a wait is to look back only when an event of its name came since its mark", async () => {
      await using bench = await setup(openStore);
      const { waits } = bench.store;
      await bench.send();
      const since = waits.mark();
      await bench.send({ name: "other" });
      const [one, two] = [await bench.start(), await bench.start()];
      expect(await park(bench, one, { since })).toEqual([]);
      const event = await bench.send();
      const unlooked = await park(bench, two, { since });
      expect(unlooked).toHaveLength(1);
      expect(await waits.listUnlooked({ limit: 9 })).toEqual(unlooked);
      const found = await waits.lookBack({ waitSeq: unlooked[0] as StoreSeq, limit: 10 });
      expect(found).toMatchObject({ wait: { seq: unlooked[0], kind: "event", runId: two.runId, since }, more: false });
      expect(found?.events).toEqual([{ kind: "stored", event }]);
    });

    test.each<{ readonly order: string; readonly looks: boolean; readonly units: (wait: Unit, event: Unit) => readonly Unit[] }>([
      { order: "an event before it in its batch", looks: true, units: (wait, event) => [event, wait] },
      { order: "an event behind it in its batch, which finds it itself", looks: false, units: (wait, event) => [wait, event] },
    ])("$order: to look is $looks", async ({ units, looks }) => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const since = bench.store.waits.mark();
      const wait = call(run.lease, [waitForEvent("w", since)], bench.park(), { version: 2 });
      const record = bench.event({ name: "shop/paid" });
      const outcomes = await bench.outcomes(units(wait, bench.accept(bench.accepted([], record))));
      const committed = outcomes.find(({ kind }) => kind === "committed");
      const accepted = outcomes.find(({ kind }) => kind === "accepted");
      expect(unlookedOf(committed)).toHaveLength(looks ? 1 : 0);
      const [stored] = accepted?.kind === "accepted" ? accepted.events : [];
      if (stored?.kind !== "stored") throw new Error("not stored");
      // Whoever looks, the two meet.
      const found = await bench.store.waits.find({ ...nameOf(bench), terms: [], eventSeq: stored.seq, after: 0 as StoreSeq, limit: 9 });
      expect(found).toMatchObject([{ runId: run.runId }]);
    });

    test("the events of a unit itself come since its mark", async () => {
      await using bench = await setup(openStore);
      const [ending, waiting] = [await bench.start(), await bench.start()];
      const since = bench.store.waits.mark();
      const told = bench.accepted([], bench.event({ name: finished }));
      const units = [
        call({ ...ending.lease, journalLength: 0 }, [], end({ events: [told] })),
        call(waiting.lease, [waitForEvent("w", since, { eventName: finished })], bench.park(), { version: 2 }),
      ];
      const [, outcome] = await bench.outcomes(units);
      expect(unlookedOf(outcome)).toHaveLength(1);
    });

    test("events since the mark come oldest first, a page at a time", async () => {
      await using bench = await setup(openStore);
      const { waits } = bench.store;
      const since = waits.mark();
      const events: StoredEvent[] = [];
      for (let index = 0; index < 5; index += 1) events.push(await bench.send());
      const [waitSeq] = await park(bench, await bench.start(), { since });
      if (waitSeq === undefined) throw new Error("nothing to look at");
      const ids: (string | StoreSeq)[] = [];
      for (let after = 0 as StoreSeq, more = true; more; ) {
        const page = await waits.lookBack({ waitSeq, after, limit: 2 });
        const last = page?.events.at(-1);
        if (page === undefined || last?.kind !== "stored") throw new Error("no page");
        ids.push(...placesOf(page.events));
        [after, more] = [last.event.seq, page.more];
      }
      expect(ids).toEqual(events.map(({ id }) => id));
    });

    test("a wait that was looked at, or is over, is not looked at again; twice is once", async () => {
      await using bench = await setup(openStore);
      const { waits } = bench.store;
      const since = waits.mark();
      const event = await bench.send();
      const [one] = await park(bench, await bench.start(), { since });
      const [two] = await park(bench, await bench.start(), { since });
      if (one === undefined || two === undefined) throw new Error("nothing to look at");
      const looked = { kind: "looked", waitSeqs: [one, 999_999_999 as StoreSeq] } as const;
      expect(await bench.outcomes([looked, looked])).toEqual([{ kind: "committed" }, { kind: "committed" }]);
      expect(await waits.lookBack({ waitSeq: one, limit: 9 })).toBeUndefined();
      expect(await waits.listUnlooked({ limit: 9 })).toEqual([two]);
      const wait = (await bench.waits()).find(({ seq }) => seq === two) as WaitRecord;
      expect(await bench.outcomes([metBy(wait, event), metBy(wait, event)])).toMatchObject([{ kind: "committed" }, { kind: "not_found" }]);
      expect(await waits.lookBack({ waitSeq: two, limit: 9 })).toBeUndefined();
      expect(await waits.listUnlooked({ limit: 9 })).toEqual([]);
      // Looked at, it still waits.
      expect(await bench.waits()).toMatchObject([{ seq: one }]);
    });

    test("a lookback reaches behind the mark, newest first, and leaves the run's own event out", async () => {
      await using bench = await setup(openStore);
      const { waits } = bench.store;
      const old = await bench.send({}, at(10));
      const young = await bench.send({}, at(20));
      const run = await bench.start({}, at(30), { name: "shop/paid", receivedAt: at(30) });
      const since = waits.mark();
      // Its clock was behind, but it was accepted since.
      const late = await bench.send({ receivedAt: at(5) });
      const [waitSeq] = await park(bench, run, { since, lookBackFrom: at(20) });
      if (waitSeq === undefined) throw new Error("nothing to look at");
      const found = await waits.lookBack({ waitSeq, limit: 9 });
      expect(placesOf(found?.events)).toEqual([late.id, young.id]);
      expect(found).toMatchObject({ more: false, wait: { lookBackFrom: at(20) } });
      expect(placesOf(found?.events)).not.toContain(old.id);
      expect(await waits.lookBack({ waitSeq, limit: 2 })).toMatchObject({ more: false });
      expect(await waits.lookBack({ waitSeq, limit: 1 })).toMatchObject({ events: [{ event: { id: late.id } }], more: true });
    });

    test.each([true, false])("a wait knows whether a lookback that is too wide is cut: %s", async (cutsLookBack) => {
      await using bench = await setup(openStore);
      const since = bench.store.waits.mark();
      const [waitSeq] = await park(bench, await bench.start(), { since, lookBackFrom: t0, cutsLookBack });
      const found = await bench.store.waits.lookBack({ waitSeq: waitSeq as StoreSeq, limit: 9 });
      expect(found?.wait.cutsLookBack ?? false).toBe(cutsLookBack);
    });

    test("a wait with a lookback is to look back, whatever came", async () => {
      await using bench = await setup(openStore);
      const since = bench.store.waits.mark();
      const unlooked = await park(bench, await bench.start(), { since, lookBackFrom: t0 });
      expect(unlooked).toHaveLength(1);
      expect(await bench.store.waits.lookBack({ waitSeq: unlooked[0] as StoreSeq, limit: 9 })).toMatchObject({ events: [], more: false });
    });
  });

  describe("waits for ends of runs", () => {
    test("ends of runs are met though nobody wrote them down, in their order and by their status", async () => {
      await using bench = await setup(openStore);
      const { waits } = bench.store;
      const before = await endRun(bench);
      const since = waits.mark();
      expect(await park(bench, await bench.start(), { since, eventName: finished })).toEqual([]);
      const [done, broken] = [await endRun(bench), await endRun(bench, t0, "failed")];
      const gone = await bench.start({ laneKey: laneOf("other") });
      await bench.outcomes([cancel(gone.runId)]);
      const [all] = await park(bench, await bench.start({ laneKey: laneOf("a") }), { since, eventName: finished });
      const [some] = await park(bench, await bench.start({ laneKey: laneOf("b") }), { since, eventName: failed });
      if (all === undefined || some === undefined) throw new Error("nothing to look at");
      const ends = await waits.lookBack({ waitSeq: all, limit: 9 });
      expect(ends?.events.every(({ kind }) => kind === "ended")).toBe(true);
      expect(placesOf(ends?.events)).toEqual([done.runSeq, broken.runSeq, gone.runSeq]);
      expect(placesOf(ends?.events)).not.toContain(before.runSeq);
      expect(placesOf((await waits.lookBack({ waitSeq: some, limit: 9 }))?.events)).toEqual([broken.runSeq]);
      const page = await waits.lookBack({ waitSeq: all, limit: 2 });
      const last = page?.events.at(-1);
      expect([placesOf(page?.events), page?.more]).toEqual([[done.runSeq, broken.runSeq], true]);
      const rest = await waits.lookBack({ waitSeq: all, after: last?.kind === "ended" ? last.endedSeq : (0 as StoreSeq), limit: 2 });
      expect([placesOf(rest?.events), rest?.more]).toEqual([[gone.runSeq], false]);
    });

    test("ends and stored events of their name come in one order", async () => {
      await using bench = await setup(openStore);
      const { waits } = bench.store;
      const since = waits.mark();
      const first = await endRun(bench);
      const stored = await bench.send({ name: finished });
      const second = await endRun(bench);
      const [waitSeq] = await park(bench, await bench.start(), { since, eventName: finished });
      const [newest] = await park(bench, await bench.start({ laneKey: laneOf("b") }), { since, eventName: finished, lookBackFrom: at(-1) });
      if (waitSeq === undefined || newest === undefined) throw new Error("nothing to look at");
      const order = [first.runSeq, stored.id, second.runSeq];
      expect(placesOf((await waits.lookBack({ waitSeq, limit: 9 }))?.events)).toEqual(order);
      expect(placesOf((await waits.lookBack({ waitSeq: newest, limit: 9 }))?.events)).toEqual(order.toReversed());
    });

    test("a lookback on ends goes by when they ended, and over a restart", async () => {
      await using bench = await setup(openStore);
      const [old, young] = [await endRun(bench, at(10)), await endRun(bench, at(20))];
      await bench.reopen();
      const since = bench.store.waits.mark();
      const [waitSeq] = await park(bench, await bench.start(), { since, eventName: finished, lookBackFrom: at(20) });
      if (waitSeq === undefined) throw new Error("nothing to look at");
      const places = placesOf((await bench.store.waits.lookBack({ waitSeq, limit: 9 }))?.events);
      expect(places).toEqual([young.runSeq]);
      expect(places).not.toContain(old.runSeq);
    });

    test("an end that was taken back is none", async () => {
      await using bench = await setup(openStore);
      const { waits } = bench.store;
      const since = waits.mark();
      const [run, kept] = [await bench.start(), await bench.start()];
      const taken = bench.accepted([bench.startOf({ runId: run.runId })], bench.event());
      const refused = call({ ...run.lease, journalLength: 0 }, [], end({ events: [taken] }));
      expect((await bench.outcomes([refused, cancel(kept.runId)])).map(({ kind }) => kind)).toEqual(["refused", "committed"]);
      const [waitSeq] = await park(bench, run, { since, eventName: finished });
      if (waitSeq === undefined) throw new Error("nothing to look at");
      expect(placesOf((await waits.lookBack({ waitSeq, limit: 9 }))?.events)).toEqual([kept.runSeq]);
    });

    test("an end says everything its events tell", async () => {
      await using bench = await setup(openStore);
      const large = JSON.stringify("x".repeat(limits.payloadInlineLengthMax + 1)) as JsonText;
      const [done, alive] = [await bench.start({ origin: "schedule" }, t0, { externalId: "x" }), await bench.start()];
      await bench.outcomes([call(done.lease, [], end({ output: large, endedAt: at(9) }))]);
      const broken = await endRun(bench, at(5), "failed");
      const [ended, failure, ...others] = await bench.store.waits.loadEnds([
        done.runSeq,
        broken.runSeq,
        alive.runSeq,
        999_999_999 as StoreSeq,
      ]);
      expect(ended).toMatchObject({
        runId: done.runId,
        functionId: bench.functionId,
        environmentId: bench.store.environmentId,
        status: "completed",
        endedAt: at(9),
        events: [{ id: done.eventId, externalId: "x" }],
        output: large,
        origin: "schedule",
      });
      expect(failure).toMatchObject({ status: "failed", error: "{}", runId: broken.runId });
      expect(failure?.endedSeq).toBeGreaterThan(ended?.endedSeq ?? Number.POSITIVE_INFINITY);
      expect(others).toEqual([undefined, undefined]);
    });
  });

  describe("events that look for waits", () => {
    test("an event finds the waits of its values and those without a term, in the order of their registration", async () => {
      await using bench = await setup(openStore);
      const { waits } = bench.store;
      const since = waits.mark();
      const term = (path: string, value: string) => ({ term: { path, value: value as JsonText } });
      const wanted: WaitParts[] = [
        term("data.n", "7"),
        {},
        term("data.n", "8"),
        term("data.m", "7"),
        { eventName: "other" },
        term("data.n", '"7"'),
        term("data.n", "7"),
      ];
      const runs: RunId[] = [];
      for (const parts of wanted) runs.push((await bench.waiting([waitForEvent("w", since, parts)])).runId);
      const event = await bench.send();
      const find = (params: Partial<Parameters<typeof waits.find>[0]>) =>
        waits.find({
          ...nameOf(bench),
          terms: [{ path: "data.n", value: "7" as JsonText }],
          eventSeq: event.seq,
          after: 0 as StoreSeq,
          limit: 9,
          ...params,
        });
      expect((await find({})).map(({ runId }) => runId)).toEqual([runs[0], runs[1], runs[6]]);
      expect((await find({ terms: [] })).map(({ runId }) => runId)).toEqual([runs[1]]);
      expect((await find({ terms: [{ path: "data.n", value: "9" as JsonText }] })).map(({ runId }) => runId)).toEqual([runs[1]]);

      const [first] = await find({ limit: 1 });
      expect(first?.runId).toBe(runs[0]);
      expect((await find({ after: first?.seq ?? (0 as StoreSeq), limit: 1 })).map(({ runId }) => runId)).toEqual([runs[1]]);
      expect((await find({ environmentId: 99 as never })).length).toBe(0);
    });

    test("an event finds no wait whose mark is later than itself", async () => {
      await using bench = await setup(openStore);
      const { waits } = bench.store;
      const early = await bench.send();
      await bench.waiting([waitForEvent("w", waits.mark())]);
      const late = await bench.send();
      const find = (eventSeq: StoreSeq) => waits.find({ ...nameOf(bench), terms: [], eventSeq, after: 0 as StoreSeq, limit: 9 });
      expect([(await find(early.seq)).length, (await find(late.seq)).length]).toEqual([0, 1]);
    });
  });
}

function nameOf(bench: Bench) {
  return { environmentId: bench.store.environmentId, eventName: "shop/paid" } as const;
}
