import { type JsonText, limits } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, openGroup, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { conflictMemo, endedWith, signalOf, waitForEvent, waitForSignal } from "./wait-parts.ts";

const committed = { kind: "committed" };
const kept = { kind: "signal_kept" };

/** What every store promises of signals: one wait for a name, and the last signal of a name that nobody waits for. */
export function signalsContract(openStore: OpenStore): void {
  describe("signals", () => {
    test("a signal ends the wait for its name, says of which run, and is used up", async () => {
      await using bench = await setup(openStore);
      const run = await bench.waiting([waitForSignal("s", 'go "now"')]);
      expect(await bench.onlyWait()).toMatchObject({ kind: "signal", eventName: 'go "now"', stepId: stepId("s"), dueAt: at(60_000) });
      const go = { ...signalOf(bench.store, 'go "now"', '{"ok":true}'), endedAt: at(7) };
      expect(await bench.outcomes([signalOf(bench.store, "gone", "1"), go, go])).toEqual([
        kept,
        { kind: "signalled", runId: run.runId },
        kept,
      ]);
      expect(await bench.memos(run.runSeq)).toEqual({ s: { data: { signal: 'go "now"', data: { ok: true } } } });
      expect(await bench.store.reports.runSteps(run.runId)).toMatchObject([{ op: "WaitForSignal", state: "completed", endedAt: at(7) }]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own", runId: run.runId });
      expect(await bench.waits()).toEqual([]);
    });

    test("an event of the same name is no signal, and a wait for one is no wait for the other", async () => {
      await using bench = await setup(openStore);
      await bench.waiting([waitForEvent("e", bench.store.waits.mark(), { eventName: "go" })]);
      expect(await bench.outcomes([signalOf(bench.store, "go", "1")])).toEqual([kept]);
      const { environmentId, waits } = bench.store;
      await bench.waiting([waitForSignal("s", "stop")]);
      expect(waits.isAwaited(environmentId, "stop")).toBe(false);
      const event = await bench.send({ name: "stop" });
      expect(await waits.find({ environmentId, eventName: "stop", terms: [], eventSeq: event.seq, after: 0 as never, limit: 9 })).toEqual(
        [],
      );
    });

    test("a signal that comes early is kept for the first wait, which ends at once; the last one of a name is kept", async () => {
      await using bench = await setup(openStore);
      expect(await bench.outcomes([signalOf(bench.store, "go", "1"), signalOf(bench.store, "go", "2")])).toEqual([kept, kept]);
      const first = await bench.waiting([waitForSignal("s", "go")]);
      expect(await bench.memos(first.runSeq)).toEqual({ s: { data: { signal: "go", data: 2 } } });
      expect(await bench.claimOne()).toMatchObject({ runId: first.runId });
      await bench.waiting([waitForSignal("s", "go")]);
      expect(await bench.waits()).toHaveLength(1);
    });

    test("a signal is kept until its time, and over a restart", async () => {
      await using bench = await setup(openStore);
      await bench.outcomes([signalOf(bench.store, "old", "1", at(100)), signalOf(bench.store, "young", "1", at(101))]);
      await bench.reopen(at(100));
      const run = await bench.start({}, at(100));
      const effects = [waitForSignal("old", "old"), waitForSignal("young", "young")];
      await bench.outcomes([call(run.lease, effects, bench.park(), { version: 2 })], at(100));
      expect(Object.keys(await bench.memos(run.runSeq))).toEqual(["young"]);
      expect(await bench.onlyWait()).toMatchObject({ eventName: "old" });
    });

    test("a second wait for a name fails where it does not replace, in the same batch too; the first one stays", async () => {
      await using bench = await setup(openStore);
      const [one, two] = [await bench.start(), await bench.start()];
      const [first, second] = [one, two].map((run) => call(run.lease, [waitForSignal("s", "go")], bench.park(), { version: 2 }));
      expect(await bench.outcomes([first, second].filter((unit) => unit !== undefined))).toEqual([committed, committed]);
      expect(await bench.memos(two.runSeq)).toEqual({ s: JSON.parse(conflictMemo) });
      expect(await bench.store.reports.runSteps(two.runId)).toMatchObject([{ state: "failed" }]);
      expect((await bench.claim()).items).toMatchObject([{ runId: two.runId }]);
      expect(await bench.outcomes([signalOf(bench.store, "go", "1")])).toEqual([{ kind: "signalled", runId: one.runId }]);
    });

    test("the same step reported again is no conflict", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const units = [{ kind: "stay" } as const, bench.park()].map((next) =>
        call(run.lease, [waitForSignal("s", "go")], next, { version: 2 }),
      );
      expect(await bench.outcomes(units)).toEqual([committed, committed]);
      expect(await bench.waits()).toHaveLength(1);
      expect(await bench.memos(run.runSeq)).toEqual({});
    });

    test("a wait that replaces another takes its name; the other resolves with nothing, at once", async () => {
      await using bench = await setup(openStore);
      const old = await bench.waiting([waitForSignal("s", "go")]);
      const other = waitForSignal("s", "go", { onConflict: "replace" });
      const young = await bench.waiting([other]);
      expect(await bench.memos(old.runSeq)).toEqual({ s: null });
      expect((await bench.claim()).items).toMatchObject([{ runId: old.runId }]);
      expect(await bench.outcomes([signalOf(bench.store, "go", "1")])).toEqual([{ kind: "signalled", runId: young.runId }]);
    });

    test("a run replaces a wait of its own", async () => {
      await using bench = await setup(openStore);
      const effects = [openGroup(["a", "b"]), waitForSignal("a", "go"), waitForSignal("b", "go", { onConflict: "replace" })];
      const run = await bench.waiting(effects);
      expect(await bench.memos(run.runSeq)).toEqual({ a: null });
      expect((await bench.claim()).items).toEqual([]);
      await bench.outcomes([signalOf(bench.store, "go", "1")]);
      expect(await bench.claimOne()).toMatchObject({ runId: run.runId });
      expect(await bench.journal(run.runSeq)).toEqual(["a", "b"]);
    });

    test("a run that is replaced and has nothing else alive is not left asleep", async () => {
      await using bench = await setup(openStore);
      const old = await bench.waiting([openGroup(["s", "ghost"]), waitForSignal("s", "go")]);
      await bench.waiting([waitForSignal("s", "go", { onConflict: "replace" })]);
      expect((await bench.claim()).items).toMatchObject([{ runId: old.runId }]);
      expect(await bench.run(old.runId)).toMatchObject({ emptyReplies: 1 });
    });

    test("signal and wait in one batch meet, whichever comes first", async () => {
      await using bench = await setup(openStore);
      const [one, two] = [await bench.start(), await bench.start()];
      const units = [
        call(one.lease, [waitForSignal("s", "first")], bench.park(), { version: 2 }),
        signalOf(bench.store, "first", "1"),
        signalOf(bench.store, "second", "2"),
        call(two.lease, [waitForSignal("s", "second")], bench.park(), { version: 2 }),
      ];
      expect(await bench.outcomes(units)).toEqual([committed, { kind: "signalled", runId: one.runId }, kept, committed]);
      expect(await bench.memos(one.runSeq)).toEqual({ s: { data: { signal: "first", data: 1 } } });
      expect(await bench.memos(two.runSeq)).toEqual({ s: { data: { signal: "second", data: 2 } } });
      expect((await bench.claim()).items).toHaveLength(2);
    });

    test("of a signal and the timeout of its wait in one batch the first decides", async () => {
      await using bench = await setup(openStore);
      const run = await bench.waiting([waitForSignal("s", "go")]);
      const wait = await bench.onlyWait();
      expect(await bench.outcomes([endedWith(wait), signalOf(bench.store, "go", "1")])).toEqual([committed, kept]);
      expect(await bench.memos(run.runSeq)).toEqual({ s: null });
    });

    test("a signal that comes when the time of the wait is over is kept, though the timeout is yet to be recorded", async () => {
      await using bench = await setup(openStore);
      const run = await bench.waiting([waitForSignal("s", "go", { dueAt: at(100) })]);
      const wait = await bench.onlyWait();
      expect(await bench.outcomes([signalOf(bench.store, "go", "1")], at(100))).toEqual([kept]);
      expect(await bench.outcomes([endedWith(wait)], at(101))).toEqual([committed]);
      expect(await bench.memos(run.runSeq)).toEqual({ s: null });
    });

    test("a wait whose time is over is no conflict for the next one, and ends with nothing", async () => {
      await using bench = await setup(openStore);
      const old = await bench.waiting([waitForSignal("s", "go", { dueAt: at(100) })]);
      const young = await bench.start({}, at(100));
      await bench.outcomes([call(young.lease, [waitForSignal("s", "go")], bench.park(), { version: 2 })], at(100));
      expect(await bench.memos(old.runSeq)).toEqual({ s: null });
      expect(await bench.outcomes([signalOf(bench.store, "go", "1")], at(101))).toEqual([{ kind: "signalled", runId: young.runId }]);
    });

    test("the end of a run gives the name free", async () => {
      await using bench = await setup(openStore);
      const old = await bench.waiting([waitForSignal("s", "go")]);
      await bench.outcomes([cancel(old.runId)]);
      const young = await bench.waiting([waitForSignal("s", "go")]);
      expect(await bench.memos(young.runSeq)).toEqual({});
      expect(await bench.waits()).toMatchObject([{ runId: young.runId }]);
    });

    test("a signal that would make a run's results too large is the step's error, and its neighbours go through", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const other = await bench.start();
      const most = `"${"x".repeat(limits.runStateBytesMax - 60)}"` as JsonText;
      await bench.outcomes([call(run.lease, [settle("a", { memo: most })], { kind: "stay" }, { version: 2 })]);
      await bench.outcomes([signalOf(bench.store, "early", `"${"y".repeat(60)}"`)]);
      const effects = [waitForSignal("early", "early"), waitForSignal("late", "late")];
      const units = [call(run.lease, effects, bench.park()), call(other.lease, [settle("a")], end())];
      expect(await bench.outcomes(units)).toEqual([{ kind: "over_limit", limit: "runStateBytesMax" }, committed]);
      // Nothing of the unit is there, and the signal is still kept.
      expect(await bench.waits()).toEqual([]);
      const next = await bench.waiting([waitForSignal("s", "early")]);
      expect(await bench.journal(next.runSeq)).toEqual(["s"]);

      await bench.outcomes([call(run.lease, [waitForSignal("late", "late")], bench.park())]);
      const late = signalOf(bench.store, "late", `"${"y".repeat(60)}"`);
      expect(await bench.outcomes([late], t0)).toEqual([{ kind: "signalled", runId: run.runId }]);
      expect(await bench.memos(run.runSeq)).toMatchObject({
        late: { error: { name: "InngestErrStateOverflowed", code: "state_too_large" } },
      });
    });
  });
}
