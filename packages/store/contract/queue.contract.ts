import { rankOfStart, rankUnderWay } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { laneOf, nameOfLane } from "./lane-names.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { endedWith, waitForEvent } from "./wait-parts.ts";

/** What every store promises of its queue. */
export function queueContract(openStore: OpenStore): void {
  describe("queue", () => {
    test("a claim hands out what is ready, at most as much as was asked for, each once", async () => {
      await using bench = await setup(openStore);
      for (let index = 0; index < 5; index += 1) await bench.start({ wantsLease: false });
      const first = await bench.claim({ limit: 3 });
      expect(first.items).toHaveLength(3);
      expect(first.more).toBe(true);
      const second = await bench.claim({ limit: 3 });
      expect(second.items).toHaveLength(2);
      expect(second.more).toBe(false);
      expect(new Set([...first.items, ...second.items].map(({ runId }) => runId)).size).toBe(5);
      expect(await bench.claim()).toEqual({ items: [], more: false });
      expect(bench.countUnderWay()).toBe(0);
    });

    test("an idle claim writes nothing", async () => {
      await using bench = await setup(openStore);
      await bench.start({ dueAt: at(1_000) });
      const { commits, rowsWritten } = bench.store.counters;
      expect(await bench.claim()).toEqual({ items: [], more: false, nextDueAt: at(1_000) });
      expect(await bench.claim({ limit: 0, now: at(2_000) })).toMatchObject({ items: [] });
      expect(bench.store.counters).toMatchObject({ commits, rowsWritten });
    });

    test("a holder of another epoch claims nothing", async () => {
      await using bench = await setup(openStore);
      await bench.start({ wantsLease: false });
      expect((await bench.claim({ epoch: bench.store.holder.epoch - 1 })).items).toEqual([]);
      expect((await bench.claim()).items).toHaveLength(1);
    });

    test("functions take turns: a long lane does not hold up a short one", async () => {
      await using bench = await setup(openStore);
      const long: string[] = [];
      for (let index = 0; index < 30; index += 1) long.push((await bench.start({ wantsLease: false })).runId);
      const short = await bench.start({ wantsLease: false, functionId: bench.otherFunctionId, rank: rankOfStart(at(99_999)) });
      const { items } = await bench.claim({ limit: 6, perLane: 5 });
      expect(items.map(({ runId }) => runId)).toEqual([...long.slice(0, 5), short.runId]);
      // The long one had its turn; who comes now goes first.
      const next = await bench.start({ wantsLease: false, functionId: bench.otherFunctionId });
      expect((await bench.claim({ limit: 1, perLane: 5 })).items).toMatchObject([{ runId: long[5] }]);
      expect((await bench.claim({ limit: 1, perLane: 5 })).items).toMatchObject([{ runId: next.runId }]);
    });

    test("the lanes of a function take turns within its turns", async () => {
      await using bench = await setup(openStore);
      const lanes: string[] = [];
      for (const laneKey of ["a", "a", "a", "b", "b", "c"]) await bench.start({ wantsLease: false, laneKey: laneOf(laneKey) });
      for (let round = 0; round < 6; round += 1)
        for (const item of (await bench.claim({ limit: 1, perLane: 1 })).items) lanes.push(nameOfLane(item.laneKey));
      expect(lanes).toEqual(["a", "b", "c", "a", "b", "a"]);
    });

    test("one claim goes round the lanes until it has enough", async () => {
      await using bench = await setup(openStore);
      for (const laneKey of ["a", "a", "a", "b"]) await bench.start({ wantsLease: false, laneKey: laneOf(laneKey) });
      const { items, more } = await bench.claim({ limit: 4, perLane: 1 });
      expect(items.map(({ laneKey }) => nameOfLane(laneKey))).toEqual(["a", "b", "a", "a"]);
      expect(more).toBe(false);
    });

    test("a run keeps its priority: woken, it goes before elders, and before younger ones that have less", async () => {
      await using bench = await setup(openStore);
      const priorities = [undefined, 5_000, -5_000, 1_000];
      const runs = await Promise.all(priorities.map((priorityMs) => bench.start(priorityMs === undefined ? {} : { priorityMs })));
      expect(await Promise.all(runs.map(async ({ runId }) => (await bench.run(runId)).priorityMs))).toEqual(priorities);
      expect((await bench.store.queue.listHeld({ holderId: bench.store.holder.id })).map((held) => held.priorityMs)).toEqual([
        ...[0, 5_000, -5_000, 1_000],
      ]);
      for (const { lease } of runs) {
        const since = bench.store.waits.mark();
        await bench.outcomes([call(lease, [waitForEvent("w", since)], bench.park(), { version: 2 })]);
      }
      for (const wait of await bench.waits()) await bench.outcomes([endedWith(wait)]);
      const { items } = await bench.claim();
      expect(items.map(({ runId }) => runId)).toEqual([1, 3, 0, 2].map((place) => runs[place]?.runId));
    });

    test("steps of runs under way go before starts", async () => {
      await using bench = await setup(openStore);
      const waiting = await bench.start({ dueAt: at(1), rank: rankOfStart(at(-1_000_000)) });
      const { runId } = await bench.start();
      const [held] = await bench.store.queue.listHeld({ holderId: bench.store.holder.id });
      await bench.outcomes([
        call(held?.lease as NonNullable<typeof held>["lease"], [], { ...bench.queue(t0), rank: rankUnderWay(at(5_000)) } as never),
      ]);
      const { items } = await bench.claim({ now: at(10) });
      expect(items.map((item) => item.runId)).toEqual([runId, waiting.runId]);
    });

    test("a function that is passed over keeps its turn, and does not make the others wait", async () => {
      await using bench = await setup(openStore);
      const passed = await bench.start({ wantsLease: false });
      const other = await bench.start({ wantsLease: false, functionId: bench.otherFunctionId });
      const { items, more } = await bench.claim({ except: [bench.functionId] });
      expect(items.map(({ runId }) => runId)).toEqual([other.runId]);
      expect(more).toBe(false); // Asking again would bring nothing.
      expect((await bench.claim()).items).toMatchObject([{ runId: passed.runId }]);
    });

    test("parked items become due in the order of their times, and the next one is told", async () => {
      await using bench = await setup(openStore);
      const times = [300, 100, 200];
      for (const ms of times) await bench.start({ dueAt: at(ms), functionId: bench.functionId, laneKey: laneOf(String(ms)) });
      expect((await bench.claim({ now: at(250), perLane: 1 })).items.map(({ laneKey }) => nameOfLane(laneKey))).toEqual(["100", "200"]);
      expect((await bench.claim({ now: at(250) })).nextDueAt).toBe(at(300));
      expect((await bench.claim({ now: at(300) })).nextDueAt).toBeUndefined();
    });

    test("many items that are due together come in several claims, and each says that there is more", async () => {
      await using bench = await setup(openStore);
      const starts = Array.from({ length: 700 }, () => bench.startOf({ dueAt: at(100) }));
      await bench.commit([bench.accept(bench.accepted(starts))]);
      const seen = new Set<string>();
      for (let round = 0; round < 20; round += 1) {
        const { items, more } = await bench.claim({ now: at(100), limit: 100, perLane: 100 });
        for (const { runId } of items) seen.add(runId);
        if (!more) break;
      }
      expect(seen.size).toBe(700);
      expect(bench.countUnderWay()).toBe(0);
    });

    test("a dead holder costs a generation, not an attempt", async () => {
      await using bench = await setup(openStore);
      const born = await bench.start({}, at(3));
      const { items } = await bench.fanOut(["a", "b"]);
      const step = items.find((item) => item.stepId === stepId("a"));
      const retried = items.find((item) => item.stepId === stepId("b"));
      if (step === undefined || retried === undefined) throw new Error("no items");
      await bench.outcomes([call(bench.leaseOf(retried), [], { kind: "retry", dueAt: t0, attempt: 2 })]);
      await bench.claimOne();
      const before = bench.store.holder;
      await bench.reopen(at(10));
      const { store } = bench;
      expect(store.holder.epoch).toBe(before.epoch + 1);
      expect((await bench.claim({ now: at(10) })).items).toEqual([]);

      const slice = { now: at(10), epoch: store.holder.epoch, limit: 2, countLosses: true };
      expect(await store.queue.takeOver(slice)).toEqual({ freed: 2, suspects: 0, more: true });
      expect(await store.queue.takeOver(slice)).toEqual({ freed: 1, suspects: 0, more: false });
      expect(await store.queue.takeOver(slice)).toEqual({ freed: 0, suspects: 0, more: false });
      const claimed = (await bench.claim({ now: at(10) })).items;
      expect(claimed).toHaveLength(3);
      expect(claimed).toContainEqual(
        expect.objectContaining({ kind: "own", runId: born.runId, generation: 2, attempt: 0, leaseLosses: 1 }),
      );
      expect(claimed).toContainEqual(expect.objectContaining({ itemId: step.itemId, generation: 2, attempt: 0, leaseLosses: 1 }));
      expect(claimed).toContainEqual(expect.objectContaining({ itemId: retried.itemId, generation: 3, attempt: 2, leaseLosses: 1 }));

      // Whatever the old holder still sends is refused.
      expect(await bench.outcomes([call(born.lease, [settle("late")], end())])).toEqual([{ kind: "lease_lost" }]);
    });

    test("a take-over says how many it freed that were lost twice or more", async () => {
      await using bench = await setup(openStore);
      await bench.start();
      await bench.fanOut(["a"]);
      for (const suspects of [0, 2]) {
        await bench.reopen();
        const { epoch } = bench.store.holder;
        expect(await bench.store.queue.takeOver({ now: t0, epoch, limit: 10, countLosses: true })).toEqual({
          // One that dies with its holder for the first time is none.
          freed: suspects === 0 ? 2 : 3,
          suspects,
          more: false,
        });
        if (suspects === 0) await bench.start();
        await bench.claim();
      }
      await bench.reopen();
      const { epoch } = bench.store.holder;
      expect(await bench.store.queue.takeOver({ now: t0, epoch, limit: 10, countLosses: false })).toMatchObject({ suspects: 2 });
    });

    test("a take-over that counts no losses counts none", async () => {
      await using bench = await setup(openStore);
      await bench.start();
      await bench.reopen();
      await bench.store.queue.takeOver({ now: t0, epoch: bench.store.holder.epoch, limit: 10, countLosses: false });
      expect((await bench.claim()).items).toMatchObject([{ generation: 2, leaseLosses: 0 }]);
    });

    test("a take-over frees nothing of the holder that asks for it", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start();
      const { epoch } = bench.store.holder;
      expect(await bench.store.queue.takeOver({ now: t0, epoch, limit: 10, countLosses: true })).toEqual({
        freed: 0,
        suspects: 0,
        more: false,
      });
      expect(await bench.run(runId)).toMatchObject({ generation: 1, leaseLosses: 0 });
    });

    test("what a holder has is listed, its own items and its steps', and nothing else", async () => {
      await using bench = await setup(openStore);
      const { items } = await bench.fanOut(["a", "b"]);
      const own = await bench.start();
      const ended = await bench.start();
      await bench.start({ wantsLease: false });
      await bench.outcomes([call(ended.lease, [], end())]);
      const held = await bench.store.queue.listHeld({ holderId: bench.store.holder.id });
      expect(held.map(({ itemId }) => itemId).sort()).toEqual([own.runId, ...items.map(({ itemId }) => itemId)].sort());
      for (const { lease } of held) {
        const release = { kind: "release", lease, rank: 0 } as const;
        expect(await bench.outcomes([release])).toEqual([{ kind: "committed" }]);
      }
      expect(await bench.store.queue.listHeld({ holderId: bench.store.holder.id })).toEqual([]);
    });

    test("the queue is measured: what is ready, parked and held, and since when the oldest waits", async () => {
      await using bench = await setup(openStore);
      expect(await bench.store.queue.measure({ now: t0 })).toEqual({ ready: 0, parked: 0, held: 0, oldestReadyMs: 0 });
      await bench.start({ wantsLease: false });
      await bench.start({ laneKey: laneOf("other") });
      await bench.start({ dueAt: at(100) });
      expect(await bench.store.queue.measure({ now: at(50) })).toEqual({ ready: 1, parked: 1, held: 1, oldestReadyMs: 50 });
      await bench.claim();
      expect(await bench.store.queue.measure({ now: at(50) })).toEqual({ ready: 0, parked: 1, held: 2, oldestReadyMs: 0 });
      expect(await bench.store.queue.measure({ now: at(160) })).toMatchObject({ oldestReadyMs: 60 }); // Due, and not claimed.
    });
  });
}
