import { type EpochMs, type JsonText, limits } from "@stepwell/protocol";
import type { FailureFacts, FailureState, Next, RerunUnit, Unit } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench, StartedRun } from "./bench.ts";
import { laneOf } from "./lane-names.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

const day = 86_400_000;

function facts(fingerprint: string, more: Partial<FailureFacts> = {}): FailureFacts {
  return { fingerprint, name: "CardTimeout", template: "no answer in ‹n› ms", ...more };
}

function failed(failure: FailureFacts, parts: { readonly endedAt?: EpochMs; readonly sweep?: boolean } = {}): Next {
  const error = '{"name":"CardTimeout","message":"no answer in 250 ms"}' as JsonText;
  return { kind: "end", status: "failed", error, endedAt: t0, sweep: true, failure, ...parts };
}

/** A run that fails so; `short`: with nothing else alive, as most do. */
async function fail(
  bench: Bench,
  failure: FailureFacts,
  { endedAt = t0, short = true, ...start }: { readonly endedAt?: EpochMs; readonly short?: boolean; readonly functionId?: never } = {},
): Promise<StartedRun> {
  const run = await bench.start({ laneKey: laneOf(bench.newId()), ...start });
  const lease = short ? { ...run.lease, journalLength: 0 } : run.lease;
  expect(await bench.outcomes([call(lease, [], failed(failure, { endedAt, sweep: !short }))])).toEqual([{ kind: "committed" }]);
  return run;
}

function say(bench: Bench, fingerprint: string, state: FailureState, ms = 0): Unit {
  return { kind: "set_failure_state", environmentId: bench.store.environmentId, fingerprint, state, at: at(ms) };
}

async function group(bench: Bench, fingerprint: string) {
  return (await bench.store.reports.findFailure(fingerprint)).group;
}

async function prune(bench: Bench, parts: { readonly failedBefore?: EpochMs; readonly failuresBefore?: EpochMs }): Promise<void> {
  const never = at(-1);
  const times = { now: at(400 * day), endedBefore: never, failedBefore: never, eventsBefore: never };
  while ((await bench.store.retention.prune({ ...times, ...parts, limit: 2 })).more);
}

