import type { EventId, JsonText, RunId, RunStatus, StoreSeq } from "@stepwell/protocol";
import type { EventFilter, Page, RunFilter, RunReport } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, openGroup, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { waitReportsContract } from "./wait-reports.contract.ts";

/** One run of each end, the oldest first. */
async function variety(bench: Bench): Promise<Readonly<Record<"completed" | "failed" | "cancelled" | "running" | "queued", RunId>>> {
  const completed = await bench.start({}, at(10), { name: "shop/paid" });
  const failed = await bench.start({ functionId: bench.otherFunctionId }, at(20), { name: "shop/refunded" });
  const cancelled = await bench.start({}, at(30));
  const running = await bench.start({}, at(40));
  const queued = await bench.start({ wantsLease: false, functionId: bench.otherFunctionId }, at(50));
  await bench.outcomes([
    call(completed.lease, [settle("a")], end({ endedAt: at(60) })),
    call(failed.lease, [], { kind: "end", status: "failed", error: '{"name":"E"}' as JsonText, endedAt: at(70), sweep: true }),
    cancel(cancelled.runId),
  ]);
  return {
    completed: completed.runId,
    failed: failed.runId,
    cancelled: cancelled.runId,
    running: running.runId,
    queued: queued.runId,
  };
}

/** What every store promises of its reports. */
export function reportsContract(openStore: OpenStore): void {
  waitReportsContract(openStore);
  describe("reports", () => {
    test("runs are listed newest first, with what belongs to each", async () => {
      await using bench = await setup(openStore);
      const runs = await variety(bench);
      const { rows, hasOlder, hasNewer } = await bench.store.reports.listRuns({}, { limit: 50 });
      expect(rows.map(({ id }) => id)).toEqual([runs.queued, runs.running, runs.cancelled, runs.failed, runs.completed]);
      expect([hasOlder, hasNewer]).toEqual([false, false]);
      expect(rows[4]).toEqual({
        seq: expect.any(Number),
        id: runs.completed,
        environmentId: bench.store.environmentId,
        functionId: bench.functionId,
        functionSlug: "shop-order",
        functionName: "shop-order",
        appId: expect.any(Number),
        appName: "shop",
        status: "completed",
        queuedAt: at(10),
        startedAt: at(10), // Born leased: it started with its acceptance.
        endedAt: at(60),
        attempt: 0,
        stepsKnown: 1,
        stepsSettled: 1,
        stepsFailed: 0,
        eventId: expect.any(String),
        eventName: "shop/paid",
        eventCount: 1,
        childCount: 0,
        output: '"done"',
      });
      expect(rows.map(({ startedAt }) => startedAt)).toEqual([undefined, at(40), at(30), at(20), at(10)]);
    });

    test.each<{ readonly by: string; readonly filter: (bench: Bench) => RunFilter; readonly found: readonly RunStatus[] }>([
      { by: "one status", filter: () => ({ statuses: ["failed"] }), found: ["failed"] },
      {
        by: "several statuses",
        filter: () => ({ statuses: ["queued", "running", "cancelled"] }),
        found: ["queued", "running", "cancelled"],
      },
      { by: "a function", filter: (bench) => ({ functionIds: [bench.otherFunctionId] }), found: ["queued", "failed"] },
      { by: "no function", filter: () => ({ functionIds: [] }), found: [] },
      { by: "an event's name", filter: () => ({ eventName: "shop/paid" }), found: ["completed"] },
      { by: "when it was queued", filter: () => ({ queuedFrom: at(20), queuedTo: at(40) }), found: ["cancelled", "failed"] },
      {
        by: "environment",
        filter: (bench) => ({ environmentId: bench.store.environmentId, statuses: ["completed"] }),
        found: ["completed"],
      },
      {
        by: "another environment",
        filter: (bench) => ({ environmentId: (bench.store.environmentId + 1) as typeof bench.store.environmentId }),
        found: [],
      },
      { by: "an unknown event", filter: () => ({ eventId: "01HG9999999999999999999999" as EventId }), found: [] },
    ])("runs are found by $by, and counted as they are found", async ({ filter, found }) => {
      await using bench = await setup(openStore);
      await variety(bench);
      const { rows } = await bench.store.reports.listRuns(filter(bench), { limit: 50 });
      expect(rows.map(({ status }) => status)).toEqual(found);
      expect(await bench.store.reports.countRuns(filter(bench), 50)).toEqual({ count: found.length, atLeast: false });
    });

    test("runs are found by their app and by the event that started them", async () => {
      await using bench = await setup(openStore);
      const runs = await variety(bench);
      const run = await bench.store.reports.getRun(runs.failed);
      if (run?.eventId === undefined) throw new Error("no event");
      const ids = async (filter: RunFilter) => (await bench.store.reports.listRuns(filter, { limit: 50 })).rows.map(({ id }) => id);
      expect(await ids({ eventId: run.eventId })).toEqual([runs.failed]);
      expect(await ids({ appIds: [run.appId], statuses: ["failed"] })).toEqual([runs.failed]);
      expect(await ids({ appIds: [(run.appId + 1) as typeof run.appId] })).toEqual([]);
    });

    test("a count stops where it was told to", async () => {
      await using bench = await setup(openStore);
      await variety(bench);
      expect(await bench.store.reports.countRuns({}, 5)).toEqual({ count: 5, atLeast: false });
      expect(await bench.store.reports.countRuns({}, 4)).toEqual({ count: 4, atLeast: true });
    });

    test("pages go to older and to newer ones, and say whether there are more", async () => {
      await using bench = await setup(openStore);
      const ids: RunId[] = [];
      for (let index = 0; index < 7; index += 1) ids.unshift((await bench.start()).runId);
      const { reports } = bench.store;
      const idsOf = (page: Page<RunReport>) => page.rows.map(({ id }) => id);
      const edge = (page: Page<RunReport>, index: number) => page.rows.at(index)?.seq as StoreSeq;
      const first = await reports.listRuns({}, { limit: 3 });
      expect([idsOf(first), first.hasOlder, first.hasNewer]).toEqual([ids.slice(0, 3), true, false]);
      const second = await reports.listRuns({}, { limit: 3, before: edge(first, -1) });
      expect([idsOf(second), second.hasOlder, second.hasNewer]).toEqual([ids.slice(3, 6), true, true]);
      const third = await reports.listRuns({}, { limit: 3, before: edge(second, -1) });
      expect([idsOf(third), third.hasOlder, third.hasNewer]).toEqual([ids.slice(6), false, true]);
      const back = await reports.listRuns({}, { limit: 3, after: edge(third, 0) });
      expect([idsOf(back), back.hasOlder, back.hasNewer]).toEqual([ids.slice(3, 6), true, true]);
      const front = await reports.listRuns({}, { limit: 3, after: edge(back, 0), before: edge(third, 0) });
      expect([idsOf(front), front.hasOlder, front.hasNewer]).toEqual([ids.slice(0, 3), true, false]);
    });

    test("what is alive of a run tells its shown status: held, due, sleeping, to be retried", async () => {
      await using bench = await setup(openStore);
      const { reports } = bench.store;
      const held = await bench.start();
      expect((await reports.getRun(held.runId))?.live).toEqual({ held: true, sleeping: false });
      await bench.outcomes([call(held.lease, [], bench.queue(at(500), 2))]);
      expect((await reports.getRun(held.runId))?.live).toEqual({ held: false, sleeping: false, nextDueAt: at(500), nextAttempt: 2 });
      expect(await reports.runItems(held.runId)).toEqual([{ id: held.runId, state: "parked", dueAt: at(500), attempt: 2 }]);

      const sleeper = await bench.start();
      const nap = bench.sleep("nap", at(900));
      await bench.outcomes([call(sleeper.lease, [nap], bench.queue(at(900), 0, stepId("nap")), { version: 2 })]);
      expect((await reports.getRun(sleeper.runId))?.live).toEqual({
        held: false,
        sleeping: true,
        nextDueAt: at(900),
        nextAttempt: 0,
        nextStepId: stepId("nap"),
        nextStepName: "nap",
      });
      await bench.outcomes([cancel(sleeper.runId)]);
      expect((await reports.getRun(sleeper.runId))?.live).toBeUndefined();
    });

    test("a run's items are what is queued and in hand of it", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      expect(await bench.store.reports.runItems(run.runId)).toEqual([{ id: run.runId, state: "held", dueAt: t0, attempt: 0 }]);
      const effects = [openGroup(["a", "b"]), bench.plan("a"), bench.plan("b", { dueAt: at(9) })];
      await bench.outcomes([call(run.lease, effects, bench.park(), { version: 2 })]);
      expect(await bench.store.reports.runItems(run.runId)).toMatchObject([
        { stepId: stepId("a"), state: "ready" },
        { stepId: stepId("b"), state: "parked", dueAt: at(9) },
      ]);
      await bench.claim();
      expect(await bench.store.reports.runItems(run.runId)).toMatchObject([{ state: "held" }, { state: "parked" }]);
      expect((await bench.store.reports.getRun(run.runId))?.live).toMatchObject({ held: true, nextStepName: "b" });
    });

    test("a run's steps come in the order in which they settled, then those that are open", async () => {
      await using bench = await setup(openStore);
      const { runId, items } = await bench.fanOut(["a", "b", "c"]);
      const [a, b] = items;
      if (a === undefined || b === undefined) throw new Error("no items");
      await bench.outcomes([
        call(bench.leaseOf(b), [settle("b", { wake: "group" })], { kind: "done" }),
        call(bench.leaseOf(a), [settle("a", { wake: "group", failed: true })], { kind: "done" }),
      ]);
      expect(await bench.store.reports.runSteps(runId)).toMatchObject([
        { name: "b", state: "completed", ord: 1, group: 1 },
        { name: "a", state: "failed", ord: 2, group: 1 },
        { name: "c", state: "planned", group: 1 },
      ]);
      expect(await bench.store.reports.getRun(runId)).toMatchObject({ stepsKnown: 3, stepsSettled: 2, stepsFailed: 1 });
    });

    test("a step has the arguments it was planned with, or was run with at last; a repeated run has those of what it keeps", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const planned = [openGroup(["a", "b"]), bench.plan("a", { input: "[1]" as JsonText }), bench.plan("b")];
      await bench.outcomes([call(run.lease, planned, bench.park(), { version: 2 })]);
      const inputs = async (id = run.runId) =>
        Object.fromEntries((await bench.store.reports.runSteps(id)).map(({ name, input }) => [name, input]));
      expect(await inputs()).toEqual({ a: "[1]", b: undefined });
      const { items } = await bench.claim();
      for (const item of items) {
        const name = item.stepId === stepId("a") ? "a" : "b";
        const effect = settle(name, { wake: "group", input: `["${name}"]` as JsonText });
        await bench.outcomes([call(bench.leaseOf(item), [effect], { kind: "done" })]);
      }
      expect(await inputs()).toEqual({ a: '["a"]', b: '["b"]' });
      const start = bench.startOf();
      await bench.outcomes([{ kind: "rerun", of: run.runId, start, keep: [{ stepId: stepId("a") }] }]);
      expect(await inputs(start.runId)).toEqual({ a: '["a"]' });
    });

    test("a run is found by the beginning of its id where it is the only one", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start();
      await bench.start();
      const { reports } = bench.store;
      expect(await reports.findRunByPrefix(runId)).toEqual({ runId, matches: 1 });
      expect((await reports.findRunByPrefix(runId.slice(0, 8))).runId).toBeUndefined();
      expect((await reports.findRunByPrefix(runId.slice(0, 8))).matches).toBeGreaterThan(1);
      expect(await reports.findRunByPrefix("7ZZZZZZZ")).toEqual({ matches: 0 });
    });

    test("what is unknown is told as such", async () => {
      await using bench = await setup(openStore);
      const { reports } = bench.store;
      const runId = bench.startOf().runId;
      const eventId = bench.event().id;
      expect(await reports.getRun(runId)).toBeUndefined();
      expect(await reports.getEvent(eventId)).toBeUndefined();
      expect(await bench.store.runs.find(runId)).toBeUndefined();
      expect(await bench.store.runs.load([{ runSeq: 999_999_999 as StoreSeq }])).toEqual([undefined]);
      for (const rows of [
        await reports.runEvents(runId),
        await reports.runSteps(runId),
        await reports.runAttempts(runId),
        await reports.runItems(runId),
        await reports.eventRuns(eventId),
        await reports.eventOutcomes(eventId),
      ])
        expect(rows).toEqual([]);
    });

    test("a run's events are those it was started by, here and in what a call is built from", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start({}, t0, { data: '{"order":7}' as JsonText, externalId: "x" });
      const events = await bench.store.reports.runEvents(run.runId);
      expect(events).toMatchObject([{ id: run.eventId, data: '{"order":7}', externalId: "x", name: "shop/order.placed" }]);
      const [state] = await bench.store.runs.load([{ runSeq: run.runSeq }]);
      expect(state?.events).toEqual(events);
    });

    test("events are found by their ids, whatever their number", async () => {
      await using bench = await setup(openStore);
      const [one, , three] = [await bench.send(), await bench.send(), await bench.send()];
      const found = async (ids: readonly EventId[]) =>
        (await bench.store.reports.listEvents({ ids }, { limit: 10 })).rows.map(({ id }) => id);
      expect(await found([one.id, three.id, "01HG0000000000000000009999" as EventId])).toEqual([three.id, one.id]);
      expect(await found([])).toEqual([]);
    });

    test.each<{ readonly by: string; readonly filter: EventFilter; readonly found: readonly string[] }>([
      { by: "nothing", filter: {}, found: ["c", "b", "a"] },
      { by: "their name", filter: { names: ["b"] }, found: ["b"] },
      { by: "several names", filter: { names: ["a", "c"] }, found: ["c", "a"] },
      { by: "when they were received", filter: { receivedFrom: at(2), receivedTo: at(3) }, found: ["b"] },
    ])("events are listed by $by, newest first", async ({ filter, found }) => {
      await using bench = await setup(openStore);
      const events = ["a", "b", "c"].map((name, index) => bench.accepted([], bench.event({ name, receivedAt: at(index + 1) })));
      await bench.commit([bench.accept(...events)]);
      const page = await bench.store.reports.listEvents(filter, { limit: 10 });
      expect(page.rows.map(({ name }) => name)).toEqual(found);
      expect(page.hasOlder).toBe(false);
    });

    test("a question after a commit sees the commit", async () => {
      await using bench = await setup(openStore);
      for (let index = 0; index < 20; index += 1) {
        const { runId } = await bench.start();
        expect(await bench.store.reports.getRun(runId)).toMatchObject({ status: "running" });
        await bench.outcomes([cancel(runId)]);
        expect(await bench.store.reports.getRun(runId)).toMatchObject({ status: "cancelled" });
      }
    });

    test("a backlog is what is due and not taken up, by function, the one that waits longest first", async () => {
      await using bench = await setup(openStore);
      const other = { wantsLease: false, functionId: bench.otherFunctionId };
      await bench.start({ dueAt: at(10) }, at(10)); // In hand: nobody has to wait for it.
      await bench.start({ wantsLease: false, dueAt: at(30) }, at(30));
      await bench.start({ ...other, dueAt: at(20) }, at(20));
      await bench.start({ ...other, dueAt: at(40) }, at(40));
      const { apps, reports } = bench.store;
      const { functions } = await apps.list();
      const [slug, otherSlug] = [bench.functionId, bench.otherFunctionId].map((id) => functions.find((each) => each.id === id)?.slug);
      expect(await reports.backlog({ now: at(40) })).toEqual([
        { functionSlug: otherSlug, since: at(20), items: 2 },
        { functionSlug: slug, since: at(30), items: 1 },
      ]);
      expect(await reports.backlog({ now: at(29) })).toEqual([{ functionSlug: otherSlug, since: at(20), items: 1 }]);
      expect(await reports.backlog({ now: at(19) })).toEqual([]);
    });

    test("the size is told in rows and bytes", async () => {
      await using bench = await setup(openStore);
      await variety(bench);
      const { runs, events, bytes } = await bench.store.reports.size();
      expect({ runs, events }).toEqual({ runs: 5, events: 5 });
      expect(bytes).toBeGreaterThan(0);
    });
  });
}
