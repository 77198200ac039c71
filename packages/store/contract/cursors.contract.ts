import type { StoreSeq } from "@stepwell/protocol";
import type { AdvanceCursorUnit, CursorRecord, PlannedStart, StartRun } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import { laneOf } from "./lane-names.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

const notFound = { kind: "not_found" };

interface FannedEvent {
  readonly starts: readonly StartRun[];
  readonly cursor: CursorRecord;
}

/** An event that starts two runs at once, and the rest by a cursor. */
async function fanned(bench: Bench, rest: number, parts: Parameters<Bench["startOf"]>[0] = {}): Promise<FannedEvent> {
  const starts = Array.from({ length: rest }, () => bench.startOf(parts));
  const plan = starts.map(({ functionId, runId, dueAt }): PlannedStart => ({ functionId, runId, dueAt }));
  const event = bench.event();
  await bench.outcomes([bench.accept({ ...bench.accepted([bench.startOf(), bench.startOf()], event), rest: plan })]);
  const cursor = (await bench.store.cursors.list({ limit: 100 })).find((one) => one.event.id === event.id);
  if (cursor === undefined) throw new Error("no cursor");
  return { starts, cursor };
}

function advance(bench: Bench, cursor: CursorRecord, position: number, starts: readonly StartRun[]): AdvanceCursorUnit {
  const { holder } = bench.store;
  return { kind: "advance_cursor", holder, cursorSeq: cursor.seq, position, starts, outcomes: [], count: starts.length };
}

