import { type JsonText, limits, type RunId, type StepId } from "@stepwell/protocol";
import type { BeginWait, ClaimedItem, KeptStep, RerunUnit, UnitOutcome } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench, StartedRun } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

const committed = { kind: "committed" };
const long = JSON.stringify("x".repeat(limits.payloadInlineLengthMax + 1)) as JsonText;

function rerun(bench: Bench, of: RunId, parts: Partial<RerunUnit> = {}): RerunUnit {
  return { kind: "rerun", of, start: bench.startOf({ origin: "rerun" }), keep: [], ...parts };
}

function kept(...names: readonly string[]): readonly KeptStep[] {
  return names.map((name) => ({ stepId: stepId(name) }));
}

/** A run that recorded these steps and ended. */
async function ended(bench: Bench, steps: readonly (readonly [name: string, memo: JsonText])[]): Promise<StartedRun> {
  const run = await bench.start();
  const effects = steps.map(([name, memo]) => settle(name, { memo }));
  await bench.outcomes([call(run.lease, effects, end(), { version: 2 })]);
  return run;
}

/** The run that a rerun made, as it is claimed. */
async function made(bench: Bench, unit: RerunUnit, outcome: UnitOutcome | undefined) {
  expect(outcome).toMatchObject(committed);
  const item = await bench.claimOne();
  expect(item).toMatchObject({ kind: "own", runId: unit.start.runId, generation: 1, attempt: 0 });
  const [state] = await bench.store.runs.load([{ runSeq: item.runSeq }]);
  if (state === undefined) throw new Error("the run is not there");
  return state;
}

