import type { JsonText, RunId } from "@stepwell/protocol";
import { limits } from "@stepwell/protocol";
import { isStarted, rankOfStart } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { laneOf } from "./lane-names.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end, settle, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

/** What every store promises of events and of what they start. */
export function acceptContract(openStore: OpenStore): void {
  describe("accept", () => {
    test("a start is born leased where it is wanted, with generation 1 and no row in the queue", async () => {
      await using bench = await setup(openStore);
      const { store } = bench;
      const { start, runId, runSeq } = await bench.start({}, at(5));

      expect(start).toBe("leased");
      expect(await bench.run(runId)).toMatchObject({
        seq: runSeq,
        status: "running",
        generation: 1,
        attempt: 0,
        version: -1,
        queuedAt: at(5),
      });
      expect((await bench.run(runId)).startedAt).toBeUndefined();
      expect(await store.queue.listHeld({ holderId: store.holder.id })).toMatchObject([
        { lease: { kind: "own", runSeq, generation: 1 }, itemId: runId, queuedAt: at(5) },
      ]);
      expect(bench.countUnderWay()).toBe(0);
    });

    test("a start that wants no lease is queued, with generation 0", async () => {
      await using bench = await setup(openStore);
      const { start, runId } = await bench.start({ wantsLease: false });
      expect(start).toBe("queued");
      expect(await bench.run(runId)).toMatchObject({ status: "queued", generation: 0 });
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId, itemId: runId, generation: 1, attempt: 0 }]);
    });

    test("where the lane has a ready item a start queues behind it, in the same batch too", async () => {
      await using bench = await setup(openStore);
      const first = bench.startOf({ wantsLease: false });
      const second = bench.startOf();
      const elsewhere = bench.startOf({ functionId: bench.otherFunctionId });
      const otherLane = bench.startOf({ laneKey: laneOf("tenant 2") });
      const [outcome] = await bench.outcomes([bench.accept(bench.accepted([first, second, elsewhere, otherLane]))]);
      expect(outcome).toMatchObject({
        kind: "accepted",
        events: [{ kind: "stored", starts: [{ kind: "queued" }, { kind: "queued" }, { kind: "leased" }, { kind: "leased" }] }],
      });
      expect((await bench.start()).start).toBe("queued");
      await bench.claim();
      expect((await bench.start()).start).toBe("leased");
    });

    test("a parked item in the lane holds no start up", async () => {
      await using bench = await setup(openStore);
      await bench.start({ dueAt: at(60_000) });
      expect((await bench.start()).start).toBe("leased");
    });

    test("a holder whose epoch has passed gets no lease", async () => {
      await using bench = await setup(openStore);
      const { id, epoch } = bench.store.holder;
      const unit = { ...bench.accept(bench.accepted([bench.startOf()])), holder: { id, epoch: epoch - 1 } };
      expect(await bench.outcomes([unit])).toMatchObject([{ events: [{ starts: [{ kind: "queued" }] }] }]);
    });

    test("a start in the future is parked until then, and the commit says when that is", async () => {
      await using bench = await setup(openStore);
      const unit = bench.accept(bench.accepted([bench.startOf({ dueAt: at(1_000) })]), bench.accepted([bench.startOf({ dueAt: at(500) })]));
      const { outcomes, wake } = await bench.commit([unit]);
      expect(outcomes).toMatchObject([{ events: [{ starts: [{ kind: "queued" }] }, { starts: [{ kind: "queued" }] }] }]);
      expect(wake).toEqual({ ready: false, dueAt: at(500) });
      expect(await bench.claim({ now: at(499) })).toEqual({ items: [], more: false, nextDueAt: at(500) });
      expect((await bench.claim({ now: at(500) })).items).toHaveLength(1);
      expect((await bench.claim({ now: at(2_000) })).items).toHaveLength(1);
    });

    test("a ready item of a batch is hinted at, a lease is not", async () => {
      await using bench = await setup(openStore);
      expect((await bench.commit([bench.accept(bench.accepted([bench.startOf()]))])).wake).toEqual({ ready: false });
      expect((await bench.commit([bench.accept(bench.accepted([bench.startOf({ wantsLease: false })]))])).wake).toEqual({ ready: true });
    });

    test("an event that is stored already is a repeat: nothing of it is written again", async () => {
      await using bench = await setup(openStore);
      const event = bench.event();
      const other = bench.event();
      const first = bench.startOf();
      await bench.commit([bench.accept(bench.accepted([first], event))]);

      // In a later request, twice within one, and beside a new one.
      const again = {
        ...bench.accepted([bench.startOf()], event),
        outcomes: [{ functionId: bench.otherFunctionId, kind: "not_started" as const }],
      };
      const [outcome] = await bench.outcomes([
        bench.accept(again, bench.accepted([bench.startOf()], other), bench.accepted([bench.startOf()], other)),
      ]);
      expect(outcome).toMatchObject({
        events: [{ kind: "repeated", eventId: event.id }, { kind: "stored" }, { kind: "repeated", eventId: other.id }],
      });
      const runs = await bench.store.reports.eventRuns(event.id);
      expect(runs.map(({ id }) => id)).toEqual([first.runId]);
      expect(await bench.store.reports.eventOutcomes(event.id)).toEqual([]);
      expect(await bench.store.reports.eventRuns(other.id)).toHaveLength(1);
    });

    test("matched functions without a run have their reason recorded", async () => {
      await using bench = await setup(openStore);
      const event = bench.event();
      const outcomes = [
        { functionId: bench.functionId, kind: "expression_false" as const },
        { functionId: bench.otherFunctionId, kind: "expression_error" as const, detail: "no such field" },
      ];
      await bench.commit([bench.accept({ event, starts: [], outcomes })]);
      expect(await bench.store.reports.eventOutcomes(event.id)).toEqual([
        { functionId: bench.functionId, functionSlug: "shop-order", kind: "expression_false" },
        { functionId: bench.otherFunctionId, functionSlug: "shop-refund", kind: "expression_error", detail: "no such field" },
      ]);
    });

    test("of starts with one key the first wins, within a request and after, until it expires", async () => {
      await using bench = await setup(openStore);
      const dedupe = { key: "order 7", expiresAt: at(1_000) };
      const first = bench.startOf({ dedupe });
      const [event, second, third] = [bench.event(), bench.startOf({ dedupe }), bench.startOf({ dedupe })];
      const [outcome] = await bench.outcomes([bench.accept(bench.accepted([first]), bench.accepted([second], event))]);
      expect(outcome).toMatchObject({ events: [{ starts: [{ kind: "leased" }] }, { starts: [{ kind: "duplicate", of: first.runId }] }] });
      expect(await bench.store.reports.eventOutcomes(event.id)).toMatchObject([{ kind: "duplicate", detail: first.runId }]);

      expect(await bench.outcomes([bench.accept(bench.accepted([third]))], at(999))).toMatchObject([
        { events: [{ starts: [{ kind: "duplicate", of: first.runId }] }] },
      ]);
      expect(await bench.store.runs.find(third.runId)).toBeUndefined();
      const other = { ...dedupe, functionId: bench.otherFunctionId };
      expect((await bench.start({ dedupe, functionId: other.functionId })).start).toBe("leased"); // Another function's key.
      expect((await bench.start({ dedupe: { ...dedupe, expiresAt: at(3_000) } }, at(1_000))).start).toBe("leased");
      expect(await bench.outcomes([bench.accept(bench.accepted([bench.startOf({ dedupe })]))], at(2_999))).toMatchObject([
        { events: [{ starts: [{ kind: "duplicate" }] }] },
      ]);
    });

    test("a start of a request that asks twice for the same key by two events counts the first event's run", async () => {
      await using bench = await setup(openStore);
      const dedupe = { key: "k", expiresAt: at(1_000) };
      const starts = [bench.startOf({ dedupe }), bench.startOf({ dedupe })];
      const [outcome] = await bench.outcomes([bench.accept(bench.accepted(starts))]);
      expect(outcome).toMatchObject({ events: [{ starts: [{ kind: "leased" }, { kind: "duplicate", of: starts[0]?.runId }] }] });
    });

    test("an event keeps every field, absent ones stay absent, and a large payload comes back whole", async () => {
      await using bench = await setup(openStore);
      const large = JSON.stringify({ text: "é".repeat(limits.payloadInlineLengthMax) }) as JsonText;
      const full = bench.event({
        externalId: "sender 1",
        data: large,
        user: '{"id":1}' as JsonText,
        meta: '{"m":2}' as JsonText,
        v: "2026-01-01",
        ts: at(-5),
        receivedAt: at(7),
      });
      const bare = bench.event();
      await bench.commit([bench.accept(bench.accepted([], full), bench.accepted([bench.startOf()], bare))]);
      expect(await bench.store.reports.getEvent(full.id)).toEqual({ ...full, seq: expect.any(Number) });
      expect(await bench.store.reports.getEvent(bare.id)).toEqual({ ...bare, seq: expect.any(Number) });
    });

    test("the runs of an event and its place in the sequence are in the order of acceptance", async () => {
      await using bench = await setup(openStore);
      const [first, second] = [bench.event(), bench.event()];
      const starts = Array.from({ length: 5 }, () => bench.startOf());
      // The second event's id was made earlier than the first is accepted: ids are no order.
      const [outcome] = await bench.outcomes([bench.accept(bench.accepted(starts, second), bench.accepted([bench.startOf()], first))]);
      if (outcome?.kind !== "accepted") throw new Error("not accepted");
      const seqs = outcome.events.flatMap((event) =>
        event.kind === "stored" ? [event.seq, ...event.starts.map((start) => (isStarted(start) ? start.runSeq : 0))] : [],
      );
      expect(seqs).toEqual([...seqs].sort((left, right) => left - right));
      expect(new Set(seqs).size).toBe(8);
      expect((await bench.store.reports.eventRuns(second.id)).map(({ id }) => id)).toEqual(starts.map(({ runId }) => runId));
    });

    test("a start's warnings stay with its run", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start({ warnings: '["debounce is not acted on"]' as JsonText });
      expect((await bench.store.reports.getRun(runId))?.warnings).toBe('["debounce is not acted on"]');
    });

    test("a lane's starts go in the order of their rank, then of their acceptance", async () => {
      await using bench = await setup(openStore);
      const ids: RunId[] = [];
      for (const rank of [3, 1, 1, 2]) ids.push((await bench.start({ wantsLease: false, rank: rankOfStart(at(rank)) })).runId);
      const { items } = await bench.claim();
      expect(items.map(({ runId }) => runId)).toEqual([ids[1], ids[2], ids[3], ids[0]]);
    });

    test("a one-step run costs four rows", async () => {
      await using bench = await setup(openStore);
      await bench.commit([], at(0)); // The time of the last commit is a row of its own, now and then.
      const before = bench.store.counters;
      const run = await bench.start();
      await bench.outcomes([call({ ...run.lease, journalLength: 0 }, [settle("a")], end({ sweep: false }), { version: 2, startedAt: t0 })]);
      expect(bench.store.counters.rowsWritten - before.rowsWritten).toBe(4);
      expect(bench.store.counters.commits - before.commits).toBe(2);
    });
  });
}
