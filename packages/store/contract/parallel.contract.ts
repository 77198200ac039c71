import { limits } from "@stepwell/protocol";
import type { ClaimedItem } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, openGroup, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

function itemOf(items: readonly ClaimedItem[], name: string): ClaimedItem {
  const item = items.find((candidate) => candidate.stepId === stepId(name));
  if (item === undefined) throw new Error(`no item of step ${name}`);
  return item;
}

/** What every store promises of steps that are under way together: what they share is settled in the transaction. */
export function parallelContract(openStore: OpenStore): void {
  describe("parallel steps", () => {
    test("each planned step has an item of its own, with the snapshot it was planned on; the run's own item parks", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([
        call(run.lease, [settle("first")], { kind: "keep" }, { version: 2 }),
        call({ ...run.lease, generation: 2 }, [openGroup(["a", "b"]), bench.plan("a"), bench.plan("b")], bench.park(), { plan: true }),
      ]);
      const { items, more } = await bench.claim();
      expect(items).toMatchObject([
        { kind: "step", runId: run.runId, stepId: stepId("a"), snapshotLength: 1, generation: 1, attempt: 0 },
        { kind: "step", runId: run.runId, stepId: stepId("b"), snapshotLength: 1, generation: 1, attempt: 0 },
      ]);
      expect(more).toBe(false);
      const [all, snapshot] = await bench.store.runs.load([{ runSeq: run.runSeq }, { runSeq: run.runSeq, journalLength: 0 }]);
      expect(all).toMatchObject({ otherItems: 2, run: { plan: true, journalLength: 1, status: "running" } });
      expect(all?.entries).toHaveLength(1);
      expect(snapshot?.entries).toEqual([]);
    });

    test("the run is asked again when nothing of the group is open any more, and then need not plan", async () => {
      await using bench = await setup(openStore);
      const { runId, runSeq, items } = await bench.fanOut(["a", "b", "c"]);
      for (const name of ["b", "c"])
        await bench.outcomes([call(bench.leaseOf(itemOf(items, name)), [settle(name, { wake: "group" })], { kind: "done" })]);
      expect((await bench.claim()).items).toEqual([]);
      const { outcomes, wake } = await bench.commit([
        call(bench.leaseOf(itemOf(items, "a")), [settle("a", { wake: "group" })], { kind: "done" }),
      ]);
      expect(outcomes).toEqual([{ kind: "committed" }]);
      expect(wake.ready).toBe(true);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId, generation: 2, attempt: 0 }]);
      expect(await bench.run(runId)).toMatchObject({ plan: false, journalLength: 3, emptyReplies: 0 });
      expect(await bench.journal(runSeq)).toEqual(["b", "c", "a"]);
    });

    test.each(["group", "always"] as const)(
      "a step that the app does not know is open no longer (wake: %s), and planned again its item goes on with its attempts",
      async (wake) => {
        await using bench = await setup(openStore);
        const { runId, runSeq, items } = await bench.fanOut(["a", "b"]);
        const unknown = { kind: "unplan_step", stepId: stepId("b"), attempt: 1, wake } as const;
        const unit = call(bench.leaseOf(itemOf(items, "b")), [unknown], { kind: "done" });
        expect(await bench.outcomes([unit, unit])).toEqual([{ kind: "committed" }, { kind: "lease_lost" }]);
        // What is open beside it is waited for, where the function does not race.
        expect((await bench.claim()).items.map(({ kind }) => kind)).toEqual(wake === "always" ? ["own"] : []);
        await bench.outcomes([call(bench.leaseOf(itemOf(items, "a")), [settle("a", { wake: "group" })], { kind: "done" })]);
        if (wake === "always") return;
        const own = await bench.claimOne();
        expect(own).toMatchObject({ kind: "own", runId });
        expect(await bench.journal(runSeq)).toEqual(["a"]);
        await bench.outcomes([call(bench.leaseOf(own), [openGroup(["b", "c"]), bench.plan("b"), bench.plan("c")], bench.park())]);
        const again = await bench.claim();
        expect(again.items.map(({ attempt }) => attempt).sort()).toEqual([0, 1]);
        expect(itemOf(again.items, "b")).toMatchObject({ attempt: 1 });
        for (const name of ["b", "c"])
          await bench.outcomes([call(bench.leaseOf(itemOf(again.items, name)), [settle(name, { wake: "group" })], { kind: "done" })]);
        expect(await bench.claimOne()).toMatchObject({ kind: "own", runId });
      },
    );

    test("a step that has its result stays as it is, whoever does not know it", async () => {
      await using bench = await setup(openStore);
      const { runId, runSeq, items } = await bench.fanOut(["a", "b"]);
      const unknown = { kind: "unplan_step", stepId: stepId("b"), attempt: 1, wake: "group" } as const;
      await bench.outcomes([
        call(bench.leaseOf(itemOf(items, "a")), [settle("a", { wake: "group" }), settle("b", { wake: "group" })], { kind: "done" }),
        call(bench.leaseOf(itemOf(items, "b")), [unknown], { kind: "done" }),
      ]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own", runId });
      expect((await bench.claim()).items).toEqual([]);
      expect(await bench.journal(runSeq)).toEqual(["a", "b"]);
    });

    test("the last two of a group that settle in one batch wake the run exactly once", async () => {
      await using bench = await setup(openStore);
      const { runId, items } = await bench.fanOut(["a", "b"]);
      const units = ["a", "b"].map((name) => call(bench.leaseOf(itemOf(items, name)), [settle(name, { wake: "group" })], { kind: "done" }));
      expect(await bench.outcomes(units)).toEqual([{ kind: "committed" }, { kind: "committed" }]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId }]);
      expect((await bench.claim()).items).toEqual([]);
    });

    test("every step of a race wakes the run, and one that wakes while another wake is queued adds nothing", async () => {
      await using bench = await setup(openStore);
      const { runId, lease, items } = await bench.fanOut(["a", "b", "c", "d"], { race: true });
      const settleStep = (name: string) => call(bench.leaseOf(itemOf(items, name)), [settle(name, { wake: "always" })], { kind: "done" });
      expect(await bench.outcomes([settleStep("a"), settleStep("b")])).toEqual([{ kind: "committed" }, { kind: "committed" }]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId, generation: 2 }]);

      // In hand: the wake is remembered, and the item queues where it would have parked.
      await bench.outcomes([settleStep("c")]);
      expect((await bench.claim()).items).toEqual([]);
      expect(await bench.outcomes([call({ ...lease, generation: 2 }, [], bench.park())])).toEqual([{ kind: "committed" }]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId, generation: 3 }]);
    });

    test("a wake that came while the item was in hand survives a checkpoint", async () => {
      await using bench = await setup(openStore);
      const { runId, lease, items } = await bench.fanOut(["a", "b"], { race: true });
      const settleStep = (name: string) => call(bench.leaseOf(itemOf(items, name)), [settle(name, { wake: "always" })], { kind: "done" });
      await bench.outcomes([settleStep("a")]);
      await bench.claimOne();
      const stay = call({ ...lease, generation: 2, journalLength: 2 }, [settle("x")], { kind: "stay" });
      expect(await bench.outcomes([settleStep("b"), stay, call({ ...lease, generation: 2 }, [], bench.park())])).toEqual([
        { kind: "committed" },
        { kind: "committed" },
        { kind: "committed" },
      ]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId, generation: 3 }]);
      expect(await bench.run(runId)).toMatchObject({ emptyReplies: 0 });
    });

    test("a group that was settled in the reply that opened it wakes at once", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const effects = [openGroup(["a", "b"]), settle("a"), settle("b")];
      expect((await bench.commit([call(run.lease, effects, bench.park(), { version: 2 })])).wake.ready).toBe(true);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", generation: 2 }]);
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 0 });
    });

    test("what is settled of an earlier group does not count for the present one", async () => {
      await using bench = await setup(openStore);
      const { lease, items } = await bench.fanOut(["a", "b"]);
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "a")), [settle("a", { wake: "always" })], { kind: "done" })]);
      const own = await bench.claimOne();
      const effects = [openGroup(["c", "d"]), bench.plan("c"), bench.plan("d")];
      await bench.outcomes([call({ ...lease, generation: own.generation }, effects, bench.park())]);
      const { items: planned } = await bench.claim();
      await bench.outcomes([
        call(bench.leaseOf(itemOf(items, "b")), [settle("b", { wake: "group" })], { kind: "done" }),
        call(bench.leaseOf(itemOf(planned, "c")), [settle("c", { wake: "group" })], { kind: "done" }),
      ]);
      expect((await bench.claim()).items).toEqual([]);
      await bench.outcomes([call(bench.leaseOf(itemOf(planned, "d")), [settle("d", { wake: "group" })], { kind: "done" })]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own" });
    });

    test("a run that parks with nothing else alive is asked again, and the empty replies are counted", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [], bench.park(), { version: 2 })]);
      expect(await bench.claimOne()).toMatchObject({ runId: run.runId, generation: 2 });
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 1 });
      // Whatever the reply seemed to bring: nothing of it is alive.
      await bench.outcomes([call({ ...run.lease, generation: 2 }, [], bench.park(), { emptyReplies: 0 })]);
      await bench.claimOne();
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 2 });
    });

    test("a step's item that goes without a result does not leave the run asleep", async () => {
      await using bench = await setup(openStore);
      const { runId, items } = await bench.fanOut(["a"]);
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "a")), [], { kind: "done" })]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId }]);
      expect(await bench.run(runId)).toMatchObject({ emptyReplies: 1 });
    });

    test("a step gets an item once, however often it is reported", async () => {
      await using bench = await setup(openStore);
      const { lease, items } = await bench.fanOut(["a", "b"]);
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "a")), [settle("a", { wake: "always" })], { kind: "done" })]);
      const own = await bench.claimOne();
      const effects = [openGroup(["b", "c"]), bench.plan("a"), bench.plan("b"), bench.plan("c")];
      await bench.outcomes([call({ ...lease, generation: own.generation }, effects, bench.park())]);
      expect((await bench.claim()).items).toMatchObject([{ stepId: stepId("c") }]);
      // The group is b and c: after both the run goes on, and not before.
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "b")), [settle("b", { wake: "group" })], { kind: "done" })]);
      expect((await bench.claim()).items).toEqual([]);
    });

    test("a step reported twice in one group is open once", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const effects = [openGroup(["a", "a"]), bench.plan("a"), bench.plan("a")];
      await bench.outcomes([call(run.lease, effects, bench.park(), { version: 2 })]);
      const { items } = await bench.claim();
      expect(items).toHaveLength(1);
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "a")), [settle("a", { wake: "group" })], { kind: "done" })]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own" });
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 0 });
    });

    test("what was reported as part of a race, or is settled, is not open in a later group", async () => {
      await using bench = await setup(openStore);
      const { lease, items } = await bench.fanOut(["fast", "slow"], { race: true });
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "fast")), [settle("fast", { wake: "always" })], { kind: "done" })]);
      const own = await bench.claimOne();
      const effects = [openGroup(["fast", "slow", "next"]), bench.plan("next")];
      await bench.outcomes([call({ ...lease, generation: own.generation }, effects, bench.park())]);
      const next = await bench.claimOne();
      await bench.outcomes([call(bench.leaseOf(next), [settle("next", { wake: "group" })], { kind: "done" })]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own" });
    });

    test("a run that is told of nothing but open steps of its races waits for them, and is not asked again at once", async () => {
      await using bench = await setup(openStore);
      const { runId, lease, items } = await bench.fanOut(["fast", "slow", "slower"], { race: true });
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "fast")), [settle("fast", { wake: "always" })], { kind: "done" })]);
      const own = await bench.claimOne();
      const again = call({ ...lease, generation: own.generation }, [openGroup(["slow", "slower"], true)], bench.park());
      expect((await bench.commit([again])).wake).toEqual({ ready: false });
      expect((await bench.claim()).items).toEqual([]);
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "slow")), [settle("slow", { wake: "always" })], { kind: "done" })]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own", runId });
    });

    test("a step's item is tried again with its attempt, and a stale call of it is turned away", async () => {
      await using bench = await setup(openStore);
      const { runId, items } = await bench.fanOut(["a", "b"]);
      const first = bench.leaseOf(itemOf(items, "a"));
      const retry = call(first, [], { kind: "retry", dueAt: at(100), attempt: 1 });
      expect(await bench.outcomes([retry, retry, call(first, [settle("a")], { kind: "done" })])).toEqual([
        { kind: "committed" },
        { kind: "lease_lost" },
        { kind: "lease_lost" },
      ]);
      expect((await bench.claim({ now: at(99) })).items).toEqual([]);
      const again = await bench.claimOne(at(100));
      expect(again).toMatchObject({ kind: "step", runId, itemId: itemOf(items, "a").itemId, attempt: 1, generation: 2 });
      expect(await bench.outcomes([call(first, [settle("a")], { kind: "done" })])).toEqual([{ kind: "lease_lost" }]);
      expect(await bench.outcomes([call(bench.leaseOf(again), [settle("x")], { kind: "stay" })])).toEqual([{ kind: "committed" }]);
      // A checkpoint: the attempts of the item begin anew.
      await bench.outcomes([{ kind: "release", lease: bench.leaseOf(again), rank: 0 }]);
      expect(await bench.claimOne()).toMatchObject({ kind: "step", attempt: 0, generation: 3 });
    });

    test("a parallel sleep ends in a decision and not in a call, and wakes by the rule of its group", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const nap = bench.sleep("nap", at(1_000), { itemId: bench.newItemId() });
      const effects = [openGroup(["nap", "a"]), nap, bench.plan("a")];
      const { wake } = await bench.commit([call(run.lease, effects, bench.park(), { version: 2, plan: true })]);
      expect(wake).toEqual({ ready: true, dueAt: at(1_000) });
      const { items } = await bench.claim();
      expect(items).toMatchObject([{ stepId: stepId("a") }]);

      expect((await bench.claim({ now: at(1_000) })).items).toEqual([]);
      expect(await bench.journal(run.runSeq)).toEqual(["nap"]);
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "a")), [settle("a", { wake: "group" })], { kind: "done" })]);
      expect(await bench.claimOne(at(1_000))).toMatchObject({ kind: "own" });
      expect(await bench.run(run.runId)).toMatchObject({ plan: false });
    });

    test("a parallel sleep that is over when it is recorded ends in a decision too", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const nap = bench.sleep("nap", t0, { itemId: bench.newItemId() });
      const { wake } = await bench.commit([call(run.lease, [openGroup(["nap", "a"]), nap, bench.plan("a")], bench.park(), { version: 2 })]);
      expect(wake).toEqual({ ready: true, dueAt: t0 });
      expect((await bench.claim()).items).toMatchObject([{ stepId: stepId("a") }]);
      expect(await bench.journal(run.runSeq)).toEqual(["nap"]);
    });

    test.each([
      { rule: "of a race", version: 2, race: true },
      { rule: "of an SDK of execution version 1", version: 1, race: false },
    ])("a parallel sleep $rule wakes whatever else is open", async ({ version, race }) => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const nap = bench.sleep("nap", at(1_000), { itemId: bench.newItemId(), race });
      const group = version >= 2 ? [openGroup(["nap", "a"], race)] : [];
      await bench.outcomes([call(run.lease, [...group, nap, bench.plan("a", { race })], bench.park(), { version })]);
      await bench.claim();
      expect((await bench.claim({ now: at(1_000) })).items).toMatchObject([{ kind: "own", runId: run.runId }]);
    });

    test("a parallel sleep that ends when nothing else of its run is alive does not leave it asleep", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const nap = bench.sleep("nap", at(1_000), { itemId: bench.newItemId() });
      // Of the group one step was reported and never planned.
      await bench.outcomes([call(run.lease, [openGroup(["nap", "ghost"]), nap], bench.park(), { version: 2 })]);
      expect((await bench.claim({ now: at(1_000) })).items).toMatchObject([{ kind: "own", runId: run.runId }]);
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 1 });
    });

    test("a wake leaves an own item that waits for its retry where it is", async () => {
      await using bench = await setup(openStore);
      const { runId, lease, items } = await bench.fanOut(["a", "b"], { race: true });
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "a")), [settle("a", { wake: "always" })], { kind: "done" })]);
      await bench.claimOne();
      await bench.outcomes([call({ ...lease, generation: 2 }, [], bench.queue(at(1_000), 1))]);
      const wake = call(bench.leaseOf(itemOf(items, "b")), [settle("b", { wake: "always" })], { kind: "done" });
      expect(await bench.outcomes([wake])).toEqual([{ kind: "committed" }]);
      expect((await bench.claim()).items).toEqual([]);
      expect((await bench.claim({ now: at(1_000) })).items).toMatchObject([{ kind: "own", runId, attempt: 1, generation: 3 }]);
    });

    test("the end of a run takes everything of it along: items ready, parked and held, and their lanes", async () => {
      await using bench = await setup(openStore);
      const { runId, items } = await bench.fanOut(["a", "b", "c"]);
      const held = itemOf(items, "a");
      const ready = call(bench.leaseOf(itemOf(items, "c")), [], { kind: "retry", dueAt: t0, attempt: 1 });
      const parked = call(bench.leaseOf(itemOf(items, "b")), [], { kind: "retry", dueAt: at(100), attempt: 1 });
      // A step's reply may end the run as well as the run's own.
      expect(await bench.outcomes([parked, ready, call(bench.leaseOf(held), [settle("a")], end({ sweep: false }))])).toEqual([
        { kind: "committed" },
        { kind: "committed" },
        { kind: "committed" },
      ]);
      expect(bench.countUnderWay()).toBe(0);
      expect(await bench.run(runId)).toMatchObject({ status: "completed" });
      expect(await bench.outcomes([call(bench.leaseOf(held), [settle("z")], { kind: "done" })])).toEqual([
        { kind: "run_ended", status: "completed" },
      ]);
      expect(await bench.claim({ now: at(1_000) })).toEqual({ items: [], more: false });
    });

    test("a unit that plans steps and ends the run leaves none of them", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const effects = [openGroup(["a", "nap"]), bench.plan("a"), bench.sleep("nap", at(9), { itemId: bench.newItemId() })];
      const unit = call({ ...run.lease, journalLength: 0 }, effects, end({ sweep: false }), { version: 2 });
      expect(await bench.outcomes([unit])).toEqual([{ kind: "committed" }]);
      expect(bench.countUnderWay()).toBe(0);
    });

    test("cancel and reply in one batch: the first decides", async () => {
      await using bench = await setup(openStore);
      const [one, two] = [await bench.start(), await bench.start()];
      const units = [cancel(one.runId), call(one.lease, [settle("a")], end()), call(two.lease, [settle("a")], end()), cancel(two.runId)];
      expect(await bench.outcomes(units)).toEqual([
        { kind: "committed", runSeq: one.runSeq },
        { kind: "run_ended", status: "cancelled" },
        { kind: "committed" },
        { kind: "run_ended", status: "completed" },
      ]);
      expect(await bench.journal(one.runSeq)).toEqual([]);
      expect(await bench.run(one.runId)).toMatchObject({ status: "cancelled" });
      expect(await bench.run(two.runId)).toMatchObject({ status: "completed" });
    });

    test("steps that are only known count against the limit: one past it is turned away whole", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const names = Array.from({ length: limits.stepsPerRunMax }, (_, index) => `s${index}x`);
      const over = call(run.lease, [openGroup([...names, "one too many"]), bench.plan("p")], bench.park(), { version: 2 });
      expect(await bench.outcomes([over])).toEqual([{ kind: "over_limit", limit: "stepsPerRunMax" }]);
      expect(await bench.store.reports.runSteps(run.runId)).toEqual([]);
      expect((await bench.claim()).items).toEqual([]);
      expect(bench.countUnderWay()).toBe(0);
      expect(await bench.run(run.runId)).toMatchObject({ version: -1, generation: 1 });
      expect((await bench.start()).start).toBe("leased");

      const exact = call(run.lease, [openGroup(names), bench.plan("s7x")], bench.park(), { version: 2 });
      expect(await bench.outcomes([exact])).toEqual([{ kind: "committed" }]);
      // What is known already is no new step.
      const item = await bench.claimOne();
      expect(await bench.outcomes([call(bench.leaseOf(item), [settle("s7x")], { kind: "done" })])).toEqual([{ kind: "committed" }]);
    });

    test("a step found open by a run that goes on alone is settled as the step it is", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      // Reported, never planned: the function ran it itself in the next call.
      await bench.outcomes([call(run.lease, [openGroup(["a"]), settle("b")], { kind: "keep" }, { version: 2 })]);
      const unit = call({ ...run.lease, generation: 2, journalLength: 1 }, [settle("a")], { kind: "keep" });
      expect(await bench.outcomes([unit])).toEqual([{ kind: "committed" }]);
      expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ stepsKnown: 2, stepsSettled: 2 });
    });

    test("what is settled while its item is under way is not lost with a reply that ends elsewhere", async () => {
      await using bench = await setup(openStore);
      const { lease, items } = await bench.fanOut(["a", "b"], { race: true });
      await bench.outcomes([call(bench.leaseOf(itemOf(items, "a")), [settle("a", { wake: "always" })], { kind: "done" })]);
      const own = await bench.claimOne();
      await bench.outcomes([call({ ...lease, generation: own.generation }, [], end({ endedAt: t0 }))]);
      expect(await bench.outcomes([call(bench.leaseOf(itemOf(items, "b")), [settle("b")], { kind: "done" })])).toEqual([
        { kind: "run_ended", status: "completed" },
      ]);
      expect(bench.countUnderWay()).toBe(0);
    });
  });
}
