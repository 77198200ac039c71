import { type JsonText, limits, type RunId, type StoreSeq } from "@stepwell/protocol";
import { type AcceptedEvent, isStarted, type OwnLease, type StartResult, type UnitOutcome } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench, StartedRun } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, openGroup, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { endedWith, invoke, notStartedMemos, refused, refusedMemo } from "./wait-parts.ts";

const committed = { kind: "committed" };

interface Family {
  readonly parent: StartedRun;
  readonly childId: RunId;
  readonly start: StartResult["kind"];
  readonly lease: OwnLease;
}

function childOf(bench: Bench, parts: Parameters<Bench["startOf"]>[0] = {}): AcceptedEvent {
  return bench.accepted(
    [bench.startOf({ functionId: bench.otherFunctionId, ...parts })],
    bench.event({ name: "inngest/function.invoked" }),
  );
}

function runIdOf(child: AcceptedEvent): RunId {
  return child.starts[0]?.runId ?? ("" as RunId);
}

function firstStart(outcome: UnitOutcome | undefined): StartResult {
  const [event] = outcome?.kind === "committed" ? (outcome.events ?? []) : [];
  const [start] = event?.kind === "stored" ? event.starts : [];
  if (start === undefined) throw new Error(`no child: ${JSON.stringify(outcome)}`);
  return start;
}

/** A parked run that waits for the child of its step `i`. */
async function family(
  bench: Bench,
  parts: { readonly cancelsChild?: boolean; readonly dueAt?: typeof t0; readonly origin?: string } = {},
): Promise<Family> {
  const parent = await bench.start();
  const child = childOf(bench, parts.origin === undefined ? {} : { origin: parts.origin });
  const [outcome] = await bench.outcomes([call(parent.lease, [invoke("i", child, parts)], bench.park(), { version: 2 })]);
  const start = firstStart(outcome);
  const runSeq = isStarted(start) ? start.runSeq : (0 as StoreSeq);
  return {
    parent,
    childId: runIdOf(child),
    start: start.kind,
    lease: { kind: "own", runSeq, holderId: bench.store.holder.id, generation: 1 },
  };
}

