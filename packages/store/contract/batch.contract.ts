import type { JsonText } from "@stepwell/protocol";
import type { Unit } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { laneOf } from "./lane-names.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end, openGroup, settle, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

/** What every store promises of units that are committed together. */
export function batchContract(openStore: OpenStore): void {
  describe("batches", () => {
    test("an empty batch is a batch", async () => {
      await using bench = await setup(openStore);
      expect(await bench.commit([])).toEqual({ outcomes: [], wake: { ready: false } });
    });

    test("a unit sees what the units before it wrote", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const lease = { ...run.lease, journalLength: 0 };
      const units = [
        call(lease, [settle("a")], { kind: "keep" }),
        call(lease, [settle("a")], { kind: "keep" }),
        call({ ...lease, generation: 2, journalLength: 1 }, [], end({ sweep: false })),
        call({ ...lease, generation: 2, journalLength: 1 }, [], end({ sweep: false })),
      ];
      expect((await bench.outcomes(units)).map(({ kind }) => kind)).toEqual(["committed", "lease_lost", "committed", "run_ended"]);
    });

    test.each([
      { mistake: "an id that another row has", broken: (unit: Extract<Unit, { kind: "accept" }>, taken: string) => withRunId(unit, taken) },
      { mistake: "a value of a wrong type", broken: (unit: Extract<Unit, { kind: "accept" }>) => withRunId(unit, "half" as string, 0.5) },
      {
        mistake: "a value that is none",
        broken: (unit: Extract<Unit, { kind: "accept" }>) => withRunId(unit, undefined as unknown as string),
      },
    ])("$mistake is refused with its unit, and its neighbours go through", async ({ broken }) => {
      await using bench = await setup(openStore);
      const before = await bench.start();
      const running = await bench.start();
      const queued = bench.accept(bench.accepted([bench.startOf({ wantsLease: false, laneKey: laneOf("new lane") })]));
      const event = bench.event();
      const culprit = broken(
        bench.accept(
          bench.accepted([bench.startOf({ laneKey: laneOf("culprit"), wantsLease: false })], event),
          bench.accepted([bench.startOf()]),
        ),
        before.runId,
      );
      const behind = bench.accept(
        bench.accepted([bench.startOf({ laneKey: laneOf("new lane") }), bench.startOf({ laneKey: laneOf("culprit") })]),
      );
      const { outcomes, wake } = await bench.commit([queued, culprit, call(running.lease, [settle("a")], { kind: "keep" }), behind]);
      expect(outcomes).toMatchObject([
        { kind: "accepted" },
        { kind: "refused", reason: expect.any(String) },
        { kind: "committed" },
        { kind: "accepted", events: [{ starts: [{ kind: "queued" }, { kind: "leased" }] }] },
      ]);
      expect(wake.ready).toBe(true);
      // One request is one unit: nothing of the culprit is there, its good event neither.
      expect(await bench.store.reports.getEvent(event.id)).toBeUndefined();
      expect(await bench.journal(running.runSeq)).toEqual(["a"]);
      expect((await bench.claim()).items).toHaveLength(2);
      expect(bench.countUnderWay()).toBe(0);
    });

    test("what is kept beside the tables survives a batch that was taken back", async () => {
      await using bench = await setup(openStore);
      const before = await bench.start();
      const queued = bench.accept(bench.accepted([bench.startOf({ wantsLease: false })]));
      const [outcome, refused] = await bench.outcomes([
        withRunId(bench.accept(bench.accepted([bench.startOf({ wantsLease: false })])), before.runId),
        call({ ...before.lease, generation: 9 }, [], end()),
      ]);
      expect([outcome?.kind, refused?.kind]).toEqual(["refused", "lease_lost"]);
      // The lane of the unit that was taken back has nothing ready in it.
      expect((await bench.start()).start).toBe("leased");
      expect(await bench.outcomes([queued])).toMatchObject([{ kind: "accepted" }]);
      expect((await bench.start()).start).toBe("queued");
      expect((await bench.claim()).items).toHaveLength(2);
    });

    test("a unit over a limit leaves its neighbours alone, and no lane behind", async () => {
      await using bench = await setup(openStore);
      const [big, good] = [await bench.start(), await bench.start()];
      const names = Array.from({ length: 10_001 }, (_, index) => `s${index}x`);
      const over = call(big.lease, [bench.plan("p"), openGroup(names)], bench.park(), { version: 2 });
      const units = [over, call(good.lease, [settle("a")], end()), bench.accept(bench.accepted([bench.startOf()]))];
      expect(await bench.outcomes(units)).toMatchObject([
        { kind: "over_limit" },
        { kind: "committed" },
        { events: [{ starts: [{ kind: "leased" }] }] },
      ]);
      expect(bench.countUnderWay()).toBe(0);
    });

    test("many units are one commit", async () => {
      await using bench = await setup(openStore);
      const { commits } = bench.store.counters;
      const units = Array.from({ length: 200 }, () => bench.accept(bench.accepted([bench.startOf()])));
      const outcomes = await bench.outcomes(units);
      expect(outcomes.every(({ kind }) => kind === "accepted")).toBe(true);
      expect(bench.store.counters.commits - commits).toBe(1);
    });

    test("what was committed is there after the store is opened anew, and engine time goes on", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start({}, at(1_000));
      const parked = await bench.start({ dueAt: at(99_000) }, at(1_000));
      await bench.outcomes(
        [call(run.lease, [settle("a", { memo: '{"data":1}' as JsonText })], { kind: "keep" }, { version: 2 })],
        at(5_000),
      );
      await bench.reopen(at(2_000));
      expect(bench.store.lastNow).toBe(at(5_000));
      expect(await bench.run(run.runId)).toMatchObject({ journalLength: 1, generation: 2, version: 2 });
      const later = await bench.start({}, at(5_000));
      expect(later.runSeq).toBeGreaterThan(parked.runSeq);
      expect((await bench.claim({ now: at(99_000) })).items).toMatchObject([{ runId: parked.runId }]);
      await bench.store.queue.takeOver({ now: at(6_000), epoch: bench.store.holder.epoch, limit: 10, countLosses: false });
      expect((await bench.claim({ now: at(99_000) })).items).toMatchObject([{ runId: run.runId, generation: 3 }]);
    });

    test("a lane that was ready at the close is ready after it", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start({ wantsLease: false });
      await bench.reopen();
      expect((await bench.start()).start).toBe("queued");
      expect((await bench.claim({ limit: 1 })).items).toMatchObject([{ runId }]);
      expect(t0).toBeLessThan(at(1));
    });

    test("settings are kept", async () => {
      await using bench = await setup(openStore);
      expect(await bench.store.settings.get("key")).toBeUndefined();
      await bench.store.settings.set("key", "one");
      await bench.store.settings.set("key", "two");
      await bench.reopen();
      expect(await bench.store.settings.get("key")).toBe("two");
    });
  });
}

type Accept = Extract<Unit, { kind: "accept" }>;

/** The same unit, the last start of which has another run id, or another due time. */
function withRunId(unit: Accept, runId: string, dueAt?: number): Accept {
  const [last] = unit.events.slice(-1);
  const start = last?.starts[0];
  if (last === undefined || start === undefined) throw new Error("a unit without a start");
  const broken = dueAt === undefined ? { ...start, runId } : { ...start, functionId: dueAt };
  return { ...unit, events: [...unit.events.slice(0, -1), { ...last, starts: [broken] }] } as Accept;
}