/** What every store promises of runs that repeat others. */
export function rerunsContract(openStore: OpenStore): void {
  describe("reruns", () => {
    test("a rerun is a run of its own with the same event, which queues and has nothing of the other one", async () => {
      await using bench = await setup(openStore);
      const run = await ended(bench, [["a", "1" as JsonText]]);
      await bench.send();
      const unit = rerun(bench, run.runId);
      const state = await made(bench, unit, (await bench.outcomes([unit], at(5)))[0]);
      expect(state.run).toMatchObject({ origin: "rerun", queuedAt: at(5), journalLength: 0, stateBytes: 0, version: -1 });
      expect(state.entries).toEqual([]);
      expect(state.events.map(({ id }) => id)).toEqual([run.eventId]);
      const report = await bench.store.reports.getRun(unit.start.runId);
      expect(report?.rerun).toEqual({ of: run.runId, first: run.runId });
      expect((await bench.store.reports.eventRuns(run.eventId)).map(({ id }) => id)).toEqual([run.runId, unit.start.runId]);
    });

    test("it is born with the results that are kept, in the order that is asked for, long ones too", async () => {
      await using bench = await setup(openStore);
      const run = await ended(bench, [
        ["a", "1" as JsonText],
        ["b", long],
        ["c", "3" as JsonText],
      ]);
      const keep: readonly KeptStep[] = [...kept("b"), { stepId: stepId("c"), memo: '{"data":4}' as JsonText }, ...kept("a")];
      const unit = rerun(bench, run.runId, { keep, fromStep: stepId("d") });
      const state = await made(bench, unit, (await bench.outcomes([unit]))[0]);
      expect(state.entries.map(({ memo, ord }) => [memo, ord])).toEqual([
        [long, 1],
        ['{"data":4}', 2],
        ["1", 3],
      ]);
      expect(state.run).toMatchObject({ journalLength: 3, version: 2, stateBytes: long.length + 11 });
      const steps = await bench.store.reports.runSteps(unit.start.runId);
      expect(steps.map((step) => [step.name, step.kept])).toEqual([
        ["b", "reused"],
        ["c", "overridden"],
        ["a", "reused"],
      ]);
      // A result that is kept is a result: it never changes.
      await bench.outcomes([
        call({ kind: "own", runSeq: state.run.seq, holderId: bench.store.holder.id, generation: 1 }, [settle("a")], end()),
      ]);
      expect(await bench.memos(state.run.seq)).toMatchObject({ a: 1 });
      expect(await bench.memos(run.runSeq)).toMatchObject({ b: JSON.parse(long), c: 3 });
    });

    test("an event that ended a wait is the kept result, without a copy", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const event = await bench.send({ data: '{"paid":1}' as JsonText });
      const wait: BeginWait = {
        kind: "begin_wait",
        stepId: stepId("w"),
        op: "WaitForEvent",
        name: "w",
        race: false,
        wake: "group",
        startedAt: t0,
        dueAt: at(9),
        waitsFor: { kind: "event", since: bench.store.waits.mark(), eventName: "shop/paid" },
      };
      await bench.outcomes([call(run.lease, [wait], bench.park(), { version: 2 })]);
      const { seq: waitSeq } = await bench.onlyWait();
      await bench.outcomes([
        { kind: "resolve_wait", waitSeq, endedAt: t0, result: { kind: "event", eventSeq: event.seq, eventId: event.id } },
        cancel(run.runId),
      ]);
      const unit = rerun(bench, run.runId, { keep: kept("w"), fromStep: stepId("x") });
      const state = await made(bench, unit, (await bench.outcomes([unit]))[0]);
      expect(state.entries.map(({ memo }) => JSON.parse(memo))).toMatchObject([{ name: "shop/paid", data: { paid: 1 } }]);
      expect(state.run.stateBytes).toBe((await bench.run(run.runId)).stateBytes);
    });

    test.for([
      ["of a run that is not there", "01HG0000000000000000009999", kept()],
      ["with a step that the run does not have", undefined, kept("a", "x")],
      ["with a step that has no result", undefined, kept("open")],
      ["with a result given to a step that the run does not have", undefined, [{ stepId: stepId("x"), memo: "1" as JsonText }]],
    ] as const)("a rerun %s leaves no trace", async ([, of, keep]) => {
      await using bench = await setup(openStore);
      const run = await bench.fanOut(["open", "a"]);
      await bench.outcomes([call(bench.leaseOf(run.items[1] as ClaimedItem), [settle("a")], { kind: "done" })]);
      await bench.outcomes([cancel(run.runId)]);
      const before = await bench.store.reports.size();
      const unit = rerun(bench, (of ?? run.runId) as RunId, { keep, fromStep: stepId("open") });
      expect(await bench.outcomes([unit])).toEqual([{ kind: "not_found" }]);
      expect((await bench.store.reports.size()).runs).toBe(before.runs);
      expect((await bench.claim()).items).toEqual([]);
    });

    test("what is more than a run may hold is turned away without a trace", async () => {
      await using bench = await setup(openStore);
      const run = await ended(bench, [["a", "1" as JsonText]]);
      const memo = JSON.stringify("x".repeat(limits.runStateBytesMax)) as JsonText;
      const unit = rerun(bench, run.runId, { keep: [{ stepId: stepId("a"), memo }], fromStep: stepId("b") });
      expect(await bench.outcomes([unit])).toEqual([{ kind: "over_limit", limit: "runStateBytesMax" }]);
      expect((await bench.store.reports.size()).runs).toBe(1);
    });

    test("arguments for a step come with the run, one by one and among others, as long as it is there", async () => {
      await using bench = await setup(openStore);
      const run = await ended(bench, []);
      const units = [1, 2].map((n) => rerun(bench, run.runId, { fromStep: stepId("a"), input: `[${n}]` as JsonText }));
      await bench.outcomes(units);
      await bench.reopen();
      const { items } = await bench.claim();
      const params = items.map(({ runSeq }) => ({ runSeq }));
      const states = await bench.store.runs.load(params);
      expect(states.map((state) => state?.stepInput)).toEqual([1, 2].map((n) => ({ stepId: stepId("a"), input: `[${n}]` })));
      expect((await bench.store.runs.load(params.slice(0, 1)))[0]?.stepInput?.input).toBe("[1]");
    });

    test("a rerun of a rerun remembers where the chain began; two of one batch are two runs", async () => {
      await using bench = await setup(openStore);
      const run = await ended(bench, []);
      const [one, two] = [rerun(bench, run.runId, { name: "first" }), rerun(bench, run.runId)];
      await bench.outcomes([one, two]);
      const third = rerun(bench, one.start.runId);
      expect(await bench.outcomes([third])).toMatchObject([committed]);
      const lineage = async (id: RunId) => (await bench.store.reports.getRun(id))?.rerun;
      expect(await lineage(one.start.runId)).toEqual({ of: run.runId, first: run.runId, name: "first" });
      expect(await lineage(third.start.runId)).toEqual({ of: one.start.runId, first: run.runId });
      expect((await bench.claim()).items).toHaveLength(3);
    });

    test("events between the first run and the rerun do not cancel it, later ones do", async () => {
      await using bench = await setup(openStore);
      const run = await ended(bench, []);
      await bench.send();
      const unit = rerun(bench, run.runId, {
        start: bench.startOf({ origin: "rerun", cancelRules: [{ eventName: "shop/paid", dueAt: at(99) }] }),
      });
      await bench.outcomes([unit]);
      const rule = await bench.onlyWait();
      const later = await bench.send();
      expect(rule).toMatchObject({ kind: "cancel", runId: unit.start.runId });
      expect(Number(rule.since)).toBeGreaterThan(0);
      expect(Number(rule.since)).toBeLessThan(later.seq);
      expect(Number(rule.since)).toBeGreaterThan(run.runSeq + 1);
    });

    test("a rerun keeps its event; the run that it repeats may go before, and both leave nothing", async () => {
      await using bench = await setup(openStore);
      const run = await ended(bench, [["a", long]]);
      const unit = rerun(bench, run.runId, { keep: kept("a"), fromStep: stepId("b"), input: "[]" as JsonText });
      await bench.outcomes([unit]);
      const year = 365 * 86_400_000;
      const prune = (ms: number) => {
        const before = at(ms);
        const old = { endedBefore: before, failedBefore: before, eventsBefore: before, tracesBefore: before };
        return bench.store.retention.prune({ now: before, ...old, limit: 100 });
      };
      await prune(year);
      expect(await bench.store.runs.find(run.runId)).toBeUndefined();
      const item = await bench.claimOne(at(year));
      const [state] = await bench.store.runs.load([{ runSeq: item.runSeq }]);
      expect(state?.entries.map(({ memo }) => memo)).toEqual([long]);
      expect(state?.events).toHaveLength(1);
      await bench.outcomes([cancel(unit.start.runId)], at(year));
      for (let pass = 0; pass < 3; pass += 1) await prune(3 * year);
      expect(await bench.store.reports.size()).toMatchObject({ runs: 0, events: 0 });
    });

    test("steps are named by their ids alone", async () => {
      await using bench = await setup(openStore);
      const run = await ended(bench, [["a", "1" as JsonText]]);
      const unit = rerun(bench, run.runId, { keep: [{ stepId: "a" as StepId }], fromStep: stepId("b") });
      expect(await bench.outcomes([unit])).toEqual([{ kind: "not_found" }]);
    });
  });
}