/** What every store promises of runs that start other runs and wait for their end. */
export function invokesContract(openStore: OpenStore): void {
  describe("invokes", () => {
    test("a step whose child there is nobody to be fails in the same commit, and wakes its run", async () => {
      await using bench = await setup(openStore);
      const { runId, runSeq, lease } = await bench.start();
      await bench.outcomes([call(lease, [refused("i")], bench.park(), { version: 2 })]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own", runId });
      expect(await bench.memos(runSeq)).toEqual({ i: JSON.parse(refusedMemo) });
    });

    test("a step that waits for its child already waits on, though nobody could be its child now", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const [begun] = await bench.outcomes([call(parent.lease, [invoke("i", childOf(bench))], { kind: "keep" }, { version: 2 })]);
      const again = call({ ...parent.lease, generation: 2 }, [refused("i")], bench.park());
      expect((await bench.commit([again])).outcomes).toEqual([committed]);
      expect((await bench.claim()).items).toEqual([]);
      const start = firstStart(begun);
      if (start.kind !== "leased") throw new Error("the child was not born leased");
      const child = { kind: "own", runSeq: start.runSeq, holderId: bench.store.holder.id, generation: 1 } as const;
      await bench.outcomes([call(child, [], { kind: "end", status: "completed", output: "42" as JsonText, endedAt: at(9), sweep: false })]);
      expect(await bench.memos(parent.runSeq)).toEqual({ i: { data: 42 } });
    });

    test("a child is born with the wait for it, in one commit, leased where there is room", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const child = childOf(bench);
      const before = bench.store.counters.commits;
      const [outcome] = await bench.outcomes([call(parent.lease, [invoke("i", child)], bench.park(), { version: 2 })]);
      expect(bench.store.counters.commits - before).toBe(1);
      expect(outcome).toMatchObject({ kind: "committed", events: [{ kind: "stored", starts: [{ kind: "leased" }] }] });
      expect(await bench.onlyWait()).toMatchObject({ kind: "invoke", runId: parent.runId, stepId: stepId("i"), eventName: runIdOf(child) });
      expect(await bench.run(runIdOf(child))).toMatchObject({ status: "running", generation: 1, functionId: bench.otherFunctionId });
      expect(await bench.store.reports.getEvent(child.event.id)).toMatchObject({ name: "inngest/function.invoked" });
      expect((await bench.claim()).items).toEqual([]);
    });

    test("where its lane has a ready item, or it wants no lease, a child queues", async () => {
      await using bench = await setup(openStore);
      await bench.start({ functionId: bench.otherFunctionId, wantsLease: false });
      const { start, childId } = await family(bench);
      expect(start).toBe("queued");
      expect((await bench.claim()).items.map(({ runId }) => runId)).toContain(childId);
    });

    test.each([
      { output: '{"n":1}', memo: { data: { n: 1 } } },
      { output: "null", memo: { data: null } },
      { output: undefined, memo: { data: null } },
      { output: '"é"', memo: { data: "é" } },
    ])("a child that completes with $output is its parent's result, in the unit of its end", async ({ output, memo }) => {
      await using bench = await setup(openStore);
      const { parent, childId, lease } = await family(bench);
      const next = { kind: "end", status: "completed", endedAt: at(9), sweep: false } as const;
      const unit = call({ ...lease, journalLength: 0 }, [], output === undefined ? next : { ...next, output: output as JsonText });
      const before = bench.store.counters.commits;
      const { outcomes, wake } = await bench.commit([unit], at(9));
      expect({ outcomes, wake, commits: bench.store.counters.commits - before }).toEqual({
        outcomes: [committed],
        wake: { ready: true },
        commits: 1,
      });
      expect(await bench.memos(parent.runSeq)).toEqual({ i: memo });
      expect(await bench.store.reports.runSteps(parent.runId)).toMatchObject([
        { op: "InvokeFunction", state: "completed", endedAt: at(9) },
      ]);
      expect(await bench.run(childId)).toMatchObject({ status: "completed" });
      expect(await bench.waits()).toEqual([]);
      expect((await bench.claim()).items).toMatchObject([{ kind: "own", runId: parent.runId }]);
    });

    test("what parts of a child's result were before they became JSON goes to its parent, and is not kept beside the run's own", async () => {
      await using bench = await setup(openStore);
      const { parent, childId, lease } = await family(bench);
      const [output, outputTypes] = ['{"at":"x"}', '[[["at"],"Date"]]'] as [JsonText, JsonText];
      await bench.outcomes([call(lease, [], end({ output, outputTypes }))]);
      expect(await bench.memos(parent.runSeq)).toEqual({ i: { data: { at: "x" }, types: [[["at"], "Date"]] } });
      expect(await bench.store.reports.getRun(childId)).toMatchObject({ status: "completed", output });
    });

    test.each([
      {
        error: '{"name":"CardError","message":"declined","stack":"at pay"}',
        memo: { name: "CardError", message: "declined", stack: "at pay", data: null },
      },
      { error: '{"name":"E","message":"m","data":{"code":7}}', memo: { name: "E", message: "m", data: { code: 7 } } },
      { error: '{"code":"step_error","name":"E","message":"m"}', memo: { name: "E", message: "m", data: null } },
      { error: '"plain"', memo: { name: "Error", message: "the invoked run failed", data: null } },
      { error: undefined, memo: { name: "Error", message: "the invoked run failed", data: null } },
    ])("a child that fails with $error is its parent's error", async ({ error, memo }) => {
      await using bench = await setup(openStore);
      const { parent, lease } = await family(bench);
      const next = { kind: "end", status: "failed", endedAt: t0, sweep: true } as const;
      await bench.outcomes([call(lease, [settle("a")], error === undefined ? next : { ...next, error: error as JsonText })]);
      expect(await bench.memos(parent.runSeq)).toEqual({ i: { error: memo } });
      expect(await bench.store.reports.runSteps(parent.runId)).toMatchObject([{ state: "failed" }]);
    });

    test("a child that is cancelled is an error that says so, and is not to be tried again", async () => {
      await using bench = await setup(openStore);
      const { parent, childId } = await family(bench);
      await bench.outcomes([cancel(childId)]);
      const message = `the invoked run ${childId} was cancelled: a person said so`;
      expect(await bench.memos(parent.runSeq)).toMatchObject({ i: { error: { message, noRetry: true, data: null } } });
      expect((await bench.claim()).items).toMatchObject([{ runId: parent.runId }]);
    });

    test("a large result of a child stands aside, and comes back whole in its parent", async () => {
      await using bench = await setup(openStore);
      const { parent, childId, lease } = await family(bench);
      const output = JSON.stringify("é".repeat(limits.payloadInlineLengthMax)) as JsonText;
      await bench.outcomes([call(lease, [], end({ output }))]);
      expect(await bench.memos(parent.runSeq)).toEqual({ i: { data: JSON.parse(output) } });
      expect((await bench.store.reports.getRun(childId))?.output).toBe(output);
      expect((await bench.run(parent.runId)).stateBytes).toBe(Buffer.byteLength(`{"data":${output}}`));
    });

    test("a result that would make the parent's results too large is the step's error; the child ends as it ended", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const most = `"${"x".repeat(limits.runStateBytesMax - 12)}"` as JsonText;
      const child = childOf(bench);
      const effects = [settle("a", { memo: most }), invoke("i", child)];
      const start = firstStart((await bench.outcomes([call(parent.lease, effects, bench.park(), { version: 2 })]))[0]);
      if (!isStarted(start)) throw new Error("a duplicate");
      const lease = { ...parent.lease, runSeq: start.runSeq };
      expect(await bench.outcomes([call(lease, [], end({ output: '"0123456789"' as JsonText }))])).toEqual([committed]);
      expect(await bench.memos(parent.runSeq)).toMatchObject({ i: { error: { name: "InngestErrStateOverflowed" } } });
      expect(await bench.run(runIdOf(child))).toMatchObject({ status: "completed" });
    });

    test("a child that is a duplicate of a run is refused at once, and the step says so", async () => {
      await using bench = await setup(openStore);
      const dedupe = { key: "k", expiresAt: at(500) };
      await bench.start({ dedupe, functionId: bench.otherFunctionId });
      const parent = await bench.start();
      const child = childOf(bench, { dedupe });
      const [outcome] = await bench.outcomes([call(parent.lease, [invoke("i", child)], bench.park(), { version: 2 })]);
      expect(outcome).toMatchObject({ kind: "committed", events: [{ kind: "stored", starts: [{ kind: "duplicate" }] }] });
      expect(await bench.memos(parent.runSeq)).toEqual({ i: JSON.parse(notStartedMemos.duplicate) });
      expect(await bench.waits()).toEqual([]);
      expect(await bench.store.reports.eventOutcomes(child.event.id)).toMatchObject([{ kind: "duplicate" }]);
      expect(await bench.claimOne()).toMatchObject({ runId: parent.runId });
    });

    test("an invoke that is reported again starts nothing, open or over", async () => {
      await using bench = await setup(openStore);
      const { parent, childId, lease } = await family(bench);
      const second = childOf(bench);
      await bench.outcomes([call(lease, [], end())]);
      const own = bench.leaseOf(await bench.claimOne());
      const [outcome] = await bench.outcomes([call(own, [invoke("i", second)], { kind: "stay" })]);
      expect(outcome?.kind).toBe("committed");
      expect(await bench.store.runs.find(runIdOf(second))).toBeUndefined();
      expect(await bench.store.reports.getEvent(second.event.id)).toBeUndefined();
      expect(await bench.waits()).toEqual([]);
      expect(await bench.run(childId)).toMatchObject({ status: "completed" });
      expect(await bench.journal(parent.runSeq)).toEqual(["i"]);
    });

    test("a child's end in the batch of its parent's registration is told", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const child = childOf(bench, { wantsLease: false });
      const units = [call(parent.lease, [invoke("i", child)], bench.park(), { version: 2 }), cancel(runIdOf(child))];
      expect((await bench.outcomes(units)).map(({ kind }) => kind)).toEqual(["committed", "committed"]);
      expect(await bench.memos(parent.runSeq)).toMatchObject({ i: { error: { noRetry: true } } });
      expect((await bench.claim()).items).toMatchObject([{ runId: parent.runId }]);
      expect(bench.countUnderWay()).toBe(0);
    });

    test("a child that ends while its parent is in hand is told of when the parent parks", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const child = childOf(bench);
      const [outcome] = await bench.outcomes([call(parent.lease, [invoke("i", child)], { kind: "stay" }, { version: 2 })]);
      const start = firstStart(outcome);
      if (!isStarted(start)) throw new Error("a duplicate");
      await bench.outcomes([call({ ...parent.lease, runSeq: start.runSeq, journalLength: 0 }, [], end({ sweep: false }))]);
      await bench.outcomes([call(parent.lease, [], bench.park())]);
      expect(await bench.claimOne()).toMatchObject({ runId: parent.runId });
    });

    test("children of one group wake their parent together, and the timeout of one leaves the child alone", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const children = [childOf(bench), childOf(bench)];
      const [a, b] = children;
      if (a === undefined || b === undefined) throw new Error("two children");
      const effects = [openGroup(["a", "b"]), invoke("a", a), invoke("b", b)];
      const [outcome] = await bench.outcomes([call(parent.lease, effects, bench.park(), { version: 2 })]);
      const start = firstStart(outcome);
      if (!isStarted(start)) throw new Error("a duplicate");
      await bench.outcomes([call({ ...parent.lease, runSeq: start.runSeq }, [], end())]);
      expect((await bench.claim()).items).toEqual([]);
      await bench.outcomes([endedWith(await bench.onlyWait(), '{"error":{"name":"InngestInvokeTimeoutError"}}', true)]);
      expect((await bench.claim()).items).toMatchObject([{ runId: parent.runId }]);
      expect(await bench.run(runIdOf(b))).toMatchObject({ status: "running" });
      expect(await bench.timers()).toEqual([]);
    });

    test("of a timeout and the child's end in one batch the first decides", async () => {
      await using bench = await setup(openStore);
      const [one, two] = [await family(bench), await family(bench)];
      const [first, second] = await bench.waits();
      if (first === undefined || second === undefined) throw new Error("two waits");
      const timeout = '{"error":{"name":"InngestInvokeTimeoutError"}}';
      const units = [
        endedWith(first, timeout, true),
        call(one.lease, [], end()),
        call(two.lease, [], end()),
        endedWith(second, timeout, true),
      ];
      expect((await bench.outcomes(units)).map(({ kind }) => kind)).toEqual(["committed", "committed", "committed", "not_found"]);
      expect(await bench.memos(one.parent.runSeq)).toEqual({ i: JSON.parse(timeout) });
      expect(await bench.memos(two.parent.runSeq)).toEqual({ i: { data: "done" } });
    });

    test("a parent that has ended hears nothing of its child, which ends on its own", async () => {
      await using bench = await setup(openStore);
      const { parent, childId, lease } = await family(bench);
      await bench.outcomes([cancel(parent.runId)]);
      expect(await bench.run(childId)).toMatchObject({ status: "running" });
      expect(await bench.timers()).toEqual([]);
      expect(await bench.outcomes([call(lease, [settle("a")], end())])).toEqual([committed]);
      expect(await bench.run(parent.runId)).toMatchObject({ status: "cancelled", journalLength: 0 });
      expect(bench.countUnderWay()).toBe(0);
    });

    test("a parent in hand that ends with its children unfinished asks for the end of those that go with it", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const [stays, goes] = [childOf(bench), childOf(bench)];
      const effects = [openGroup(["a", "b"]), invoke("a", stays), invoke("b", goes, { cancelsChild: true })];
      await bench.outcomes([call(parent.lease, effects, { kind: "stay" }, { version: 2 })]);
      const { outcomes, wake } = await bench.commit([call({ ...parent.lease, journalLength: 0 }, [], end({ sweep: false }))], at(50));
      expect(outcomes).toEqual([committed]);
      expect(wake.timerDueAt).toBe(0);
      expect(await bench.timers()).toMatchObject([{ kind: "cancel_run", subject: runIdOf(goes), dueAt: 0 }]);
      const [timer] = await bench.timers();
      if (timer === undefined) throw new Error("no timer");
      const unit = { ...cancel(runIdOf(goes)), timer: { kind: timer.kind, subject: timer.subject, dueAt: timer.dueAt } };
      expect(await bench.outcomes([unit, unit])).toMatchObject([committed, { kind: "not_found" }]);
      expect(await bench.timers()).toEqual([]);
      expect(await bench.run(runIdOf(goes))).toMatchObject({ status: "cancelled" });
      expect(await bench.run(runIdOf(stays))).toMatchObject({ status: "running" });
    });

    test("the unit that starts such a child and ends the run asks for the child's end", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const child = childOf(bench);
      await bench.outcomes([call(parent.lease, [invoke("i", child, { cancelsChild: true })], end(), { version: 2 })]);
      expect(await bench.timers()).toMatchObject([{ kind: "cancel_run", subject: runIdOf(child) }]);
      expect(await bench.waits()).toEqual([]);
    });

    test.each([
      { how: "its timeout", over: async (bench: Bench) => [endedWith(await bench.onlyWait(), "null", true)] },
      { how: "the cancelling of its parent", over: async (_: Bench, { parent }: Family) => [cancel(parent.runId)] },
    ])("a child that goes with its parent's wait is to be cancelled after $how", async ({ over }) => {
      await using bench = await setup(openStore);
      const family_ = await family(bench, { cancelsChild: true });
      await bench.outcomes(await over(bench, family_));
      expect(await bench.timers()).toMatchObject([{ kind: "cancel_run", subject: family_.childId, dueAt: 0 }]);
      // It is due by every clock, so that one that is set back does not make it wait.
      expect((await bench.store.timers.due({ now: at(-3_600_000), limit: 10 })).timers).toMatchObject([{ subject: family_.childId }]);
    });

    test("a child that has ended by itself is not to be cancelled when its parent ends", async () => {
      await using bench = await setup(openStore);
      const { parent, lease } = await family(bench, { cancelsChild: true });
      await bench.outcomes([call(lease, [], end())]);
      const own = bench.leaseOf(await bench.claimOne());
      await bench.outcomes([call(own, [], end())]);
      expect(await bench.timers()).toEqual([]);
      expect(await bench.run(parent.runId)).toMatchObject({ status: "completed" });
    });

    test("children of children: each end is told to the run that waits for it", async () => {
      await using bench = await setup(openStore);
      const { parent, lease } = await family(bench);
      const grandchild = childOf(bench, { functionId: bench.functionId });
      const start = firstStart((await bench.outcomes([call(lease, [invoke("j", grandchild)], bench.park(), { version: 2 })]))[0]);
      if (!isStarted(start)) throw new Error("a duplicate");
      await bench.outcomes([call({ ...lease, runSeq: start.runSeq }, [], end({ output: "1" as JsonText }))]);
      const middle = await bench.claimOne();
      await bench.outcomes([call(bench.leaseOf(middle), [], end({ output: "2" as JsonText }))]);
      expect(await bench.memos(parent.runSeq)).toEqual({ i: { data: 2 } });
      expect(await bench.memos(middle.runSeq)).toEqual({ j: { data: 1 } });
    });

    test("a unit that is taken back leaves no child", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const child = childOf(bench);
      const names = Array.from({ length: 10_001 }, (_, index) => `s${index}x`);
      const unit = call(parent.lease, [invoke("i", child, { cancelsChild: true }), openGroup(names)], end(), { version: 2 });
      expect(await bench.outcomes([unit])).toEqual([{ kind: "over_limit", limit: "stepsPerRunMax" }]);
      expect(await bench.store.runs.find(runIdOf(child))).toBeUndefined();
      expect(await bench.store.reports.getEvent(child.event.id)).toBeUndefined();
      expect([await bench.waits(), await bench.timers()]).toEqual([[], []]);
      expect(await bench.run(parent.runId)).toMatchObject({ status: "running" });
    });
  });
}
