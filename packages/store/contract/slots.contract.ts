import type { RunId } from "@stepwell/protocol";
import { type Constraint, type FunctionLimits, type LimitRule, laneKeyOf, rankOfStart, ruleName, type StartRun } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, openGroup, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { invoke } from "./wait-parts.ts";

const step = (limit: number, key = ""): LimitRule => ({ kind: "step", scope: "fn", key, limit });
const run = (limit: number, key = ""): LimitRule => ({ kind: "run", scope: "fn", key, limit });
const throttled: LimitRule = { kind: "throttle", scope: "fn", key: "", limit: 2, periodMs: 1_000, burst: 1 };
const laneOf = (...values: readonly (readonly [LimitRule, string])[]): string =>
  laneKeyOf(values.map(([rule, value]): Constraint => [ruleName(rule), value]));

/** A store whose first function has these limits. */
async function limited(openStore: OpenStore, ...rules: readonly LimitRule[]): Promise<Bench> {
  const bench = await setup(openStore);
  await limit(bench, ...rules);
  return bench;
}

function limit(bench: Bench, ...rules: readonly LimitRule[]): Promise<void> {
  const limits: FunctionLimits = { functionId: bench.functionId, rules };
  return bench.store.queue.setLimits([limits]);
}

async function startMany(bench: Bench, count: number, parts: Partial<StartRun> = {}): Promise<readonly string[]> {
  const runs: string[] = [];
  for (let index = 0; index < count; index += 1) runs.push((await bench.start({ rank: rankOfStart(at(index)), ...parts })).runId);
  return runs;
}

const claimedRuns = async (bench: Bench, parts: Parameters<Bench["claim"]>[0] = {}): Promise<readonly string[]> =>
  (await bench.claim(parts)).items.map(({ runId }) => runId);

