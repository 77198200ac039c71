import { type Constraint, type LimitRule, laneKeyOf, rankOfStart, ruleName } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, stepId } from "./parts.ts";
import { setup } from "./setup.ts";

const step = (limit: number, parts: Partial<LimitRule> = {}): LimitRule =>
  ({ kind: "step", scope: "fn", key: "", limit, ...parts }) as LimitRule;
const laneOf = (...values: readonly (readonly [LimitRule, string])[]): string =>
  laneKeyOf(values.map(([rule, value]): Constraint => [ruleName(rule), value]));

/** Claims and ends, `together` calls in each commit, until nothing is left or enough has been seen; the lanes in their order. */
async function serve(
  bench: Bench,
  { together, rounds }: { readonly together: number; readonly rounds: number },
): Promise<readonly string[]> {
  const served: string[] = [];
  let hand = (await bench.claim({ perLane: 20, limit: 200 })).items;
  for (let round = 0; round < rounds && hand.length > 0; round += 1) {
    served.push(...hand.slice(0, together).map(({ laneKey }) => laneKey));
    await bench.commit(hand.slice(0, together).map((item) => call(bench.leaseOf(item), [], end())));
    hand = [...hand.slice(together), ...(await bench.claim({ perLane: 20, limit: 200 })).items];
  }
  return served;
}

async function backlog(bench: Bench, laneKey: string, count: number, functionId = bench.functionId): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await bench.start({ wantsLease: false, laneKey, functionId, rank: rankOfStart(at(index)) });
}

/** What every store promises of lanes that want the same slots. */
export function fairnessContract(openStore: OpenStore): void {
  describe("fairness", () => {
    test.each([1, 2, 10])("keys take turns at a limit of ten that all of them share, with %i slots freed at a time", async (together) => {
      await using bench = await setup(openStore);
      const [all, each] = [step(10), step(10, { key: "k" })];
      await bench.store.queue.setLimits([{ functionId: bench.functionId, rules: [all, each] }]);
      const lanes = ["a", "b", "c"].map((value) => laneOf([each, value]));
      for (const lane of lanes) await backlog(bench, lane, 40);
      const served = await serve(bench, { together, rounds: 60 / together });
      for (const lane of lanes) {
        expect(served.filter((other) => other === lane).length).toBeGreaterThanOrEqual(15);
        expect(served.filter((other) => other === lane).length).toBeLessThanOrEqual(25);
      }
    });

    test("a lane that needs two slots at once has its turn between those that need one of them", async () => {
      await using bench = await setup(openStore);
      const own = step(1);
      const shared = step(1, { key: "a", scope: "env" });
      const { functionId, otherFunctionId } = bench;
      await bench.store.queue.setLimits([
        { functionId, rules: [own, shared] },
        { functionId: otherFunctionId, rules: [shared] },
      ]);
      const [wanted, elsewhere] = [laneOf([shared, "gpu"]), laneOf([shared, "cpu"])];
      await backlog(bench, wanted, 60, otherFunctionId);
      await backlog(bench, elsewhere, 60);
      const needy = await bench.start({ wantsLease: false, laneKey: wanted, rank: rankOfStart(at(1)) });
      await serve(bench, { together: 1, rounds: 80 });
      expect((await bench.run(needy.runId)).status).toBe("completed");
    });

    test("a lane that waits for a run to end keeps none of what the steps of that run need", async () => {
      await using bench = await setup(openStore);
      const { functionId, otherFunctionId } = bench;
      const [shared, each] = [step(1, { key: "a", scope: "env" }), step(1, { key: "b" })];
      const runs: LimitRule = { kind: "run", scope: "fn", key: "", limit: 1 };
      await bench.store.queue.setLimits([
        { functionId, rules: [shared, each, runs] },
        { functionId: otherFunctionId, rules: [shared] },
      ]);
      const [wanted, elsewhere] = [laneOf([shared, "gpu"], [each, "b"]), laneOf([shared, "cpu"], [each, "b"])];
      const begin = async () => {
        const run = await bench.start({ laneKey: elsewhere });
        await bench.outcomes([call(run.lease, [bench.sleep("s", at(100))], bench.queue(at(100), 0, stepId("s")))]);
        return run;
      };
      let holder = await begin();
      const needy = await bench.start({ wantsLease: false, laneKey: wanted });
      expect((await bench.claim()).items).toEqual([]);
      await backlog(bench, laneOf([shared, "gpu"]), 20, otherFunctionId);
      // Each time one of the two slots is free when the other one is not, until both are kept for it.
      for (let passes = 0; passes < 8; passes += 1) {
        const busy = (await bench.claim()).items;
        expect(busy).toHaveLength(1);
        await bench.outcomes([cancel(holder.runId)]);
        holder = await begin();
        await bench.outcomes(busy.map((item) => call(bench.leaseOf(item), [], end())));
      }
      const { items } = await bench.claim({ now: at(100) });
      expect(items.map(({ runId }) => runId)).toContain(holder.runId);
      await bench.outcomes(
        items.map((item) => call(bench.leaseOf(item), [], end())),
        at(100),
      );
      expect(await bench.claimOne(at(100))).toMatchObject({ runId: needy.runId });
    });

    test("a call is one slot, whatever keys have the same value", async () => {
      await using bench = await setup(openStore);
      const rules = [step(4, { key: "a", scope: "env" }), step(4, { key: "b", scope: "env" })];
      await bench.store.queue.setLimits([{ functionId: bench.functionId, rules }]);
      const lane = laneKeyOf(rules.map((rule): Constraint => [ruleName(rule), "false"]));
      await backlog(bench, lane, 6);
      expect((await bench.claim()).items).toHaveLength(4);
    });

    test("of two limits with one key the lower one holds", async () => {
      await using bench = await setup(openStore);
      await bench.store.queue.setLimits([{ functionId: bench.functionId, rules: [step(4), step(2)] }]);
      await backlog(bench, "", 6);
      expect((await bench.claim()).items).toHaveLength(2);
    });

    test("a call from before a hold is no probe: one goes through when its time is over", async () => {
      await using bench = await setup(openStore);
      const { functionId } = bench;
      await bench.start();
      await bench.store.queue.hold({ functionId, until: at(100), thenOne: true });
      await backlog(bench, "", 3);
      expect((await bench.claim({ now: at(100) })).items).toHaveLength(1);
      expect((await bench.claim({ now: at(200) })).items).toHaveLength(0);
    });
  });
}
