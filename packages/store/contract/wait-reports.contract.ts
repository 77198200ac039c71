import { asJson, eventMapJson, type JsonText, type RunId, type StoreSeq } from "@stepwell/protocol";
import type { PlannedStart } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, functionOf, openGroup, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { endedWith, invoke, metBy, signalOf, waitForEvent, waitForSignal } from "./wait-parts.ts";

/** What every store promises of its reports of waits, children and events that made runs later. */
export function waitReportsContract(openStore: OpenStore): void {
  describe("reports of what waits", () => {
    test("a run that waits says for what: the first that will end, and how many there are", async () => {
      await using bench = await setup(openStore);
      const { reports, waits } = bench.store;
      const rule = { eventName: "shop/cancelled", dueAt: at(1) };
      const run = await bench.start({ cancelRules: [rule] });
      const effects = [
        openGroup(["s", "w"]),
        waitForSignal("s", "go", { dueAt: at(900) }),
        waitForEvent("w", waits.mark(), { dueAt: at(500), name: "until paid", expression: "async.data.ok" }),
      ];
      await bench.outcomes([call(run.lease, effects, bench.park(), { version: 2 })]);
      expect((await reports.getRun(run.runId))?.live).toEqual({
        held: false,
        sleeping: false,
        waitsFor: {
          kind: "event",
          name: "shop/paid",
          expression: "async.data.ok",
          until: at(500),
          stepId: stepId("w"),
          stepName: "until paid",
          count: 2,
        },
      });
      const wait = (await bench.waits()).find(({ kind }) => kind === "event");
      await bench.outcomes([endedWith(wait ?? { seq: 0 as StoreSeq })]);
      expect((await reports.listRuns({}, { limit: 9 })).rows[0]?.live).toMatchObject({
        waitsFor: { kind: "signal", name: "go", until: at(900), stepName: "s", count: 1 },
      });
      await bench.outcomes([signalOf(bench.store, "go", "1")]);
      expect((await reports.getRun(run.runId))?.live).toEqual({ held: false, sleeping: false, nextDueAt: t0, nextAttempt: 0 });
    });

    test("steps say what they wait for, what ended them, and which have lost a race", async () => {
      await using bench = await setup(openStore);
      const { reports, waits } = bench.store;
      const since = waits.mark();
      const effects = [
        openGroup(["w", "s", "nap", "late"], true),
        waitForEvent("w", since, { race: true, wake: "always" }),
        waitForSignal("s", "go", { race: true }),
        bench.sleep("nap", at(700), { itemId: bench.newItemId(), race: true }),
        waitForEvent("late", since, { eventName: "shop/other", dueAt: at(800), race: true }),
      ];
      const run = await bench.waiting(effects);
      expect(await reports.runSteps(run.runId)).toMatchObject([
        {
          name: "late",
          op: "WaitForEvent",
          state: "waiting",
          dueAt: at(800),
          waitsFor: { kind: "event", name: "shop/other", until: at(800) },
        },
        { name: "nap", state: "sleeping", dueAt: at(700) },
        { name: "s", op: "WaitForSignal", state: "waiting", waitsFor: { kind: "signal", name: "go", until: at(60_000) } },
        { name: "w", state: "waiting", waitsFor: { name: "shop/paid" } },
      ]);
      const event = await bench.send({ externalId: "paid 7", data: JSON.stringify("é".repeat(20_000)) as JsonText });
      const wait = (await bench.waits()).find(({ eventName }) => eventName === "shop/paid");
      if (wait === undefined) throw new Error("no wait");
      await bench.outcomes([metBy(wait, event)]);
      const lease = bench.leaseOf(await bench.claimOne());
      const drop = { kind: "drop_steps", stepIds: [stepId("s"), stepId("nap")] } as const;
      await bench.outcomes([call(lease, [drop], { kind: "stay" })], at(9));
      const steps = await reports.runSteps(run.runId);
      expect(steps).toMatchObject([
        { name: "w", state: "completed", memo: eventMapJson({ ...event, id: "paid 7" }), eventId: event.id },
        { name: "late", state: "waiting" },
        { name: "nap", state: "dropped", endedAt: at(9) },
        { name: "s", state: "dropped", endedAt: at(9) },
      ]);
      expect(steps.map(({ waitsFor }) => waitsFor === undefined)).toEqual([true, false, true, true]);
    });

    test("parents and children know each other", async () => {
      await using bench = await setup(openStore);
      const { reports } = bench.store;
      const parent = await bench.start();
      const child = bench.accepted([bench.startOf({ functionId: bench.otherFunctionId, origin: "invoke" })], bench.event());
      const childId = child.starts[0]?.runId ?? ("" as RunId);
      await bench.outcomes([call(parent.lease, [invoke("i", child, { dueAt: at(700) })], bench.park(), { version: 2 })]);
      const waitsFor = { kind: "invoke", name: "shop-refund", until: at(700) };
      expect(await reports.getRun(parent.runId)).toMatchObject({ childCount: 1, live: { waitsFor } });
      expect((await reports.getRun(parent.runId))?.origin).toBeUndefined();
      expect(await reports.runSteps(parent.runId)).toMatchObject([
        { state: "waiting", waitsFor, child: { runId: childId, functionSlug: "shop-refund", status: "running" } },
      ]);
      expect(await reports.getRun(childId)).toMatchObject({
        origin: "invoke",
        parent: { runId: parent.runId, stepId: stepId("i") },
        childCount: 0,
      });
      const children = await reports.listRuns({ parentRunId: parent.runId }, { limit: 9 });
      expect(children.rows.map(({ id }) => id)).toEqual([childId]);
      expect(await reports.countRuns({ parentRunId: childId }, 9)).toEqual({ count: 0, atLeast: false });

      await bench.outcomes([cancel(childId)]);
      const [step] = await reports.runSteps(parent.runId);
      expect(step).toMatchObject({ state: "failed", child: { runId: childId, status: "cancelled" } });
      expect(step?.waitsFor).toBeUndefined();
    });

    test("what made a run is told where it is no event that somebody sent", async () => {
      await using bench = await setup(openStore);
      const [sent, scheduled] = [await bench.start(), await bench.start({ origin: "schedule" })];
      const origins = await Promise.all([sent, scheduled].map(({ runId }) => bench.store.reports.getRun(runId)));
      expect(origins.map((report) => report?.origin)).toEqual([undefined, "schedule"]);
      await bench.outcomes([call({ ...scheduled.lease, journalLength: 0 }, [settle("a")], end({ sweep: false }))]);
      expect(await bench.store.reports.getRun(scheduled.runId)).toMatchObject({ status: "completed", origin: "schedule" });
    });

    test("a run whose function is gone says since when", async () => {
      await using bench = await setup(openStore);
      const { environmentId, apps, reports } = bench.store;
      const run = await bench.start();
      expect((await reports.getRun(run.runId))?.functionArchivedAt).toBeUndefined();
      await apps.sync({
        environmentId,
        name: "shop",
        uuid: "00000000-0000-4000-8000-000000000001",
        url: "http://localhost:3000/api/inngest",
        sdk: "js:4.0.0",
        checksum: "second",
        functions: [functionOf("shop-refund")],
        now: at(77),
      });
      expect(await reports.getRun(run.runId)).toMatchObject({ functionArchivedAt: at(77) });
    });

    test("a run of a schedule says which", async () => {
      await using bench = await setup(openStore);
      const { reports } = bench.store;
      const data = asJson({ cron: "TZ=Europe/Paris 0 2 * * *" });
      const ids = [];
      for (const origin of [undefined, "schedule"]) {
        const start = bench.startOf(origin === undefined ? {} : { origin });
        await bench.outcomes([bench.accept(bench.accepted([start], bench.event({ data })))]);
        ids.push(start.runId);
      }
      const crons = await Promise.all(ids.map(async (id) => (await reports.getRun(id))?.cron));
      expect(crons).toEqual([undefined, "TZ=Europe/Paris 0 2 * * *"]);
    });

    test("the runs of an event are those of its own commit, then those of its cursor", async () => {
      await using bench = await setup(openStore);
      const { reports, holder } = bench.store;
      const [first, second] = [bench.startOf(), bench.startOf()];
      const event = bench.event({ name: "shop/big" });
      const rest: readonly PlannedStart[] = [{ functionId: second.functionId, runId: second.runId, dueAt: t0 }];
      await bench.outcomes([bench.accept({ ...bench.accepted([first], event), rest })]);
      const other = await bench.start();
      const [cursor] = await bench.store.cursors.list({ limit: 9 });
      if (cursor === undefined) throw new Error("no cursor");
      const unit = {
        kind: "advance_cursor",
        holder,
        cursorSeq: cursor.seq,
        position: 0,
        starts: [second],
        outcomes: [],
        count: 1,
      } as const;
      await bench.outcomes([unit]);

      expect((await reports.eventRuns(event.id)).map(({ id }) => id)).toEqual([first.runId, second.runId]);
      const byEvent = await reports.listRuns({ eventId: event.id }, { limit: 9 });
      expect(byEvent.rows.map(({ id }) => id)).toEqual([second.runId, first.runId]);
      const older = await reports.listRuns({ eventId: event.id }, { limit: 1, before: byEvent.rows[0]?.seq ?? (0 as StoreSeq) });
      expect(older.rows.map(({ id }) => id)).toEqual([first.runId]);
      expect(await reports.countRuns({ eventId: event.id }, 9)).toEqual({ count: 2, atLeast: false });
      const byName = await reports.listRuns({ eventName: "shop/big" }, { limit: 9 });
      expect(byName.rows.map(({ id }) => id)).toEqual([second.runId, first.runId]);
      expect((await reports.eventRuns(other.eventId)).map(({ id }) => id)).toEqual([other.runId]);
      expect(await reports.runEvents(second.runId)).toMatchObject([{ id: event.id }]);
    });
  });
}