/** What every store promises of an event whose starts are more than one commit holds. */
export function cursorsContract(openStore: OpenStore): void {
  describe("cursors", () => {
    test("the plan is frozen with its event, and is there after a restart", async () => {
      await using bench = await setup(openStore);
      expect(bench.store.cursors.openCount).toBe(0);
      const { starts, cursor } = await fanned(bench, 3, { dueAt: at(500) });
      expect(cursor).toMatchObject({ position: 0, event: { name: "shop/order.placed" } });
      expect(cursor.plan).toEqual(starts.map(({ functionId, runId }) => ({ functionId, runId, dueAt: at(500) })));
      await bench.reopen();
      expect(await bench.store.cursors.list({ limit: 9 })).toEqual([cursor]);
      expect(bench.store.cursors.openCount).toBe(1);
    });

    test("the position moves with the runs it stands for, and a cursor that is done is gone", async () => {
      await using bench = await setup(openStore);
      const { starts, cursor } = await fanned(bench, 3);
      const [outcome] = await bench.outcomes([advance(bench, cursor, 0, starts.slice(0, 2))]);
      expect(outcome).toMatchObject({
        kind: "committed",
        events: [{ kind: "stored", seq: cursor.event.seq, starts: [{ kind: "leased" }, { kind: "leased" }] }],
      });
      expect(await bench.store.cursors.list({ limit: 9 })).toMatchObject([{ position: 2 }]);
      await bench.outcomes([advance(bench, cursor, 2, starts.slice(2))]);
      expect(await bench.store.cursors.list({ limit: 9 })).toEqual([]);
      expect(bench.store.cursors.openCount).toBe(0);
      const runs = await bench.store.reports.eventRuns(cursor.event.id);
      expect(runs.slice(2).map(({ id }) => id)).toEqual(starts.map(({ runId }) => runId));
      expect((await bench.store.runs.load([{ runSeq: runs[4]?.seq ?? (0 as StoreSeq) }]))[0]?.events).toEqual([cursor.event]);
    });

    test("a position that has passed is refused, within a batch too, and nothing is done twice", async () => {
      await using bench = await setup(openStore);
      const { starts, cursor } = await fanned(bench, 2);
      const first = advance(bench, cursor, 0, starts.slice(0, 1));
      const same = advance(bench, cursor, 0, [bench.startOf()]);
      const ahead = advance(bench, cursor, 2, [bench.startOf()]);
      expect((await bench.outcomes([first, same, ahead])).map(({ kind }) => kind)).toEqual(["committed", "not_found", "not_found"]);
      await bench.outcomes([advance(bench, cursor, 1, starts.slice(1))]);
      expect(await bench.outcomes([advance(bench, cursor, 1, starts.slice(1)), advance(bench, cursor, 2, [])])).toEqual([
        notFound,
        notFound,
      ]);
      expect(await bench.store.reports.eventRuns(cursor.event.id)).toHaveLength(4);
    });

    test("a unit that is refused moves nothing", async () => {
      await using bench = await setup(openStore);
      const { starts, cursor } = await fanned(bench, 2);
      const [start] = starts;
      if (start === undefined) throw new Error("no start");
      const taken = await bench.start();
      const culprit = advance(bench, cursor, 0, [start, bench.startOf({ runId: taken.runId })]);
      expect((await bench.outcomes([culprit])).map(({ kind }) => kind)).toEqual(["refused"]);
      expect(await bench.store.cursors.list({ limit: 9 })).toMatchObject([{ position: 0 }]);
      expect(await bench.store.runs.find(start.runId)).toBeUndefined();
    });

    test("reasons for what is not started count, and so do duplicates", async () => {
      await using bench = await setup(openStore);
      const dedupe = { key: "k", expiresAt: at(9_000) };
      const first = await bench.start({ dedupe });
      const { starts, cursor } = await fanned(bench, 3, { dedupe, functionId: bench.functionId });
      const [start] = starts;
      if (start === undefined) throw new Error("no start");
      const unit: AdvanceCursorUnit = {
        ...advance(bench, cursor, 0, [start]),
        outcomes: [{ functionId: bench.otherFunctionId, kind: "not_started", detail: "its function is gone" }],
        count: 3,
      };
      expect(await bench.outcomes([unit])).toMatchObject([{ events: [{ starts: [{ kind: "duplicate", of: first.runId }] }] }]);
      expect(bench.store.cursors.openCount).toBe(0);
      expect(await bench.store.reports.eventOutcomes(cursor.event.id)).toMatchObject([
        { kind: "duplicate", detail: first.runId },
        { kind: "not_started", detail: "its function is gone" },
      ]);
    });

    test("a holder whose epoch has passed gets no lease by a cursor, and a start in the future none either", async () => {
      await using bench = await setup(openStore);
      const { starts, cursor } = await fanned(bench, 2);
      const { id, epoch } = bench.store.holder;
      const old = { ...advance(bench, cursor, 0, starts.slice(0, 1)), holder: { id, epoch: epoch - 1 } };
      const later = advance(bench, cursor, 1, [bench.startOf({ dueAt: at(100), laneKey: laneOf("later") })]);
      expect(await bench.outcomes([old, later])).toMatchObject([
        { events: [{ starts: [{ kind: "queued" }] }] },
        { events: [{ starts: [{ kind: "queued" }] }] },
      ]);
    });

    test("a run of a cursor looks back for what would have cancelled it since its event", async () => {
      await using bench = await setup(openStore);
      const rule = { eventName: "shop/cancelled", dueAt: at(9_000) };
      const before = await bench.send({ name: rule.eventName });
      const { starts, cursor } = await fanned(bench, 2, { cancelRules: [rule, { ...rule, eventName: "shop/other" }] });
      const between = await bench.send({ name: rule.eventName });
      const [outcome] = await bench.outcomes([advance(bench, cursor, 0, starts.slice(0, 1))]);
      const unlooked = outcome?.kind === "committed" ? (outcome.unlooked ?? []) : [];
      expect(unlooked).toHaveLength(1);
      const [waitSeq] = unlooked;
      const found = await bench.store.waits.lookBack({ waitSeq: waitSeq ?? (0 as StoreSeq), limit: 10 });
      expect(found).toMatchObject({
        wait: { kind: "cancel", runId: starts[0]?.runId },
        events: [{ event: { id: between.id } }],
        more: false,
      });
      expect(found?.events).not.toContainEqual({ kind: "stored", event: before });
      expect(await bench.store.waits.listUnlooked({ limit: 9 })).toEqual(unlooked);
    });

    test("cursors are served oldest first", async () => {
      await using bench = await setup(openStore);
      const cursors = [await fanned(bench, 1), await fanned(bench, 1), await fanned(bench, 1)].map(({ cursor }) => cursor.seq);
      expect((await bench.store.cursors.list({ limit: 2 })).map(({ seq }) => seq)).toEqual(cursors.slice(0, 2));
    });

    test("a run of a cursor is a run like any other", async () => {
      await using bench = await setup(openStore);
      const { starts, cursor } = await fanned(bench, 1);
      const [outcome] = await bench.outcomes([advance(bench, cursor, 0, starts)]);
      const [event] = outcome?.kind === "committed" ? (outcome.events ?? []) : [];
      const [start] = event?.kind === "stored" ? event.starts : [];
      if (start?.kind !== "leased") throw new Error("not leased");
      const lease = { kind: "own", runSeq: start.runSeq, holderId: bench.store.holder.id, generation: 1, journalLength: 0 } as const;
      expect(await bench.outcomes([call(lease, [], end({ sweep: false, endedAt: t0 }))])).toEqual([{ kind: "committed" }]);
      const report = await bench.store.reports.getRun(starts[0]?.runId ?? ("" as never));
      expect(report).toMatchObject({ status: "completed", eventId: cursor.event.id, eventCount: 1 });
    });
  });
}