/** What every store promises of slots: no more are owned than the limit allows, and one that is given back goes on. */
export function slotsContract(openStore: OpenStore): void {
  describe("slots", () => {
    test("a run is born leased while there is a slot; the next one queues, and is claimed when the slot is given back", async () => {
      await using bench = await limited(openStore, step(1));
      const first = await bench.start();
      const second = await bench.start();
      expect([first.start, second.start]).toEqual(["leased", "queued"]);
      expect(await bench.claim()).toEqual({ items: [], more: false });
      const { wake } = await bench.commit([call(first.lease, [settle("a")], end())]);
      expect(wake.ready).toBe(true);
      expect(await claimedRuns(bench)).toEqual([second.runId]);
    });

    test("a claim takes as many as there are slots, in order, and says that no more are to be had", async () => {
      await using bench = await limited(openStore, step(3));
      const runs = await startMany(bench, 5, { wantsLease: false });
      const { items, more } = await bench.claim();
      expect(items.map(({ runId }) => runId)).toEqual(runs.slice(0, 3));
      expect(more).toBe(false);
    });

    test.each<readonly [how: string, give: (bench: Bench, run: Awaited<ReturnType<Bench["start"]>>) => Promise<unknown>]>([
      ["it ends", (bench, { lease }) => bench.commit([call(lease, [], end())])],
      ["it sleeps", (bench, { lease }) => bench.commit([call(lease, [bench.sleep("s", at(500))], bench.queue(at(500), 0, stepId("s")))])],
      ["it is to be tried again", (bench, { lease }) => bench.commit([call(lease, [], bench.queue(at(500), 1))])],
      [
        "it waits",
        (bench, { lease }) => bench.commit([call(lease, [openGroup(["x"]), bench.plan("x", { dueAt: at(500) })], bench.park())]),
      ],
      ["it is given back", (bench, { lease }) => bench.commit([{ kind: "release", lease, rank: rankOfStart(at(900)) }])],
      ["it is cancelled", (bench, { runId }) => bench.commit([cancel(runId)])],
    ])("a call's slot is given back when %s", async (_how, give) => {
      await using bench = await limited(openStore, step(1));
      const first = await bench.start();
      const second = await bench.start();
      await give(bench, first);
      expect(await claimedRuns(bench, { limit: 1 })).toEqual([second.runId]);
      expect(await claimedRuns(bench, { now: at(600) })).toEqual([]);
    });

    test("a call that goes on keeps its slot", async () => {
      await using bench = await limited(openStore, step(1));
      const first = await bench.start();
      await bench.start();
      await bench.commit([call(first.lease, [settle("a")], { kind: "stay" })]);
      await bench.commit([call({ ...first.lease }, [settle("b")], { kind: "keep" })]);
      expect(await claimedRuns(bench)).toEqual([]);
    });

    test("a key that is full holds up no other key, and each key is in order", async () => {
      const rule = step(1, "tenant");
      await using bench = await limited(openStore, rule);
      const a = await startMany(bench, 3, { wantsLease: false, laneKey: laneOf([rule, "a"]) });
      const b = await startMany(bench, 2, { wantsLease: false, laneKey: laneOf([rule, "b"]) });
      const { items } = await bench.claim();
      expect(items.map(({ runId }) => runId)).toEqual([a[0], b[0]]);
      const [held] = items;
      if (held !== undefined) await bench.commit([call(bench.leaseOf(held), [], end())]);
      expect(await claimedRuns(bench)).toEqual([a[1]]);
    });

    test("a slot that two functions share goes to the one that waited first, and each has its own limit", async () => {
      const shared: LimitRule = { kind: "step", scope: "env", key: "k", limit: 1 };
      await using bench = await limited(openStore, shared);
      const wide = { ...shared, limit: 2 };
      await bench.store.queue.setLimits([{ functionId: bench.otherFunctionId, rules: [wide] }]);
      const laneKey = laneOf([shared, "gpu"]);
      const first = await bench.start({ laneKey });
      const second = await bench.start({ laneKey });
      const other = await bench.start({ laneKey, functionId: bench.otherFunctionId, wantsLease: false });
      expect([first.start, second.start]).toEqual(["leased", "queued"]);
      expect(await claimedRuns(bench)).toEqual([other.runId]);
      await bench.commit([call(first.lease, [], end())]);
      // One of two slots is used: too many for the first function.
      expect(await claimedRuns(bench)).toEqual([]);
      const [claimed] = await bench.store.queue.listHeld({ holderId: bench.store.holder.id });
      if (claimed !== undefined) await bench.commit([call(claimed.lease, [], end())]);
      expect(await claimedRuns(bench)).toEqual([second.runId]);
    });

    test("a function that is not called holds up nobody who waits for the same slot", async () => {
      const shared: LimitRule = { kind: "step", scope: "env", key: "k", limit: 1 };
      await using bench = await limited(openStore, shared);
      await bench.store.queue.setLimits([{ functionId: bench.otherFunctionId, rules: [shared] }]);
      const laneKey = laneOf([shared, "gpu"]);
      const first = await bench.start({ laneKey });
      await bench.start({ laneKey, functionId: bench.otherFunctionId });
      const waits = await bench.start({ laneKey });
      expect(await claimedRuns(bench)).toEqual([]);
      await bench.commit([call(first.lease, [], end())]);
      expect(await claimedRuns(bench, { except: [bench.otherFunctionId] })).toEqual([waits.runId]);
    });

    test("parallel steps take a slot each: what finds none is queued", async () => {
      await using bench = await limited(openStore, step(2));
      const { lease } = await bench.start();
      const names = ["a", "b", "c", "d"];
      const plans = names.map((name) => bench.plan(name, { wantsLease: true }));
      const [outcome] = await bench.outcomes([call(lease, [openGroup(names), ...plans], bench.park(), { version: 2 })]);
      // The call that reports them is in flight still.
      expect(outcome).toMatchObject({ kind: "committed", planned: [{ stepId: stepId("a") }] });
      const { items } = await bench.claim();
      expect(items).toMatchObject([{ stepId: stepId("b") }]);
      const [held] = items;
      if (held !== undefined) await bench.commit([call(bench.leaseOf(held), [settle("b", { wake: "group" })], { kind: "done" })]);
      expect((await bench.claim()).items).toMatchObject([{ stepId: stepId("c") }]);
    });

    test("the run owns its run-level slot from its first call to its end, and its steps go on", async () => {
      await using bench = await limited(openStore, run(1));
      const first = await bench.start();
      const second = await bench.start();
      expect(second.start).toBe("queued");
      await bench.commit([call(first.lease, [bench.sleep("s", at(100))], bench.queue(at(100), 0, stepId("s")))]);
      expect(await claimedRuns(bench)).toEqual([]);
      const awake = await bench.claimOne(at(100));
      expect(awake.runId).toBe(first.runId);
      await bench.commit([call(bench.leaseOf(awake), [], end())]);
      expect(await claimedRuns(bench, { now: at(100) })).toEqual([second.runId]);
    });

    test("a lane that waits for a run's slot lets the steps of its other runs through", async () => {
      await using bench = await limited(openStore, run(1));
      const first = await bench.start();
      await bench.start();
      expect(await claimedRuns(bench)).toEqual([]);
      await bench.commit([call(first.lease, [], bench.queue(t0, 1))]);
      expect(await claimedRuns(bench)).toEqual([first.runId]);
    });

    test("after a take-over calls' slots are free and runs' are not", async () => {
      await using bench = await limited(openStore, step(1), run(2));
      const first = await bench.start();
      const second = await bench.start();
      const third = await bench.start();
      await bench.commit([call(first.lease, [bench.sleep("s", at(100))], bench.queue(at(100), 0, stepId("s")))]);
      expect(await claimedRuns(bench)).toEqual([second.runId]);
      await bench.reopen();
      await limit(bench, step(1), run(2));
      await bench.store.queue.takeOver({ now: t0, epoch: bench.store.holder.epoch, limit: 10, countLosses: false });
      const { items } = await bench.claim();
      expect(items.map(({ runId }) => runId)).toEqual([second.runId]);
      const [again] = items;
      if (again !== undefined) await bench.commit([call(bench.leaseOf(again), [], end())]);
      expect(await claimedRuns(bench)).toEqual([third.runId]);
    });

    test("what a call brings after its holder was replaced is recorded, and nothing of it is leased to that holder", async () => {
      await using bench = await setup(openStore);
      const first = await bench.start();
      await bench.reopen(at(10));
      const child = bench.accepted([bench.startOf({ functionId: bench.otherFunctionId })], bench.event());
      const plan = bench.plan("p", { wantsLease: true });
      const unit = call(first.lease, [openGroup(["i", "p"]), invoke("i", child), plan], bench.park(), { version: 2 });
      // The lease is the old holder's until it is taken over.
      const [outcome] = await bench.outcomes([unit], at(10));
      expect(outcome).toMatchObject({ kind: "committed", events: [{ starts: [{ kind: "queued" }] }] });
      expect(outcome).not.toHaveProperty("planned");
      expect((await bench.claim({ now: at(10) })).items).toHaveLength(2);
    });

    test("a limit that is changed holds at once, for what is queued as well", async () => {
      await using bench = await limited(openStore, step(1));
      const runs = await startMany(bench, 6);
      expect(await claimedRuns(bench)).toEqual([]);
      await limit(bench, step(3));
      expect(await claimedRuns(bench)).toEqual(runs.slice(1, 3));
      await limit(bench, step(2));
      expect(await claimedRuns(bench)).toEqual([]);
      await limit(bench);
      expect(await claimedRuns(bench)).toEqual(runs.slice(3));
    });

    test("a limit that is new counts what is under way", async () => {
      await using bench = await setup(openStore);
      await startMany(bench, 2);
      await limit(bench, step(2));
      expect((await bench.start()).start).toBe("queued");
      expect(await claimedRuns(bench)).toEqual([]);
    });

    test("a unit that is refused takes no slot and gives none back", async () => {
      await using bench = await limited(openStore, step(1));
      const first = await bench.start();
      const twice = bench.startOf({ runId: first.runId, wantsLease: false });
      const { outcomes } = await bench.commit([
        call(first.lease, [], end()),
        bench.accept(bench.accepted([bench.startOf(), twice])),
        bench.accept(bench.accepted([bench.startOf()])),
        bench.accept(bench.accepted([bench.startOf()])),
      ]);
      expect(outcomes).toMatchObject([
        { kind: "committed" },
        { kind: "refused" },
        { kind: "accepted", events: [{ starts: [{ kind: "leased" }] }] },
        { kind: "accepted", events: [{ starts: [{ kind: "queued" }] }] },
      ]);
      expect(await claimedRuns(bench)).toEqual([]);
    });

    test("a slot that was meant for a run that is gone goes to the next lane", async () => {
      const shared = step(1, "shared");
      await using bench = await limited(openStore, step(1), shared);
      const first = await bench.start({ laneKey: laneOf([shared, "a"]) });
      const gone = await bench.start({ laneKey: laneOf([shared, "b"]) });
      const next = await bench.start({ laneKey: laneOf([shared, "c"]) });
      expect(await claimedRuns(bench)).toEqual([]);
      await bench.commit([call(first.lease, [], end())]);
      await bench.commit([cancel(gone.runId)]);
      expect(await claimedRuns(bench)).toEqual([next.runId]);
    });

    test("a run of a lane that waits is not overtaken by one that is born", async () => {
      const keyed = step(5, "tenant");
      await using bench = await limited(openStore, step(1), keyed);
      const first = await bench.start({ laneKey: laneOf([keyed, "a"]) });
      const waits = await bench.start({ laneKey: laneOf([keyed, "b"]) });
      await bench.commit([call(first.lease, [], end())]);
      const born = await bench.start({ laneKey: laneOf([keyed, "c"]) });
      expect(born.start).toBe("queued");
      expect(await claimedRuns(bench)).toEqual([waits.runId]);
    });

    test("a run that is queued can say what keeps it: the gate, who owns its slots, who stands before it", async () => {
      await using bench = await limited(openStore, step(1), throttled);
      const first = await bench.start();
      const second = await bench.start({ rank: rankOfStart(at(1)) });
      const third = await bench.start({ rank: rankOfStart(at(2)) });
      const [place, ...more] = await bench.store.queue.explain({ runId: third.runId, now: t0, limit: 100 });
      expect(more).toEqual([]);
      expect(place).toMatchObject({ state: "ready", isStart: true, ahead: 1, first: [second.runId] });
      expect(place?.gates).toMatchObject([
        { kind: "step", scope: "fn", value: "", isShut: true, used: 1, owners: [first.runId], rule: { limit: 1 } },
        { kind: "throttle", isShut: true, used: 0, owners: [], opensAt: at(500) },
      ]);
      expect(place?.gates[0]).not.toHaveProperty("opensAt");
      await bench.commit([call(first.lease, [], bench.queue(at(900), 1))]);
      const [retry] = await bench.store.queue.explain({ runId: first.runId, now: t0, limit: 100 });
      expect(retry).toMatchObject({
        state: "parked",
        dueAt: at(900),
        isStart: false,
        ahead: 0,
        gates: [{ kind: "step", isShut: false, used: 0 }],
      });
      await bench.store.queue.hold({ functionId: bench.functionId, until: at(700) });
      const [held] = await bench.store.queue.explain({ runId: second.runId, now: t0, limit: 100 });
      expect(held?.gates[0]).toMatchObject({ kind: "hold", isShut: true, opensAt: at(700) });
    });

    test("a run that waits beside other keys is told its place among all of them, as their turns go", async () => {
      const keyed = step(5, "tenant");
      await using bench = await limited(openStore, step(1), keyed);
      const queue = async (tenant: string, ms: number): Promise<RunId> =>
        (await bench.start({ laneKey: laneOf([keyed, tenant]), rank: rankOfStart(at(ms)) })).runId;
      const holder = await queue("a", 0);
      const a1 = await queue("a", 1);
      const a2 = await queue("a", 2);
      const b1 = await queue("b", 3);
      const b2 = await queue("b", 4);
      const b3 = await queue("b", 5);
      const c1 = await queue("c", 6);
      expect(await claimedRuns(bench)).toEqual([]);
      const lineOf = async (runId: RunId): Promise<unknown> =>
        (await bench.store.queue.explain({ runId, now: t0, limit: 100 }))[0]?.gates.find(({ value }) => value === "");
      expect(await lineOf(a1)).toMatchObject({ isShut: true, owners: [holder], line: { ahead: 0, first: [] } });
      expect(await lineOf(b1)).toMatchObject({ line: { ahead: 1, first: [a1] } });
      expect(await lineOf(c1)).toMatchObject({ line: { ahead: 2, first: [a1, b1] } });
      expect(await lineOf(a2)).toMatchObject({ line: { ahead: 3, first: [a1, b1, c1] } });
      expect(await lineOf(b2)).toMatchObject({ line: { ahead: 4, first: [a1, b1, c1, a2] } });
      expect(await lineOf(b3)).toMatchObject({ line: { ahead: 5, first: [a1, b1, c1, a2, b2] } });
    });

    test("a run alone with its key is told no line beside that of its lane", async () => {
      await using bench = await limited(openStore, step(1));
      await bench.start();
      const { runId } = await bench.start();
      expect(await claimedRuns(bench)).toEqual([]);
      const [place] = await bench.store.queue.explain({ runId, now: t0, limit: 100 });
      expect(place?.gates[0]).not.toHaveProperty("line");
    });

    test("nothing is written for a slot", async () => {
      await using bench = await setup(openStore);
      const before = bench.store.counters.rowsWritten;
      const free = await bench.start();
      await bench.commit([call(free.lease, [settle("a")], end({ sweep: false }))]);
      const rows = bench.store.counters.rowsWritten - before;
      await limit(bench, step(1), run(1));
      const { lease } = await bench.start();
      await bench.commit([call(lease, [settle("a")], end({ sweep: false }))]);
      expect(bench.store.counters.rowsWritten - before).toBe(2 * rows);
    });
  });
}
