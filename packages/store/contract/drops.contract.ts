import type { JsonText, StoreSeq } from "@stepwell/protocol";
import type { DropSteps, Effect } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench, StartedRun } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end, openGroup, settle, stepId } from "./parts.ts";
import { setup } from "./setup.ts";
import { endedWith, invoke, signalOf, waitForEvent, waitForSignal } from "./wait-parts.ts";

const committed = { kind: "committed" };

function drop(...names: readonly string[]): DropSteps {
  return { kind: "drop_steps", stepIds: names.map(stepId) };
}

/** A run that is in hand again, after a first reply that brought these effects. */
async function begun(bench: Bench, effects: readonly Effect[]): Promise<StartedRun> {
  const run = await bench.start();
  const [outcome] = await bench.outcomes([call(run.lease, effects, { kind: "stay" }, { version: 2 })]);
  if (outcome?.kind !== "committed") throw new Error(`not committed: ${JSON.stringify(outcome)}`);
  return run;
}

async function stateOf(bench: Bench, run: StartedRun): Promise<Readonly<Record<string, string>>> {
  const steps = await bench.store.reports.runSteps(run.runId);
  return Object.fromEntries(steps.map(({ name, state }) => [name, state]));
}

/** What every store promises of the losers of a race. */
export function dropsContract(openStore: OpenStore): void {
  describe("dropped steps", () => {
    test("waits, signals, sleeps and invokes go without a result, and a child that goes with its wait is cancelled", async () => {
      await using bench = await setup(openStore);
      const { waits, environmentId } = bench.store;
      const [stays, goes] = [0, 1].map(() => bench.accepted([bench.startOf({ functionId: bench.otherFunctionId })], bench.event()));
      if (stays === undefined || goes === undefined) throw new Error("two children");
      const run = await begun(bench, [
        openGroup(["w", "s", "nap", "i", "j"], true),
        waitForEvent("w", waits.mark(), { race: true }),
        waitForSignal("s", "go", { race: true }),
        bench.sleep("nap", at(100), { itemId: bench.newItemId(), race: true }),
        invoke("i", stays, { race: true }),
        invoke("j", goes, { race: true, cancelsChild: true }),
      ]);
      const everything = call(run.lease, [drop("w", "s", "nap", "i", "j")], { kind: "stay" });
      expect(await bench.outcomes([everything, everything], at(9))).toEqual([committed, committed]);
      expect(await stateOf(bench, run)).toEqual({ w: "dropped", s: "dropped", nap: "dropped", i: "dropped", j: "dropped" });
      expect([await bench.waits(), waits.isAwaited(environmentId, "shop/paid")]).toEqual([[], false]);
      expect((await bench.claim({ now: at(200) })).items).toEqual([]);
      expect(await bench.outcomes([signalOf(bench.store, "go", "1")])).toEqual([{ kind: "signal_kept" }]);
      expect(await bench.timers()).toMatchObject([{ kind: "cancel_run", subject: goes.starts[0]?.runId, dueAt: 0 }]);
      expect(await bench.memos(run.runSeq)).toEqual({});
      expect((await bench.store.runs.load([{ runSeq: run.runSeq }]))[0]?.otherItems).toBe(0);
      expect(await bench.outcomes([call(run.lease, [], end())])).toEqual([committed]);
    });

    test.each(["retry", "stay"] as const)("a step that drops itself leaves a run that is asked again (%s)", async (kind) => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const plan = bench.plan("r", { request: "{}" as JsonText });
      await bench.outcomes([call(run.lease, [openGroup(["r"]), plan], bench.park(), { version: 2 })]);
      const item = await bench.claimOne();
      const next = kind === "retry" ? ({ kind, dueAt: at(100), attempt: 1 } as const) : ({ kind } as const);
      expect(await bench.outcomes([call(bench.leaseOf(item), [drop("r")], next)])).toEqual([committed]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId: run.runId }]);
    });

    test("what is settled, unknown, or runs in the app is left alone, and so is the sleep of the run itself", async () => {
      await using bench = await setup(openStore);
      const run = await begun(bench, [settle("done"), bench.plan("planned"), bench.sleep("own", at(50))]);
      const unit = call(run.lease, [drop("done", "planned", "own", "unknown")], bench.queue(at(50), 0, stepId("own")));
      expect(await bench.outcomes([unit])).toEqual([committed]);
      expect(await stateOf(bench, run)).toEqual({ done: "completed", planned: "planned", own: "sleeping" });
      expect((await bench.claim({ now: at(50) })).items.map(({ kind }) => kind).sort()).toEqual(["own", "step"]);
      expect(await bench.journal(run.runSeq)).toEqual(["done", "own"]);
    });

    test("a dropped step is not open any more: of its group, and of a later one that reports it again", async () => {
      await using bench = await setup(openStore);
      const since = bench.store.waits.mark();
      const first = [openGroup(["a", "b"]), waitForEvent("a", since), waitForEvent("b", since)];
      const run = await begun(bench, first);
      await bench.outcomes([call(run.lease, [drop("a")], bench.park())]);
      await bench.outcomes([endedWith(await bench.onlyWait())]);
      const again = bench.leaseOf(await bench.claimOne());
      // Reported again it is as it was, and begins nothing.
      const second = [openGroup(["a", "c"]), waitForEvent("a", since), waitForEvent("c", since)];
      await bench.outcomes([call(again, second, bench.park())]);
      expect(await bench.onlyWait()).toMatchObject({ stepId: stepId("c") });
      await bench.outcomes([endedWith(await bench.onlyWait())]);
      expect(await bench.claimOne()).toMatchObject({ runId: run.runId });
      expect(await stateOf(bench, run)).toEqual({ a: "dropped", b: "completed", c: "completed" });
    });

    test("requests go with their items, wherever they stand, and what one that is under way brings is turned away", async () => {
      await using bench = await setup(openStore);
      const request = { op: "Gateway", request: "{}" as JsonText };
      const run = await begun(bench, [
        openGroup(["held", "ready", "later", "stays"], true),
        bench.plan("ready", { ...request, race: true }),
        bench.plan("later", { ...request, race: true, dueAt: at(500) }),
        bench.plan("stays", { race: true }),
      ]);
      const [outcome] = await bench.outcomes([
        call(run.lease, [bench.plan("held", { ...request, race: true, wantsLease: true })], { kind: "stay" }),
      ]);
      const itemSeq = outcome?.kind === "committed" ? outcome.planned?.[0]?.itemSeq : undefined;
      if (itemSeq === undefined) throw new Error("the step was not planned leased");
      const held = { kind: "step", runSeq: run.runSeq, itemSeq, holderId: bench.store.holder.id, generation: 1 } as const;
      const unit = call(run.lease, [drop("held", "ready", "later", "stays")], { kind: "stay" });
      expect(await bench.outcomes([unit, unit])).toEqual([committed, committed]);
      expect(await stateOf(bench, run)).toEqual({ held: "dropped", ready: "dropped", later: "dropped", stays: "planned" });
      expect(bench.countRequests()).toBe(0);
      expect(await bench.outcomes([call(held, [settle("held")], { kind: "done" })])).toEqual([{ kind: "lease_lost" }]);
      expect((await bench.claim({ now: at(1_000) })).items.map((item) => item.stepId)).toEqual([stepId("stays")]);
      expect(await bench.memos(run.runSeq)).toEqual({});
      // Reported again it stays dropped.
      await bench.outcomes([call(run.lease, [bench.plan("ready", request)], { kind: "stay" })]);
      expect([bench.countRequests(), (await bench.claim({ now: at(1_000) })).items]).toEqual([0, []]);
    });

    test("code of the app that waits to be tried again goes, and code that runs is left to end once", async () => {
      await using bench = await setup(openStore);
      const run = await bench.fanOut(["waits", "fails", "succeeds"], { race: true });
      const leaseOf = (name: string) => {
        const item = run.items.find((each) => each.stepId === stepId(name));
        if (item === undefined) throw new Error(`no item of ${name}`);
        return bench.leaseOf(item);
      };
      const again = (name: string) => call(leaseOf(name), [], { kind: "retry", dueAt: at(100), attempt: 1 });
      await bench.outcomes([again("waits")]);
      // The run is asked once more, and finds its race decided.
      await bench.outcomes([call(leaseOf("succeeds"), [settle("succeeds", { wake: "always" })], { kind: "done" })]);
      const claimed = (await bench.claim()).items.find(({ kind }) => kind === "own");
      if (claimed === undefined) throw new Error("the run was not asked");
      const decided = call({ ...run.lease, generation: claimed.generation }, [drop("waits", "fails")], bench.queue(at(900)));
      expect(await bench.outcomes([decided])).toEqual([committed]);
      expect(await bench.outcomes([again("fails")])).toEqual([committed]);
      expect((await bench.claim({ now: at(800) })).items).toEqual([]);
      expect(await stateOf(bench, run)).toEqual({ waits: "dropped", fails: "dropped", succeeds: "completed" });
      expect((await bench.claim({ now: at(1_000) })).items).toMatchObject([{ kind: "own", runId: run.runId }]);
    });

    test("a lane of which every item was dropped is no lane any more", async () => {
      await using bench = await setup(openStore);
      const run = await begun(bench, [bench.plan("ask", { op: "Gateway", request: "{}" as JsonText })]);
      await bench.outcomes([call(run.lease, [drop("ask")], { kind: "stay" })]);
      // A run that is accepted now stands behind nobody.
      expect((await bench.start()).start).toBe("leased");
    });

    test("a request that is planned leased and dropped in one unit is given to nobody", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const plan = bench.plan("ask", { op: "Gateway", request: "{}" as JsonText, wantsLease: true });
      expect(await bench.outcomes([call(run.lease, [plan, drop("ask")], { kind: "stay" }, { version: 2 })])).toEqual([committed]);
      expect(await stateOf(bench, run)).toEqual({ ask: "dropped" });
    });

    test("a run of which everything was dropped is asked again", async () => {
      await using bench = await setup(openStore);
      const run = await begun(bench, [openGroup(["a", "b"]), waitForEvent("a", bench.store.waits.mark()), waitForSignal("b", "go")]);
      await bench.outcomes([call(run.lease, [drop("a", "b")], bench.park())]);
      expect(await bench.claimOne()).toMatchObject({ runId: run.runId });
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 1 });
    });

    test("the end of a wait and its drop in one batch: the first decides", async () => {
      await using bench = await setup(openStore);
      const since = bench.store.waits.mark();
      const run = await begun(bench, [openGroup(["a", "b"], true), waitForEvent("a", since), waitForEvent("b", since)]);
      const [a, b] = await bench.waits();
      const units = [
        endedWith(a ?? { seq: 0 as StoreSeq }),
        call(run.lease, [drop("a", "b")], { kind: "stay" }),
        endedWith(b ?? { seq: 0 as StoreSeq }),
      ];
      expect(await bench.outcomes(units)).toEqual([committed, committed, { kind: "not_found" }]);
      expect(await stateOf(bench, run)).toEqual({ a: "completed", b: "dropped" });
    });
  });
}