/** What every store promises of runs that failed. */
export function deadLettersContract(openStore: OpenStore): void {
  describe("dead letters", () => {
    test.for([true, false])("failures of a kind are one group, with counts and times (short %s)", async (short) => {
      await using bench = await setup(openStore);
      const told = facts("aa01", { stepName: "charge", frame: "charge (src/billing.ts)" });
      const first = await fail(bench, told, { endedAt: at(5), short });
      const second = await fail(bench, told, { endedAt: at(9), short });
      await fail(bench, facts("bb02"), { endedAt: at(7), short });
      expect(await group(bench, "aa01")).toMatchObject({
        ...told,
        ...{ functionSlug: "shop-order", appName: "shop", state: "open", count: 2, kept: 2, redriven: 0, firstAt: at(5), lastAt: at(9) },
      });
      const { reports } = bench.store;
      expect(await reports.getRun(first.runId)).toMatchObject({ status: "failed", failure: { fingerprint: "aa01" } });
      const { rows } = await reports.listRuns({ failures: ["aa01"] }, { limit: 10 });
      expect(rows.map(({ id }) => id)).toEqual([second.runId, first.runId]);
      expect((await reports.listFailures({}, { limit: 10 })).rows.map(({ fingerprint }) => fingerprint)).toEqual(["bb02", "aa01"]);
    });

    test("a run that ends otherwise is none of them", async () => {
      await using bench = await setup(openStore);
      const [done, cancelled] = [await bench.start(), await bench.start()];
      await bench.outcomes([call(done.lease, [], end()), cancel(cancelled.runId)]);
      expect((await bench.store.reports.listFailures({}, { limit: 10 })).rows).toEqual([]);
      expect((await bench.store.reports.getRun(cancelled.runId))?.failure).toBeUndefined();
    });

    test("a unit that is turned away counts nothing", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const ends = failed(facts("aa01"), { sweep: false });
      const stale = { ...run.lease, generation: 7, journalLength: 0 };
      expect(await bench.outcomes([call(stale, [], ends), call({ ...stale, generation: 1 }, [settle("a")], ends)])).toMatchObject([
        { kind: "lease_lost" },
        { kind: "committed" },
      ]);
      expect(await bench.outcomes([call({ ...stale, generation: 1 }, [], ends)])).toMatchObject([{ kind: "run_ended" }]);
      expect(await group(bench, "aa01")).toMatchObject({ count: 1 });
    });

    test("one that was resolved opens again with the next failure, one that is ignored stays", async () => {
      await using bench = await setup(openStore);
      for (const fingerprint of ["aa01", "bb02"]) await fail(bench, facts(fingerprint));
      expect(await bench.outcomes([say(bench, "aa01", "resolved", 3), say(bench, "bb02", "ignored", 4)])).toMatchObject([
        { kind: "committed" },
        { kind: "committed" },
      ]);
      expect(await group(bench, "aa01")).toMatchObject({ state: "resolved", stateAt: at(3) });
      for (const fingerprint of ["aa01", "bb02"]) await fail(bench, facts(fingerprint), { endedAt: at(8) });
      expect(await group(bench, "aa01")).toMatchObject({ state: "open", reopenedAt: at(8), count: 2 });
      expect(await group(bench, "bb02")).toMatchObject({ state: "ignored", stateAt: at(4), count: 2 });
      expect((await group(bench, "bb02"))?.reopenedAt).toBeUndefined();
    });

    test("of a resolution and a failure in one batch the later one says what the group is", async () => {
      await using bench = await setup(openStore);
      await fail(bench, facts("aa01"));
      const [one, other] = [await bench.start(), await bench.start()];
      await bench.outcomes([say(bench, "aa01", "resolved"), call(one.lease, [], failed(facts("aa01")))]);
      expect(await group(bench, "aa01")).toMatchObject({ state: "open" });
      await bench.outcomes([call(other.lease, [], failed(facts("aa01"))), say(bench, "aa01", "resolved")]);
      expect(await group(bench, "aa01")).toMatchObject({ state: "resolved", count: 3 });
    });

    test("of a group that is not there nothing can be said", async () => {
      await using bench = await setup(openStore);
      expect(await bench.outcomes([say(bench, "aa01", "resolved")])).toEqual([{ kind: "not_found" }]);
    });

    test("filters of groups and of their runs", async () => {
      await using bench = await setup(openStore);
      const { otherFunctionId: functionId } = bench;
      await fail(bench, facts("aa01"), { endedAt: at(1) });
      const other = await bench.start({ functionId });
      await bench.outcomes([call(other.lease, [], failed(facts("bb02"), { endedAt: at(2) })), say(bench, "bb02", "ignored")]);
      const { reports } = bench.store;
      const named = async (filter: Parameters<typeof reports.listFailures>[0]) =>
        (await reports.listFailures(filter, { limit: 10 })).rows.map(({ fingerprint }) => fingerprint);
      expect(await named({ states: ["open", "resolved"] })).toEqual(["aa01"]);
      expect(await named({ functionIds: [functionId] })).toEqual(["bb02"]);
      expect(await named({ lastFrom: at(2) })).toEqual(["bb02"]);
      expect(await named({ lastTo: at(2), environmentId: bench.store.environmentId })).toEqual(["aa01"]);
      expect(await reports.countFailures({})).toEqual({ open: 1, resolved: 0, ignored: 1 });
      const { rows } = await reports.listRuns({ failureStates: ["ignored"] }, { limit: 10 });
      expect(rows.map(({ id }) => id)).toEqual([other.runId]);
    });

    test("a page begins behind another, and a group is found by the beginning of its fingerprint", async () => {
      await using bench = await setup(openStore);
      for (const fingerprint of ["aa01", "aa02", "bb"]) await fail(bench, facts(fingerprint));
      const { reports } = bench.store;
      const page = await reports.listFailures({}, { limit: 2 });
      expect(page).toMatchObject({ rows: [{ fingerprint: "bb" }, { fingerprint: "aa02" }], hasOlder: true, hasNewer: false });
      const before = page.rows[1]?.seq;
      expect(await reports.listFailures({}, { limit: 2, ...(before === undefined ? {} : { before }) })).toMatchObject({
        rows: [{ fingerprint: "aa01" }],
        hasOlder: false,
      });
      expect(await reports.findFailure("aa")).toEqual({ matches: 2 });
      expect(await reports.findFailure("b")).toMatchObject({ matches: 1, group: { fingerprint: "bb" } });
      expect(await reports.findFailure("c")).toEqual({ matches: 0 });
    });

    test("kinds beyond what a function may have are counted together", async () => {
      await using bench = await setup(openStore);
      const { failureGroupsPerFunctionMax: most } = limits;
      const runs: StartedRun[] = [];
      for (let index = 0; index < most + 3; index += 1) runs.push(await bench.start({ laneKey: laneOf(bench.newId()) }));
      const units = runs.map(({ lease }, index) => call(lease, [], failed(facts(`f${String(index).padStart(4, "0")}`))));
      await bench.outcomes(units);
      expect(await bench.store.reports.countFailures({})).toMatchObject({ open: most + 1 });
      const [last] = (await bench.store.reports.listFailures({}, { limit: 1 })).rows;
      expect(last).toMatchObject({ count: 3, kept: 3, name: "Other failures" });
      await fail(bench, facts("f0000"));
      expect(await group(bench, "f0000")).toMatchObject({ count: 2 });
    });

    test("a group outlives its runs and goes when it has been quiet for long", async () => {
      await using bench = await setup(openStore);
      await fail(bench, facts("aa01"), { endedAt: at(1) });
      await fail(bench, facts("aa01"), { endedAt: at(100) });
      await prune(bench, { failedBefore: at(50), failuresBefore: at(500) });
      expect(await group(bench, "aa01")).toMatchObject({ count: 2, kept: 1 });
      await prune(bench, { failedBefore: at(150) });
      expect(await group(bench, "aa01")).toMatchObject({ count: 2, kept: 0, firstAt: at(1), lastAt: at(100) });
      await prune(bench, { failuresBefore: at(100) });
      expect(await group(bench, "aa01")).toBeDefined();
      await prune(bench, { failuresBefore: at(101) });
      expect(await group(bench, "aa01")).toBeUndefined();
    });

    test("a run that is repeated says by which one, and is repeated once where that is asked", async () => {
      await using bench = await setup(openStore);
      const run = await fail(bench, facts("aa01"));
      const again = (once: boolean): RerunUnit => ({
        kind: "rerun",
        of: run.runId,
        start: bench.startOf({ origin: "rerun" }),
        keep: [],
        once,
      });
      const [first, second] = [again(true), again(true)];
      const as = first.start.runId;
      expect(await bench.outcomes([first, second])).toMatchObject([{ kind: "committed" }, { kind: "already_redriven", as }]);
      expect(await bench.store.reports.getRun(second.start.runId)).toBeUndefined();
      expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ failure: { redrivenAs: as } });
      expect(await group(bench, "aa01")).toMatchObject({ count: 1, kept: 1, redriven: 1 });
      const third = again(false);
      expect(await bench.outcomes([third])).toMatchObject([{ kind: "committed" }]);
      expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ failure: { redrivenAs: third.start.runId } });
      expect(await group(bench, "aa01")).toMatchObject({ redriven: 1 });
      await bench.reopen();
      expect(await bench.outcomes([again(true)])).toMatchObject([{ kind: "already_redriven" }]);
      await prune(bench, { failedBefore: at(50) });
      expect(await group(bench, "aa01")).toMatchObject({ kept: 0, redriven: 0 });
      expect(await bench.outcomes([again(true)])).toEqual([{ kind: "not_found" }]);
    });

    test("a repetition that begins with results need not begin with a step", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [settle("a"), settle("b")], failed(facts("aa01")))]);
      const start = bench.startOf({ origin: "rerun" });
      await bench.outcomes([{ kind: "rerun", of: run.runId, start, keep: [{ stepId: stepId("a") }] }]);
      const item = await bench.claimOne();
      expect(item.runId).toBe(start.runId);
      expect(await bench.journal(item.runSeq)).toEqual(["a"]);
    });

    test("all of it is there after a restart", async () => {
      await using bench = await setup(openStore);
      const run = await fail(bench, facts("aa01"));
      await bench.outcomes([say(bench, "aa01", "resolved")]);
      await bench.reopen();
      expect(await group(bench, "aa01")).toMatchObject({ state: "resolved", count: 1 });
      expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ failure: { fingerprint: "aa01" } });
    });

    test("a step that failed for good is known by its name where the run is read", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [settle("a"), settle("b", { failed: true })], { kind: "stay" })]);
      const [state] = await bench.store.runs.load([{ runSeq: run.runSeq }]);
      expect(state?.entries.map(({ failedName }) => failedName)).toEqual([undefined, "b"]);
      const [one] = await bench.store.runs.load([{ runSeq: run.runSeq }, { runSeq: run.runSeq, journalLength: 1 }]);
      expect(one?.entries.map(({ failedName }) => failedName)).toEqual([undefined, "b"]);
    });
  });
}
