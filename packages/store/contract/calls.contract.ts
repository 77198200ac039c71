import type { JsonText } from "@stepwell/protocol";
import { limits } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

/** What every store promises of the calls of a run whose steps come one after the other. */
export function callsContract(openStore: OpenStore): void {
  describe("calls", () => {
    describe.each([
      { guard: "guarded on the journal's length", lengthOf: (length: number) => ({ journalLength: length }) },
      { guard: "guarded on the lease alone", lengthOf: () => ({}) },
    ])("$guard", ({ lengthOf }) => {
      test("steps settle in order, the lease is kept, and each call is a generation", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start();
        const first = call({ ...run.lease, ...lengthOf(0) }, [settle("a")], { kind: "keep" }, { version: 2, startedAt: at(1) });
        const second = call({ ...run.lease, ...lengthOf(1), generation: 2 }, [settle("b"), settle("c")], { kind: "keep" });
        expect(await bench.outcomes([first, second])).toEqual([{ kind: "committed" }, { kind: "committed" }]);

        const [state] = await bench.store.runs.load([{ runSeq: run.runSeq }]);
        expect(state?.run).toMatchObject({ status: "running", generation: 3, attempt: 0, journalLength: 3, version: 2, startedAt: at(1) });
        expect(state?.run.stateBytes).toBe(3 * '{"data":"a"}'.length);
        expect(state?.entries).toEqual([
          { stepId: stepId("a"), ord: 1, memo: '{"data":"a"}' },
          { stepId: stepId("b"), ord: 2, memo: '{"data":"b"}' },
          { stepId: stepId("c"), ord: 3, memo: '{"data":"c"}' },
        ]);
        expect(state?.otherItems).toBe(0);
      });

      test("a step and the end of the run go in one unit", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start();
        const unit = call({ ...run.lease, ...lengthOf(0) }, [settle("a")], end({ endedAt: at(9), sweep: false }), { startedAt: at(1) });
        expect(await bench.outcomes([unit])).toEqual([{ kind: "committed" }]);
        expect(await bench.store.reports.getRun(run.runId)).toMatchObject({
          status: "completed",
          startedAt: at(1),
          endedAt: at(9),
          output: '"done"',
          stepsKnown: 1,
          stepsSettled: 1,
        });
        expect(await bench.store.queue.listHeld({ holderId: bench.store.holder.id })).toEqual([]);
        expect(bench.countUnderWay()).toBe(0);
      });

      test("a run ends once: whatever comes after it is told how", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start();
        const lease = { ...run.lease, ...lengthOf(0) };
        const failed = call(lease, [], { kind: "end", status: "failed", error: '{"name":"Error"}' as JsonText, endedAt: t0, sweep: false });
        expect(await bench.outcomes([failed, call(lease, [settle("a")], end()), cancel(run.runId)])).toEqual([
          { kind: "committed" },
          { kind: "run_ended", status: "failed" },
          { kind: "run_ended", status: "failed" },
        ]);
        expect(await bench.journal(run.runSeq)).toEqual([]);
        expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ status: "failed", error: '{"name":"Error"}' });
      });

      test("a stale generation, an early one, another holder and an unknown run are turned away and leave no trace", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start();
        const lease = { ...run.lease, ...lengthOf(0) };
        await bench.outcomes([call(lease, [], { kind: "keep" })]);
        const turnedAway = [
          call(lease, [settle("a")], end()),
          call({ ...lease, generation: 3 }, [settle("a")], end()),
          call({ ...lease, generation: 2, holderId: (lease.holderId + 1) as typeof lease.holderId }, [settle("a")], end()),
          call({ ...lease, generation: 2, runSeq: (lease.runSeq + 1_000) as typeof lease.runSeq }, [settle("a")], end()),
        ];
        expect((await bench.outcomes(turnedAway)).map(({ kind }) => kind)).toEqual(["lease_lost", "lease_lost", "lease_lost", "not_found"]);
        expect(await bench.journal(run.runSeq)).toEqual([]);
        expect(await bench.run(run.runId)).toMatchObject({ status: "running", generation: 2 });
      });

      test("a step has one result: a second leaves the first, and counts nothing", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start();
        const first = call({ ...run.lease, ...lengthOf(0) }, [settle("a")], { kind: "keep" });
        const again = [
          settle("a", { memo: '{"data":"again"}' as JsonText, failed: true }),
          settle("b"),
          settle("b", { memo: "2" as JsonText }),
        ];
        const second = call({ ...run.lease, ...lengthOf(1), generation: 2 }, again, { kind: "keep" });
        // The engine's memory knows what is settled; a store does not rely on it.
        const third = call({ ...run.lease, ...lengthOf(2), generation: 3 }, [settle("b")], { kind: "keep" });
        expect((await bench.outcomes([first, second, third])).map(({ kind }) => kind)).toEqual(["committed", "committed", "committed"]);
        const [state] = await bench.store.runs.load([{ runSeq: run.runSeq }]);
        expect(state?.entries.map(({ memo }) => memo)).toEqual(['{"data":"a"}', '{"data":"b"}']);
        expect(state?.entries.map(({ ord }) => ord)).toEqual([1, 2]);
        expect(state?.run).toMatchObject({ journalLength: 2, stateBytes: 24 });
        expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ stepsKnown: 2, stepsSettled: 2 });
        expect(await bench.store.reports.runSteps(run.runId)).toMatchObject([{ state: "completed" }, { state: "completed" }]);
      });

      test("a checkpoint keeps lease and generation, and sets the attempt count back", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start();
        await bench.outcomes([call({ ...run.lease, ...lengthOf(0) }, [], bench.queue(t0, 2))]);
        const item = await bench.claimOne();
        expect(item).toMatchObject({ attempt: 2, generation: 2 });
        await bench.outcomes([call({ ...run.lease, ...lengthOf(0), generation: 2 }, [settle("a")], { kind: "stay" })]);
        expect(await bench.run(run.runId)).toMatchObject({ attempt: 0, generation: 2, journalLength: 1 });
        expect(await bench.outcomes([call({ ...run.lease, ...lengthOf(1), generation: 2 }, [settle("b")], end())])).toEqual([
          { kind: "committed" },
        ]);
      });

      test("what a call warns of stands on the run once, behind what its start said, up to a limit", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start({ warnings: '["start"]' as JsonText });
        const texts = ["a", "b", "a", ...Array.from({ length: limits.runWarningsMax }, (_, index) => `w${index}`)];
        const effects = texts.map((text) => ({ kind: "warn_run", text }) as const);
        const warned = call({ ...run.lease, ...lengthOf(0) }, [settle("a"), ...effects], { kind: "keep" });
        expect(await bench.outcomes([warned])).toEqual([{ kind: "committed" }]);
        const kept = JSON.parse((await bench.store.reports.getRun(run.runId))?.warnings ?? "[]") as readonly string[];
        expect(kept.slice(0, 4)).toEqual(["start", "a", "b", "w0"]);
        expect(kept).toHaveLength(limits.runWarningsMax);
      });

      test("an item that queues comes back with the next generation, its attempt, at its time", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start();
        const unit = call({ ...run.lease, ...lengthOf(0) }, [], bench.queue(at(100), 3));
        expect((await bench.commit([unit])).wake).toEqual({ ready: false, dueAt: at(100) });
        expect(await bench.outcomes([unit])).toEqual([{ kind: "lease_lost" }]);
        expect((await bench.claim({ now: at(99) })).items).toEqual([]);
        expect(await bench.claimOne(at(100))).toMatchObject({ kind: "own", runId: run.runId, generation: 2, attempt: 3, leaseLosses: 0 });
        expect(bench.countUnderWay()).toBe(0);
      });

      test("a limit is broken when it is exceeded, not when it is reached, and then nothing of the unit is there", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start();
        const memo = (bytes: number): JsonText => `"${"x".repeat(bytes - 2)}"` as JsonText;
        const half = limits.runStateBytesMax / 2;
        const lease = { ...run.lease, ...lengthOf(0) };
        expect(await bench.outcomes([call(lease, [settle("a", { memo: memo(half) })], { kind: "keep" })])).toEqual([{ kind: "committed" }]);
        const next = { ...run.lease, ...lengthOf(1), generation: 2 };
        const over = call(next, [settle("b", { memo: memo(half - 5) }), settle("c", { memo: memo(6) })], end());
        expect(await bench.outcomes([over])).toEqual([{ kind: "over_limit", limit: "runStateBytesMax" }]);
        expect(await bench.run(run.runId)).toMatchObject({ status: "running", generation: 2, journalLength: 1, stateBytes: half });
        expect(await bench.journal(run.runSeq)).toEqual(["a"]);

        // Bytes, not characters: an é is two of them.
        const wide = call(next, [settle("b", { memo: `"${"é".repeat(half / 2)}"` as JsonText })], { kind: "keep" });
        expect(await bench.outcomes([wide])).toEqual([{ kind: "over_limit", limit: "runStateBytesMax" }]);
        const exact = call(next, [settle("b", { memo: memo(half) })], { kind: "keep" });
        expect(await bench.outcomes([exact])).toEqual([{ kind: "committed" }]);
        expect(await bench.run(run.runId)).toMatchObject({ stateBytes: limits.runStateBytesMax });
      });

      test("a run has exactly as many steps as it may", async () => {
        await using bench = await setup(openStore);
        const run = await bench.start();
        const most = Array.from({ length: limits.stepsPerRunMax - 1 }, (_, index) => settle(`s${index}x`, { memo: "1" as JsonText }));
        expect(await bench.outcomes([call({ ...run.lease, ...lengthOf(0) }, most, { kind: "keep" })])).toEqual([{ kind: "committed" }]);
        const lease = { ...run.lease, ...lengthOf(most.length), generation: 2 };
        const two = call(lease, [settle("p"), settle("q")], { kind: "keep" });
        expect(await bench.outcomes([two])).toEqual([{ kind: "over_limit", limit: "stepsPerRunMax" }]);
        expect(await bench.run(run.runId)).toMatchObject({ journalLength: most.length, generation: 2 });
        expect(await bench.outcomes([call(lease, [settle("p")], { kind: "keep" })])).toEqual([{ kind: "committed" }]);
      });
    });

    test("a unit that believes in another journal is turned away", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call({ ...run.lease, journalLength: 0 }, [settle("a")], { kind: "keep" })]);
      const unit = call({ ...run.lease, generation: 2, journalLength: 0 }, [settle("b")], end({ sweep: false }));
      expect(await bench.outcomes([unit])).toEqual([{ kind: "stale_journal" }]);
      expect(await bench.journal(run.runSeq)).toEqual(["a"]);
      expect(await bench.run(run.runId)).toMatchObject({ status: "running" });
    });

    test("a step that failed for good is known as failed, with its error as its memo", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const memo = '{"error":{"name":"Error"}}' as JsonText;
      const failed = settle("a", { failed: true, memo, attempt: 3, startedAt: at(1), endedAt: at(2), stepType: "step.run" });
      await bench.outcomes([call(run.lease, [failed], end())]);
      expect(await bench.store.reports.runSteps(run.runId)).toEqual([
        {
          stepId: stepId("a"),
          op: "StepRun",
          stepType: "step.run",
          name: "a",
          state: "failed",
          ord: 1,
          memo,
          startedAt: at(1),
          endedAt: at(2),
          attempt: 3,
        },
      ]);
      expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ stepsFailed: 1 });
    });

    test("version and first call are stored once, empty replies and plan as they come", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [], { kind: "keep" }, { version: 2, startedAt: at(1), emptyReplies: 1, plan: true })]);
      expect(await bench.run(run.runId)).toMatchObject({ version: 2, startedAt: at(1), emptyReplies: 1, plan: true });
      await bench.outcomes([call({ ...run.lease, generation: 2 }, [], { kind: "keep" }, { startedAt: at(50), emptyReplies: 2 })]);
      expect(await bench.run(run.runId)).toMatchObject({ version: 2, startedAt: at(1), emptyReplies: 2, plan: true });
      await bench.outcomes([call({ ...run.lease, generation: 3 }, [settle("a")], { kind: "keep" }, { emptyReplies: 0, plan: false })]);
      expect(await bench.run(run.runId)).toMatchObject({ emptyReplies: 0, plan: false });
    });

    test("large memos and outputs come back whole", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const large = JSON.stringify("é".repeat(limits.payloadInlineLengthMax + 1)) as JsonText;
      const unit = call({ ...run.lease, journalLength: 0 }, [settle("a", { memo: large })], end({ output: large, sweep: false }));
      expect(await bench.outcomes([unit])).toEqual([{ kind: "committed" }]);
      const [state] = await bench.store.runs.load([{ runSeq: run.runSeq }]);
      expect(state?.entries[0]?.memo).toBe(large);
      expect(state?.run.stateBytes).toBe(Buffer.byteLength(large));
      expect((await bench.store.reports.getRun(run.runId))?.output).toBe(large);
      expect((await bench.store.reports.runSteps(run.runId))[0]?.memo).toBe(large);
    });

    test("a failed attempt leaves its row, and counts where the unit says so", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const row = {
        kind: "record_attempt",
        attempt: 0,
        generation: 1,
        startedAt: t0,
        endedAt: at(5),
        httpStatus: 500,
        errorCode: "function_error",
        error: '{"name":"Error","message":"no"}' as JsonText,
        retryAt: at(1_000),
        steps: 0,
        injected: "reply_lost",
      } as const;
      await bench.outcomes([call(run.lease, [row], bench.queue(at(1_000), 1))]);
      const { kind: _, ...reported } = row;
      expect(await bench.store.reports.runAttempts(run.runId)).toEqual([reported]);
      expect(await bench.run(run.runId)).toMatchObject({ attempt: 1 });
    });

    test("a run alone that sleeps has its sleep settled by the claim", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([
        call(run.lease, [settle("a")], { kind: "keep" }, { version: 2 }),
        call({ ...run.lease, generation: 2 }, [bench.sleep("nap", at(1_000))], bench.queue(at(1_000), 0, stepId("nap")), { plan: true }),
      ]);
      expect((await bench.claim({ now: at(999) })).items).toEqual([]);
      expect(await bench.journal(run.runSeq)).toEqual(["a"]);
      expect(await bench.store.reports.runSteps(run.runId)).toMatchObject([
        { name: "a" },
        { name: "nap", state: "sleeping", dueAt: at(1_000) },
      ]);

      const item = await bench.claimOne(at(1_500));
      expect(item).toMatchObject({ kind: "own", runId: run.runId, generation: 3 });
      const [state] = await bench.store.runs.load([{ runSeq: run.runSeq }]);
      expect(state?.entries).toEqual([
        { stepId: stepId("a"), ord: 1, memo: '{"data":"a"}' },
        { stepId: stepId("nap"), ord: 2, memo: "null" },
      ]);
      expect(state?.run).toMatchObject({ journalLength: 2, plan: false });
      expect(await bench.store.reports.runSteps(run.runId)).toMatchObject([{}, { state: "completed", startedAt: t0, endedAt: at(1_500) }]);
      // What comes next stands on the journal as the claim left it.
      const last = call({ ...run.lease, generation: 3, journalLength: 2 }, [settle("b")], end({ sweep: false }));
      expect(await bench.outcomes([last])).toEqual([{ kind: "committed" }]);
      expect(bench.countUnderWay()).toBe(0);
    });

    test("a lease that is given back is due at once, with its rank, and no attempt is counted", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const later = await bench.start({ wantsLease: false, rank: 4 });
      const release = { kind: "release", lease: run.lease, rank: 5 } as const;
      const { outcomes, wake } = await bench.commit([release, release]);
      expect(outcomes).toEqual([{ kind: "committed" }, { kind: "lease_lost" }]);
      expect(wake.ready).toBe(true);
      const { items } = await bench.claim();
      expect(items.map(({ runId }) => runId)).toEqual([later.runId, run.runId]);
      expect(items[1]).toMatchObject({ generation: 2, attempt: 0, leaseLosses: 0, rank: 5 });
    });

    test("a cancelled run is over, whoever holds it, and says why", async () => {
      await using bench = await setup(openStore);
      const held = await bench.start();
      const queued = await bench.start({ wantsLease: false });
      const parked = await bench.start({ dueAt: at(1_000) });
      const units = [held, queued, parked].map(({ runId }) => ({ ...cancel(runId), endedAt: at(7) }));
      expect(await bench.outcomes([...units, cancel(bench.startOf().runId)])).toEqual([
        { kind: "committed", runSeq: held.runSeq },
        { kind: "committed", runSeq: queued.runSeq },
        { kind: "committed", runSeq: parked.runSeq },
        { kind: "not_found" },
      ]);
      expect(await bench.outcomes([cancel(held.runId)])).toEqual([{ kind: "run_ended", status: "cancelled" }]);
      expect(await bench.outcomes([call(held.lease, [settle("a")], end())])).toEqual([{ kind: "run_ended", status: "cancelled" }]);
      const report = await bench.store.reports.getRun(queued.runId);
      expect(report).toMatchObject({ status: "cancelled", cancelReason: "a person said so", endedAt: at(7) });
      expect(report?.startedAt).toBeUndefined();
      expect(bench.countUnderWay()).toBe(0);
      expect(await bench.claim({ now: at(5_000) })).toEqual({ items: [], more: false });
    });
  });
}
