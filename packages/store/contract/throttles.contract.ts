import { breakerConstraint, type Lease, type LimitRule, laneKeyOf, rankOfStart, ruleName } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

const throttle = (limit: number, burst = 1, key = ""): LimitRule => ({ kind: "throttle", scope: "fn", key, limit, periodMs: 1_000, burst });

async function limited(openStore: OpenStore, ...rules: readonly LimitRule[]): Promise<Bench> {
  const bench = await setup(openStore);
  await bench.store.queue.setLimits([{ functionId: bench.functionId, rules }]);
  return bench;
}

const claimedRuns = async (bench: Bench, now = t0): Promise<readonly string[]> =>
  (await bench.claim({ now })).items.map(({ runId }) => runId);

/** What every store promises of throttles, and of lanes that are held. */
export function throttlesContract(openStore: OpenStore): void {
  describe("throttles", () => {
    test("starts are spaced, and the moment of the next one is known", async () => {
      await using bench = await limited(openStore, throttle(2));
      const first = await bench.start();
      const second = await bench.start();
      const third = await bench.start();
      expect([first.start, second.start]).toEqual(["leased", "queued"]);
      expect(await bench.claim()).toEqual({ items: [], more: false, nextDueAt: at(500) });
      expect(await claimedRuns(bench, at(499))).toEqual([]);
      expect(await claimedRuns(bench, at(500))).toEqual([second.runId]);
      expect(await bench.claim({ now: at(501) })).toEqual({ items: [], more: false, nextDueAt: at(1_000) });
      expect(await claimedRuns(bench, at(1_000))).toEqual([third.runId]);
    });

    test("a burst begins at once, also of runs that were queued", async () => {
      await using bench = await limited(openStore, throttle(1, 3));
      const runs: string[] = [];
      for (let index = 0; index < 5; index += 1) runs.push((await bench.start({ wantsLease: false, rank: rankOfStart(at(index)) })).runId);
      expect(await claimedRuns(bench)).toEqual(runs.slice(0, 3));
      expect(await claimedRuns(bench, at(1_000))).toEqual([runs[3]]);
    });

    test("only starts are spaced: what is under way goes on, and passes the runs that wait", async () => {
      await using bench = await limited(openStore, throttle(1));
      const first = await bench.start();
      const second = await bench.start();
      expect(await claimedRuns(bench)).toEqual([]);
      await bench.commit([call(first.lease, [bench.sleep("s", at(10))], bench.queue(at(10), 0, stepId("s")))]);
      const awake = await bench.claimOne(at(10));
      expect(awake.runId).toBe(first.runId);
      await bench.commit([call(bench.leaseOf(awake), [], bench.queue(at(20), 1))]);
      expect(await claimedRuns(bench, at(20))).toEqual([first.runId]);
      expect(await claimedRuns(bench, at(1_000))).toEqual([second.runId]);
    });

    test("keys are spaced each for itself", async () => {
      const rule = throttle(1, 1, "tenant");
      await using bench = await limited(openStore, rule);
      const lane = (value: string): string => laneKeyOf([[ruleName(rule), value]]);
      const starts = [
        await bench.start({ laneKey: lane("a") }),
        await bench.start({ laneKey: lane("b") }),
        await bench.start({ laneKey: lane("a") }),
      ];
      expect(starts.map(({ start }) => start)).toEqual(["leased", "leased", "queued"]);
    });

    test("what a key has used up survives a restart", async () => {
      await using bench = await limited(openStore, throttle(1));
      const first = await bench.start();
      await bench.commit([call(first.lease, [], end())]);
      await bench.reopen(at(10));
      await bench.store.queue.setLimits([{ functionId: bench.functionId, rules: [throttle(1)] }]);
      const second = await bench.start({}, at(10));
      expect(second.start).toBe("queued");
      expect(await claimedRuns(bench, at(999))).toEqual([]);
      expect(await claimedRuns(bench, at(1_000))).toEqual([second.runId]);
    });

    test("a run that was taken over has begun, and is not spaced again", async () => {
      await using bench = await limited(openStore, throttle(1));
      const first = await bench.start();
      await bench.reopen(at(10));
      await bench.store.queue.setLimits([{ functionId: bench.functionId, rules: [throttle(1)] }]);
      await bench.store.queue.takeOver({ now: at(10), epoch: bench.store.holder.epoch, limit: 10, countLosses: false });
      expect(await claimedRuns(bench, at(10))).toEqual([first.runId]);
    });

    test("a key is one row, and none once it is idle", async () => {
      await using bench = await limited(openStore, throttle(100, 10));
      const starts = bench.accept(bench.accepted(Array.from({ length: 5 }, () => bench.startOf())));
      const before = bench.store.counters.rowsWritten;
      await bench.commit([starts]);
      // An event and five runs, and the key once for all of them.
      expect(bench.store.counters.rowsWritten - before).toBe(7);
      expect(bench.countGateRows()).toBe(1);
      const old = { endedBefore: t0, failedBefore: t0, eventsBefore: t0, tracesBefore: t0, limit: 100 };
      await bench.store.retention.prune({ now: at(40), ...old });
      expect(bench.countGateRows()).toBe(1);
      await bench.store.retention.prune({ now: at(50), ...old });
      expect(bench.countGateRows()).toBe(0);
    });

    test("a start that finds no slot uses nothing of its throttle up", async () => {
      await using bench = await limited(openStore, { kind: "step", scope: "fn", key: "", limit: 1 }, throttle(1, 2));
      const first = await bench.start();
      const second = await bench.start();
      const third = await bench.start();
      expect(await claimedRuns(bench, at(100))).toEqual([]);
      await bench.commit([call(first.lease, [], end())], at(200));
      const claimed = await bench.claimOne(at(200));
      expect(claimed.runId).toBe(second.runId);
      await bench.commit([call(bench.leaseOf(claimed), [], end())], at(300));
      expect(await bench.claim({ now: at(300) })).toMatchObject({ items: [], nextDueAt: at(1_000) });
      expect(await claimedRuns(bench, at(1_000))).toEqual([third.runId]);
    });
  });

  describe("holds", () => {
    test("a lane that is held lets nothing through until its time, and others go on", async () => {
      await using bench = await setup(openStore);
      const lane = laneKeyOf([["step fn k", "a"]]);
      const { functionId } = bench;
      await bench.store.queue.hold({ functionId, laneKey: lane, until: at(100) });
      const held = await bench.start({ laneKey: lane });
      const other = await bench.start({ laneKey: laneKeyOf([["step fn k", "b"]]) });
      expect([held.start, other.start]).toEqual(["queued", "leased"]);
      expect(await bench.claim()).toEqual({ items: [], more: false, nextDueAt: at(100) });
      expect(await claimedRuns(bench, at(100))).toEqual([held.runId]);
    });

    test("a function that is held lets one call through after its time, until the hold is taken away", async () => {
      await using bench = await setup(openStore);
      const { functionId } = bench;
      const before = await bench.start();
      await bench.store.queue.hold({ functionId, until: at(100), thenOne: true });
      const runs: string[] = [];
      for (let index = 0; index < 3; index += 1) runs.push((await bench.start({ rank: rankOfStart(at(index)) })).runId);
      await bench.commit([call(before.lease, [], end())], at(50));
      expect(await claimedRuns(bench, at(50))).toEqual([]);
      const canary = await bench.claim({ now: at(100) });
      expect(canary.items.map(({ runId }) => runId)).toEqual([runs[0]]);
      expect(await claimedRuns(bench, at(200))).toEqual([]);
      await bench.store.queue.hold({ functionId });
      expect(await claimedRuns(bench, at(200))).toEqual(runs.slice(1));
    });

    test("what is held by a constraint is every lane that has it, and one call at a time of all of them after its time", async () => {
      await using bench = await setup(openStore);
      const { functionId } = bench;
      const held = breakerConstraint("down.example");
      const lanes = [laneKeyOf([held]), laneKeyOf([["step fn k", "a"], held]), laneKeyOf([["step fn k", "b"], held])];
      const waiting = await bench.start({ laneKey: lanes[0] ?? "", wantsLease: false });
      await bench.store.queue.hold({ functionId, constraint: held, until: at(100), thenOne: true });
      const runs = [waiting];
      for (const laneKey of lanes.slice(1)) runs.push(await bench.start({ laneKey }));
      const other = await bench.start({ laneKey: laneKeyOf([breakerConstraint("up.example")]) });
      expect([...runs, other].map(({ start }) => start)).toEqual(["queued", "queued", "queued", "leased"]);
      expect(await claimedRuns(bench, at(50))).toEqual([]);
      const probe = await bench.claim({ now: at(100) });
      expect(probe.items).toHaveLength(1);
      expect(await claimedRuns(bench, at(200))).toEqual([]);
      // The probe's slot goes to the next one.
      const [first] = probe.items;
      if (first !== undefined) await bench.commit([call(bench.leaseOf(first), [], end())], at(200));
      expect(await claimedRuns(bench, at(200))).toHaveLength(1);
      await bench.store.queue.hold({ functionId, constraint: held });
      await bench.commit(
        [call((await bench.store.queue.listHeld({ holderId: bench.store.holder.id }))[0]?.lease ?? other.lease, [], end())],
        at(201),
      );
      expect(await claimedRuns(bench, at(201))).toHaveLength(1);
      expect((await bench.start({ laneKey: lanes[1] ?? "" })).start).toBe("leased");
    });

    describe.each([
      ["a function", {}],
      ["a constraint", { constraint: breakerConstraint("down.example") }],
    ])("of %s that is held", (_, place) => {
      const laneKey = laneKeyOf([breakerConstraint("down.example")]);
      const hold = { ...place, until: at(100), thenOne: true };

      /** A call from before, a probe, and two runs that wait. */
      async function probed(bench: Bench): Promise<{ readonly elder: Lease; readonly probe: Lease }> {
        const elder = await bench.start({ laneKey });
        await bench.store.queue.hold({ functionId: bench.functionId, ...hold });
        for (let index = 0; index < 3; index += 1) await bench.start({ laneKey, rank: rankOfStart(at(index)) });
        return { elder: elder.lease, probe: bench.leaseOf(await bench.claimOne(at(100))) };
      }

      test("a probe is alone, whatever else is held or limited meanwhile", async () => {
        await using bench = await setup(openStore);
        await probed(bench);
        const { otherFunctionId: other } = bench;
        await bench.store.queue.hold({ functionId: other, until: at(500), thenOne: true });
        expect(await claimedRuns(bench, at(200))).toEqual([]);
        await bench.store.queue.setLimits([{ functionId: other, rules: [{ kind: "step", scope: "fn", key: "", limit: 3 }] }]);
        expect(await claimedRuns(bench, at(200))).toEqual([]);
      });

      test("the next probe waits for the last one, and for no call from before the hold", async () => {
        await using bench = await setup(openStore);
        const { elder, probe } = await probed(bench);
        await bench.commit([call(probe, [], end())], at(200));
        expect(await claimedRuns(bench, at(200))).toHaveLength(1);
        await bench.commit([call(elder, [], end())], at(300));
        expect(await claimedRuns(bench, at(300))).toEqual([]);
      });

      test("made longer, it takes the probe that made it so for a call from before", async () => {
        await using bench = await setup(openStore);
        await probed(bench);
        expect(await claimedRuns(bench, at(150))).toEqual([]);
        await bench.store.queue.hold({ functionId: bench.functionId, ...hold, until: at(300) });
        expect(await claimedRuns(bench, at(200))).toEqual([]);
        expect(await claimedRuns(bench, at(300))).toHaveLength(1);
      });
    });

    test("a hold that is made longer holds longer", async () => {
      await using bench = await setup(openStore);
      const { functionId } = bench;
      await bench.store.queue.hold({ functionId, until: at(100) });
      const { runId } = await bench.start();
      expect(await claimedRuns(bench, at(50))).toEqual([]);
      await bench.store.queue.hold({ functionId, until: at(300) });
      expect(await bench.claim({ now: at(100) })).toEqual({ items: [], more: false, nextDueAt: at(300) });
      expect(await claimedRuns(bench, at(300))).toEqual([runId]);
    });
  });
}
