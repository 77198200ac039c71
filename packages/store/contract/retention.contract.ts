import { type JsonText, limits } from "@stepwell/protocol";
import type { PruneParams } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end, settle, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

const never = at(-1_000_000);

/** One pass, slice after slice. */
async function prune(bench: Bench, parts: Partial<PruneParams>): Promise<{ readonly runs: number; readonly events: number }> {
  const params = { now: at(1_000_000), endedBefore: never, failedBefore: never, eventsBefore: never, limit: 100, ...parts };
  let [runs, events] = [0, 0];
  for (let slices = 0; slices < 100; slices += 1) {
    const slice = await bench.store.retention.prune(params);
    runs += slice.runs;
    events += slice.events;
    if (!slice.more) return { runs, events };
  }
  throw new Error("a pass that does not end");
}

/** What every store promises of retention. */
export function retentionContract(openStore: OpenStore): void {
  describe("retention", () => {
    test("ended runs that are old enough go, with all that is theirs; others stay", async () => {
      await using bench = await setup(openStore);
      const [old, young, alive] = [await bench.start({}, at(1)), await bench.start({}, at(2)), await bench.start({}, at(3))];
      const attempt = { kind: "record_attempt", attempt: 0, generation: 1, startedAt: t0, endedAt: t0, steps: 0 } as const;
      await bench.outcomes([
        call(old.lease, [settle("a"), attempt], end({ endedAt: at(99) })),
        call(young.lease, [settle("a")], end({ endedAt: at(100) })),
      ]);
      expect(await prune(bench, { endedBefore: at(100) })).toEqual({ runs: 1, events: 0 });
      expect(await bench.store.runs.find(old.runId)).toBeUndefined();
      expect(await bench.store.runs.load([{ runSeq: old.runSeq }])).toEqual([undefined]);
      expect(await bench.store.reports.getEvent(old.eventId)).toBeDefined();
      expect(await bench.journal(young.runSeq)).toEqual(["a"]);
      expect(await bench.run(alive.runId)).toMatchObject({ status: "running" });
    });

    test("failed runs have a time of their own, and what is kept does not end the pass", async () => {
      await using bench = await setup(openStore);
      const runs = [];
      for (let index = 0; index < 6; index += 1) runs.push(await bench.start({}, at(index)));
      const failure = { kind: "end", status: "failed", error: "{}" as JsonText, endedAt: at(10), sweep: true } as const;
      for (const [index, run] of runs.entries())
        await bench.outcomes([call(run.lease, [], index < 4 ? failure : end({ endedAt: at(10) }))]);
      expect(await prune(bench, { endedBefore: at(50), failedBefore: at(5), limit: 2 })).toMatchObject({ runs: 2 });
      expect(await prune(bench, { endedBefore: at(50), failedBefore: at(50), limit: 2 })).toMatchObject({ runs: 4 });
      expect(await prune(bench, { endedBefore: at(50), failedBefore: at(50), limit: 2 })).toMatchObject({ runs: 0 });
    });

    test("events go when they are old and no run that stays was started by them", async () => {
      await using bench = await setup(openStore);
      const large = JSON.stringify("x".repeat(limits.payloadInlineLengthMax + 1)) as JsonText;
      const alone = bench.event({ receivedAt: at(1), data: large });
      await bench.commit([
        bench.accept({ event: alone, starts: [], outcomes: [{ functionId: bench.functionId, kind: "expression_false" }] }),
      ]);
      const run = await bench.start({}, at(2), { receivedAt: at(2) });
      const done = await bench.start({}, at(3), { receivedAt: at(3) });
      const young = bench.event({ receivedAt: at(100) });
      await bench.commit([bench.accept(bench.accepted([], young))]);
      await bench.outcomes([call(done.lease, [], end({ endedAt: at(5) }))]);

      expect(await prune(bench, { eventsBefore: at(100), limit: 2 })).toEqual({ runs: 0, events: 1 });
      expect(await bench.store.reports.getEvent(alone.id)).toBeUndefined();
      expect(await bench.store.reports.eventOutcomes(alone.id)).toEqual([]);
      expect(await prune(bench, { eventsBefore: at(100), endedBefore: at(50) })).toEqual({ runs: 1, events: 1 });
      expect(await bench.store.reports.getEvent(done.eventId)).toBeUndefined();
      expect((await bench.store.runs.load([{ runSeq: run.runSeq }]))[0]?.events).toHaveLength(1);
      expect(await bench.store.reports.getEvent(young.id)).toBeDefined();
    });

    test("of many ended runs the newest stay, and none that is alive counts or goes", async () => {
      await using bench = await setup(openStore);
      const alive = await bench.start();
      const ended = [];
      for (let index = 0; index < 5; index += 1) {
        const run = await bench.start({}, at(index));
        await bench.outcomes([call(run.lease, [], end({ endedAt: at(index) }))]);
        ended.push(run.runId);
      }
      expect(await prune(bench, { runsMax: 2, limit: 2 })).toMatchObject({ runs: 3 });
      const { rows } = await bench.store.reports.listRuns({}, { limit: 10 });
      expect(rows.map(({ id }) => id)).toEqual([ended[4], ended[3], alive.runId]);
    });

    test("a run that is alive keeps everything, however old", async () => {
      await using bench = await setup(openStore);
      const { runSeq, items } = await bench.fanOut(["a", "b"]);
      expect(await prune(bench, { endedBefore: at(9_999), failedBefore: at(9_999), eventsBefore: at(9_999) })).toEqual({
        runs: 0,
        events: 0,
      });
      expect((await bench.store.runs.load([{ runSeq }]))[0]).toMatchObject({ otherItems: items.length });
    });

    test("a key is remembered until it expires and forgotten then, whatever becomes of its run", async () => {
      await using bench = await setup(openStore);
      const dedupe = { key: "k", expiresAt: at(500) };
      const first = await bench.start({ dedupe });
      await bench.outcomes([call(first.lease, [], end({ endedAt: at(1) }))]);
      await prune(bench, { now: at(400), endedBefore: at(300) });
      const again = bench.accept(bench.accepted([bench.startOf({ dedupe })]));
      expect(await bench.outcomes([again], at(400))).toMatchObject([{ events: [{ starts: [{ kind: "duplicate", of: first.runId }] }] }]);
      await prune(bench, { now: at(600) });
      expect((await bench.start({ dedupe }, at(600))).start).toBe("leased");
    });
  });
}
