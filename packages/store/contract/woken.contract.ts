import type { ClaimedItem, HolderRef, ResolveWaitUnit, UnitOutcome } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, openGroup, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { endedWith, waitForEvent } from "./wait-parts.ts";

/** The end of a wait by a holder that has room for the run. */
function ended(bench: Bench, waitSeq: ResolveWaitUnit["waitSeq"], holder: HolderRef = bench.store.holder): ResolveWaitUnit {
  return { ...endedWith({ seq: waitSeq }), holder };
}

function wokenOf(outcome: UnitOutcome | undefined): ClaimedItem | undefined {
  return outcome?.kind === "committed" ? outcome.woken : undefined;
}

function waitingRun(bench: Bench, ...names: readonly string[]) {
  const since = bench.store.waits.mark();
  const group = names.length > 1 ? [openGroup(names)] : [];
  return bench.waiting([...group, ...names.map((name) => waitForEvent(name, since))]);
}

/** What every store promises of runs that are leased in the unit that wakes them. */
export function wokenContract(openStore: OpenStore): void {
  describe("woken runs", () => {
    test("whoever ends the wait has the lease, as a claim would have brought it, and nothing is queued", async () => {
      await using bench = await setup(openStore);
      const run = await waitingRun(bench, "w");
      const { outcomes, wake } = await bench.commit([ended(bench, (await bench.onlyWait()).seq)], at(5));
      expect(wake).toEqual({ ready: false });
      const item = wokenOf(outcomes[0]);
      expect(item).toEqual({
        kind: "own",
        itemId: run.runId,
        runId: run.runId,
        runSeq: run.runSeq,
        functionId: bench.functionId,
        laneKey: "",
        rank: expect.any(Number),
        dueAt: at(5),
        race: false,
        generation: 2,
        attempt: 0,
        leaseLosses: 0,
      });
      if (item === undefined) throw new Error("it was not leased");
      expect((await bench.claim({ now: at(99) })).items).toEqual([]);
      const [held] = await bench.store.queue.listHeld({ holderId: bench.store.holder.id });
      expect(held).toMatchObject({ itemId: run.runId, lease: bench.leaseOf(item) });
      expect(await bench.journal(run.runSeq)).toEqual(["w"]);
      // The lease of the call before is gone.
      expect(await bench.outcomes([call(run.lease, [], end()), call(bench.leaseOf(item), [], end())])).toEqual([
        { kind: "lease_lost" },
        { kind: "committed" },
      ]);
    });

    test("behind an item that is ready in its lane the run queues", async () => {
      await using bench = await setup(openStore);
      const run = await waitingRun(bench, "w");
      const elder = await bench.start({ wantsLease: false });
      const [outcome] = await bench.outcomes([ended(bench, (await bench.onlyWait()).seq)]);
      expect(outcome).toEqual({ kind: "committed" });
      expect((await bench.claim()).items.map(({ runId }) => runId).sort()).toEqual([run.runId, elder.runId].sort());
    });

    test("a holder whose epoch has passed is given nothing: the run queues", async () => {
      await using bench = await setup(openStore);
      const run = await waitingRun(bench, "w");
      const late = { ...bench.store.holder, epoch: bench.store.holder.epoch - 1 };
      expect(await bench.outcomes([ended(bench, (await bench.onlyWait()).seq, late)])).toEqual([{ kind: "committed" }]);
      expect(await bench.claimOne()).toMatchObject({ runId: run.runId, generation: 2 });
    });

    test("a run in hand keeps its lease, and is told when it parks", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [waitForEvent("w", bench.store.waits.mark())], { kind: "stay" }, { version: 2 })]);
      expect(await bench.outcomes([ended(bench, (await bench.onlyWait()).seq)])).toEqual([{ kind: "committed" }]);
      await bench.outcomes([call(run.lease, [], bench.park())]);
      expect(await bench.claimOne()).toMatchObject({ runId: run.runId, generation: 2 });
    });

    test("of a group the last end has the lease, once, also within one batch", async () => {
      await using bench = await setup(openStore);
      const run = await waitingRun(bench, "a", "b");
      const [a, b] = await bench.waits();
      if (a === undefined || b === undefined) throw new Error("two waits");
      const outcomes = await bench.outcomes([ended(bench, a.seq), ended(bench, b.seq), ended(bench, b.seq)]);
      expect(outcomes.map((outcome) => wokenOf(outcome)?.runId)).toEqual([undefined, run.runId, undefined]);
      expect(outcomes[2]).toEqual({ kind: "not_found" });
      expect((await bench.claim()).items).toEqual([]);
    });

    test("many of one function are leased in one batch; one that queued holds the next ones back", async () => {
      await using bench = await setup(openStore);
      const runs = [await waitingRun(bench, "w"), await waitingRun(bench, "w"), await waitingRun(bench, "w")];
      const [one, two, three] = await bench.waits();
      if (one === undefined || two === undefined || three === undefined) throw new Error("three waits");
      const outcomes = await bench.outcomes([ended(bench, one.seq), endedWith(two), ended(bench, three.seq)]);
      expect(outcomes.map((outcome) => wokenOf(outcome)?.runId)).toEqual([runs[0]?.runId, undefined, undefined]);
      expect((await bench.claim()).items.map(({ runId }) => runId)).toEqual([runs[1]?.runId, runs[2]?.runId]);
    });

    test("it can be given back, cancelled, and taken over", async () => {
      await using bench = await setup(openStore);
      const runs = [await waitingRun(bench, "w"), await waitingRun(bench, "w"), await waitingRun(bench, "w")];
      const items = (await bench.outcomes((await bench.waits()).map(({ seq }) => ended(bench, seq)))).map(wokenOf);
      const [back, gone, lost] = items;
      if (back === undefined || gone === undefined || lost === undefined) throw new Error("three leases");
      const { rank } = back;
      expect(await bench.outcomes([{ kind: "release", lease: bench.leaseOf(back), rank }, cancel(gone.runId)])).toMatchObject([
        { kind: "committed" },
        { kind: "committed" },
      ]);
      expect(await bench.claimOne()).toMatchObject({ runId: runs[0]?.runId, generation: 3 });
      expect(await bench.outcomes([call(bench.leaseOf(gone), [], end())])).toEqual([{ kind: "run_ended", status: "cancelled" }]);
      await bench.reopen();
      await bench.store.queue.takeOver({ now: t0, epoch: bench.store.holder.epoch, limit: 10, countLosses: false });
      const { items: freed } = await bench.claim();
      expect(freed.find(({ runId }) => runId === lost.runId)).toMatchObject({ generation: 3, attempt: 0 });
      expect(await bench.outcomes([call(bench.leaseOf(lost), [], end())])).toEqual([{ kind: "lease_lost" }]);
    });
  });
}
