import type { JsonText, StoreSeq } from "@stepwell/protocol";
import type { CancelRule, CancelUnit, RunTimer, StoredEvent, WaitRecord } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, settle, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { endedWith, metBy, waitForEvent } from "./wait-parts.ts";

const committed = { kind: "committed" };
const notFound = { kind: "not_found" };
const rule: CancelRule = { eventName: "shop/cancelled", dueAt: at(9_000) };
const deadlines: readonly RunTimer[] = [
  { kind: "start_deadline", dueAt: at(100) },
  { kind: "finish_deadline", dueAt: at(500) },
];

function findFor(bench: Bench, event: StoredEvent): Promise<readonly WaitRecord[]> {
  const { environmentId, waits } = bench.store;
  return waits.find({ environmentId, eventName: event.name, terms: [], eventSeq: event.seq, after: 0 as StoreSeq, limit: 100 });
}

/** What every store promises of the events that cancel a run, and of its deadlines. */
export function cancelRulesContract(openStore: OpenStore): void {
  describe("cancel rules", () => {
    test("a rule is there from the birth of its run, and counts events after the one that started it", async () => {
      await using bench = await setup(openStore);
      const earlier = await bench.send({ name: rule.eventName });
      const own = bench.event({ name: rule.eventName });
      const term = { path: "data.order", value: "7" as JsonText };
      const rules = [rule, { ...rule, term, expression: "async.data.sure", bindings: "{}" as JsonText, dueAt: at(8_000) }];
      const run = bench.startOf({ cancelRules: rules, wantsLease: false });
      const { outcomes, wake } = await bench.commit([bench.accept(bench.accepted([run], own))]);
      expect(wake).toEqual({ ready: true, timerDueAt: at(8_000) });
      const [result] = outcomes[0]?.kind === "accepted" ? outcomes[0].events : [];
      if (result?.kind !== "stored") throw new Error("not stored");

      const later = await bench.send({ name: rule.eventName });
      const { environmentId, waits } = bench.store;
      expect(waits.isAwaited(environmentId, rule.eventName)).toBe(true);
      expect(waits.pathsOf(environmentId, rule.eventName)).toEqual(["data.order"]);
      expect(await findFor(bench, earlier)).toEqual([]);
      expect(await findFor(bench, { ...own, seq: result.seq })).toEqual([]);
      expect(await findFor(bench, later)).toMatchObject([
        { kind: "cancel", runId: run.runId, eventName: rule.eventName, dueAt: at(9_000) },
      ]);
      const terms = [term, { path: "data.order", value: "8" as JsonText }];
      const found = await waits.find({ environmentId, eventName: later.name, terms, eventSeq: later.seq, after: 0 as StoreSeq, limit: 9 });
      expect(found).toMatchObject([{ dueAt: at(9_000) }, { term, expression: "async.data.sure", bindings: "{}", dueAt: at(8_000) }]);
    });

    test("a rule that is fulfilled cancels its run once", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start({ cancelRules: [rule] });
      const { seq: waitSeq } = await bench.onlyWait();
      const unit: CancelUnit = { ...cancel(run.runId), reason: "event 01HG", waitSeq };
      expect(await bench.outcomes([unit, unit])).toMatchObject([committed, notFound]);
      expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ status: "cancelled", cancelReason: "event 01HG" });
      expect(await bench.outcomes([call(run.lease, [settle("a")], end())])).toEqual([{ kind: "run_ended", status: "cancelled" }]);
      expect(await bench.waits()).toEqual([]);
    });

    test("a rule whose time is over is dropped, and cancels nothing then", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start({ cancelRules: [rule] });
      const { seq: waitSeq } = await bench.onlyWait();
      const drop = { kind: "drop_wait", waitSeq } as const;
      expect(await bench.outcomes([drop, drop, { ...cancel(run.runId), waitSeq }])).toEqual([committed, notFound, notFound]);
      expect(bench.store.waits.isAwaited(bench.store.environmentId, rule.eventName)).toBe(false);
      expect(await bench.run(run.runId)).toMatchObject({ status: "running" });
      expect(await bench.outcomes([call({ ...run.lease, journalLength: 0 }, [], end({ sweep: false }))])).toEqual([committed]);
    });

    test("a rule is no wait: it ends with no event, a wait is not dropped, and it keeps no run alive", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start({ cancelRules: [rule] });
      const { seq: ruleSeq } = await bench.onlyWait();
      await bench.outcomes([call(run.lease, [waitForEvent("w", bench.store.waits.mark())], bench.park(), { version: 2 })]);
      const wait = (await bench.waits()).find(({ kind }) => kind === "event");
      if (wait === undefined) throw new Error("no wait");
      const event = await bench.send();
      expect(
        await bench.outcomes([
          endedWith({ seq: ruleSeq }),
          metBy({ ...wait, seq: ruleSeq }, event),
          { kind: "drop_wait", waitSeq: wait.seq },
        ]),
      ).toEqual([notFound, notFound, notFound]);
      expect((await bench.store.runs.load([{ runSeq: run.runSeq }]))[0]?.otherItems).toBe(1);
      await bench.outcomes([endedWith(wait)]);
      const lease = bench.leaseOf(await bench.claimOne());
      expect((await bench.store.runs.load([{ runSeq: run.runSeq }]))[0]?.otherItems).toBe(0);
      await bench.outcomes([call(lease, [], bench.park())]);
      expect(await bench.claimOne()).toMatchObject({ runId: run.runId });
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 1 });
    });

    test.each([
      {
        end: "its only call",
        units: [(run: Run) => call({ ...run.lease, journalLength: 0 }, [settle("a")], end({ sweep: false }), v2)],
      },
      {
        end: "the last of several calls",
        units: [
          (run: Run) => call({ ...run.lease, journalLength: 0 }, [settle("a")], { kind: "keep" } as const, v2),
          (run: Run) => call({ ...run.lease, generation: 2, journalLength: 1 }, [settle("b")], end({ sweep: false })),
        ],
      },
      { end: "a call that is guarded on the lease alone", units: [(run: Run) => call(run.lease, [], end({ sweep: false }))] },
      { end: "a cancel", units: [(run: Run) => cancel(run.runId)] },
    ])("rules and deadlines go with their run, when $end ends it", async ({ units }) => {
      await using bench = await setup(openStore);
      const run = await bench.start({ cancelRules: [rule, { ...rule, eventName: "other" }], timers: deadlines });
      expect([(await bench.waits()).length, (await bench.timers()).length]).toEqual([2, 2]);
      expect(await bench.outcomes(units.map((unit) => unit(run)))).toMatchObject(units.map(() => committed));
      expect([await bench.waits(), await bench.timers()]).toEqual([[], []]);
      const { environmentId, waits } = bench.store;
      expect([waits.isAwaited(environmentId, rule.eventName), waits.isAwaited(environmentId, "other")]).toEqual([false, false]);
    });

    test("a start that is a duplicate, and a unit that is refused, leave no rule and no deadline", async () => {
      await using bench = await setup(openStore);
      const dedupe = { key: "k", expiresAt: at(500) };
      const first = await bench.start({ dedupe });
      const start = bench.startOf({ dedupe, cancelRules: [rule], timers: deadlines });
      const culprit = bench.startOf({ cancelRules: [rule], timers: deadlines, runId: first.runId });
      const good = bench.startOf({ cancelRules: [{ ...rule, eventName: "good" }] });
      const units = [start, culprit, good].map((one) => bench.accept(bench.accepted([one])));
      expect((await bench.outcomes(units)).map(({ kind }) => kind)).toEqual(["accepted", "refused", "accepted"]);
      expect(await bench.waits()).toMatchObject([{ runId: good.runId }]);
      expect(await bench.timers()).toEqual([]);
      expect(bench.store.waits.isAwaited(bench.store.environmentId, rule.eventName)).toBe(false);
      expect(bench.store.waits.isAwaited(bench.store.environmentId, "good")).toBe(true);
    });
  });

  describe("deadlines", () => {
    test("a deadline is due at its time, and cancels its run once", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start({ timers: deadlines, wantsLease: false });
      expect(await bench.store.timers.due({ now: at(99), limit: 9 })).toEqual({ timers: [], waits: [], nextDueAt: at(100) });
      const due = await bench.store.timers.due({ now: at(100), limit: 9 });
      expect(due).toMatchObject({ timers: [{ kind: "start_deadline", subject: run.runId, dueAt: at(100) }], nextDueAt: at(500) });
      const timer = { kind: "start_deadline", subject: run.runId, dueAt: at(100) } as const;
      const unit: CancelUnit = { ...cancel(run.runId), reason: "start_timeout", timer };
      const stale: CancelUnit = { ...unit, timer: { ...timer, dueAt: at(99) } };
      expect(await bench.outcomes([stale, unit, unit])).toMatchObject([notFound, committed, notFound]);
      expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ status: "cancelled", cancelReason: "start_timeout" });
      expect(await bench.timers()).toEqual([]);
    });

    test("a deadline that was put off still goes with its run", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start({ timers: deadlines });
      const later = {
        kind: "set_timer",
        timer: "finish_deadline",
        subject: run.runId,
        expected: at(500),
        next: { dueAt: at(700) },
      } as const;
      expect(await bench.outcomes([later, later])).toEqual([committed, notFound]);
      expect(await bench.store.timers.get({ kind: "finish_deadline", subject: run.runId })).toMatchObject({ dueAt: at(700) });
      await bench.outcomes([call({ ...run.lease, journalLength: 0 }, [], end({ sweep: false }))]);
      expect(await bench.timers()).toEqual([]);
      expect(await bench.outcomes([{ ...later, expected: at(700) }])).toEqual([notFound]);
    });

    test("whatever has become of the run, the timer that asked for its end is done with", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [], end())]);
      const timers = [run.runId, bench.startOf().runId].map((subject) => ({ kind: "cancel_run", subject, dueAt: t0 }) as const);
      await bench.outcomes(
        timers.map(({ kind, subject, dueAt }) => ({ kind: "set_timer", timer: kind, subject, next: { dueAt } }) as const),
      );
      const units = timers.map((timer): CancelUnit => ({ ...cancel(timer.subject), timer }));
      expect(await bench.outcomes(units)).toEqual([{ kind: "run_ended", status: "completed" }, notFound]);
      expect(await bench.timers()).toEqual([]);
    });
  });

  describe("events of an end", () => {
    test("the events of a run's end are written with it, and start what listens", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const [listener, other] = [
        bench.startOf({ functionId: bench.otherFunctionId }),
        bench.startOf({ functionId: bench.otherFunctionId }),
      ];
      const told = bench.accepted([listener], bench.event({ name: "inngest/function.finished" }));
      const [outcome] = await bench.outcomes([
        call({ ...run.lease, journalLength: 0 }, [settle("a")], end({ events: [told], sweep: false })),
      ]);
      expect(outcome).toMatchObject({ kind: "committed", events: [{ kind: "stored", starts: [{ kind: "leased" }] }] });
      expect(await bench.run(listener.runId)).toMatchObject({ status: "running" });

      const cancelled = await bench.start();
      const also = bench.accepted([other], bench.event({ name: "inngest/function.cancelled" }));
      const unit: CancelUnit = { ...cancel(cancelled.runId), events: [also] };
      expect(await bench.outcomes([unit, unit])).toMatchObject([
        { kind: "committed", events: [{ kind: "stored", starts: [{ kind: "queued" }] }] },
        { kind: "run_ended" },
      ]);
      expect((await bench.store.reports.eventRuns(also.event.id)).map(({ id }) => id)).toEqual([other.runId]);
    });

    test("a call that is turned away writes no event of an end", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const told = bench.accepted([bench.startOf()], bench.event());
      expect(await bench.outcomes([call({ ...run.lease, generation: 9 }, [], end({ events: [told] }))])).toEqual([{ kind: "lease_lost" }]);
      expect(await bench.store.reports.getEvent(told.event.id)).toBeUndefined();
    });
  });
}

type Run = Awaited<ReturnType<Bench["start"]>>;
const v2 = { version: 2 };
