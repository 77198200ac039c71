import type { RunId } from "@stepwell/protocol";
import { isStarted, type StartGates, type StartResult, type UnitOutcome } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { invoke, notStartedMemos, waitForEvent } from "./wait-parts.ts";

type Mode = NonNullable<StartGates["singleton"]>["mode"];
const single = (mode: Mode, key = "k"): { readonly gates: StartGates } => ({ gates: { singleton: { key, mode } } });
const skip = single("skip");
const replace = single("cancel");

function startsOf(outcome: UnitOutcome | undefined): readonly StartResult[] {
  if (outcome?.kind !== "accepted" && outcome?.kind !== "committed") throw new Error(`turned away: ${JSON.stringify(outcome)}`);
  return (outcome.events ?? []).flatMap((event) => (event.kind === "stored" ? event.starts : []));
}

async function startOne(
  bench: Bench,
  parts: Parameters<Bench["startOf"]>[0],
  now = t0,
): Promise<{ readonly runId: RunId; readonly result: StartResult }> {
  const start = bench.startOf({ dueAt: now, ...parts });
  const [outcome] = await bench.outcomes([bench.accept(bench.accepted([start]))], now);
  const [result] = startsOf(outcome);
  if (result === undefined) throw new Error("the event was not stored");
  return { runId: start.runId, result };
}

/** What every store promises of functions of which one run for each key is alive at a time. */
export function singletonsContract(openStore: OpenStore): void {
  describe("singletons that skip", () => {
    test("one run is alive; another is over as it begins, and says who has the key", async () => {
      await using bench = await setup(openStore);
      const first = await bench.start(skip);
      const event = bench.event();
      const start = bench.startOf(skip);
      const [outcome] = await bench.outcomes([bench.accept(bench.accepted([start], event))]);
      expect(startsOf(outcome)).toMatchObject([{ kind: "skipped", by: first.runId }]);
      expect(await bench.store.reports.getRun(start.runId)).toMatchObject({
        status: "skipped",
        endedAt: t0,
        cancelReason: `singleton ${first.runId}`,
      });
      expect((await bench.store.reports.eventRuns(event.id)).map(({ id }) => id)).toEqual([start.runId]);
      expect(await bench.store.reports.eventOutcomes(event.id)).toEqual([]);
      expect((await bench.claim()).items).toEqual([]);
    });

    test("keys and functions do not mind each other, and of one batch the first has the key", async () => {
      await using bench = await setup(openStore);
      const parts = [skip, skip, single("skip", "other"), { ...skip, functionId: bench.otherFunctionId }, {}];
      const units = parts.map((part) => bench.accept(bench.accepted([bench.startOf(part)])));
      expect((await bench.outcomes(units)).flatMap(startsOf).map(({ kind }) => kind)).toEqual([
        ...["leased", "skipped", "leased", "leased", "leased"],
      ]);
    });

    test("the key is held while the run is queued, waits and sleeps, over a restart and a take-over", async () => {
      await using bench = await setup(openStore);
      const kind = async () => (await startOne(bench, skip)).result.kind;
      const first = await bench.start({ ...skip, dueAt: at(100) });
      expect(await kind()).toBe("skipped");
      const lease = bench.leaseOf(await bench.claimOne(at(100)));
      await bench.reopen(at(100));
      await bench.store.queue.takeOver({ now: at(100), epoch: bench.store.holder.epoch, limit: 10, countLosses: true });
      expect(await kind()).toBe("skipped");
      expect(await bench.outcomes([call(lease, [], end())])).toEqual([{ kind: "lease_lost" }]);
      const again = bench.leaseOf(await bench.claimOne(at(100)));
      await bench.outcomes([call(again, [waitForEvent("w", bench.store.waits.mark())], bench.park(), { version: 2 })]);
      expect(await kind()).toBe("skipped");
      expect((await bench.run(first.runId)).status).not.toBe("skipped");
    });

    test.for([
      ["completes", "completed"],
      ["fails", "failed"],
    ] as const)("whoever comes after the run %s has the key, in the same batch too", async ([, status]) => {
      await using bench = await setup(openStore);
      const { lease } = await bench.start(skip);
      const next = bench.accept(bench.accepted([bench.startOf(skip)]));
      const units = [call({ ...lease, journalLength: 0 }, [], end({ status, sweep: false }), { version: 2 }), next];
      const [ended, started] = await bench.outcomes(units);
      expect(ended).toEqual({ kind: "committed" });
      expect(startsOf(started)).toMatchObject([{ kind: "leased" }]);
      expect(bench.countGateRows()).toBe(1);
    });

    test("a run that is cancelled gives its key back, and one that was skipped has none to give", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start(skip);
      await startOne(bench, skip);
      expect(bench.countGateRows()).toBe(1);
      await bench.outcomes([cancel(runId)]);
      expect(bench.countGateRows()).toBe(0);
      expect((await startOne(bench, skip)).result.kind).toBe("leased");
    });

    test("a skipped start has used up no id, no key and no rate", async () => {
      await using bench = await setup(openStore);
      const holder = await bench.start(skip);
      const dedupe = { key: "event e", expiresAt: at(1_000) };
      const rate = { limit: 1, periodMs: 1_000, burst: 1 };
      const all = { dedupe, gates: { ...skip.gates, idempotency: { key: "key i", expiresAt: at(1_000) }, rateLimit: { key: "r", rate } } };
      expect((await startOne(bench, all)).result.kind).toBe("skipped");
      await bench.outcomes([cancel(holder.runId)]);
      expect((await startOne(bench, all)).result.kind).toBe("leased");
    });

    test("a step that invokes a skipped run fails at once", async () => {
      await using bench = await setup(openStore);
      await bench.start(skip);
      const parent = await bench.start();
      const child = bench.accepted([bench.startOf(skip)]);
      await bench.outcomes([call(parent.lease, [invoke("i", child)], bench.park(), { version: 2 })]);
      expect(await bench.memos(parent.runSeq)).toEqual({ i: JSON.parse(notStartedMemos.skipped) });
    });

    test("retention takes skipped runs as it takes any that ended", async () => {
      await using bench = await setup(openStore);
      await bench.start(skip);
      const { runId } = await startOne(bench, skip);
      const day = 86_400_000;
      const params = { endedBefore: at(day), failedBefore: at(day), eventsBefore: t0, limit: 100 };
      await bench.store.retention.prune({ now: at(3 * day), ...params });
      expect(await bench.store.runs.find(runId)).toBeUndefined();
    });
  });

  describe("singletons that cancel", () => {
    test("the elder ends in the same unit, its end is to be told, and the key passes on", async () => {
      await using bench = await setup(openStore);
      const first = await bench.start(replace);
      const start = bench.startOf({ ...replace, dueAt: at(5) });
      const [outcome] = await bench.outcomes([bench.accept(bench.accepted([start]))], at(5));
      expect(startsOf(outcome)).toMatchObject([{ kind: "leased" }]);
      expect(outcome).toMatchObject({
        replaced: [{ runId: first.runId, runSeq: first.runSeq, functionId: bench.functionId, queuedAt: t0 }],
      });
      expect(await bench.store.reports.getRun(first.runId)).toMatchObject({
        status: "cancelled",
        endedAt: at(5),
        cancelReason: `singleton ${start.runId}`,
      });
      expect(await bench.timers()).toMatchObject([{ kind: "tell_end", subject: first.runId, dueAt: 0 }]);
      expect(await bench.outcomes([call(first.lease, [], end())])).toEqual([{ kind: "run_ended", status: "cancelled" }]);
      expect(bench.countGateRows()).toBe(1);
    });

    test("of several in one batch the last has the key, and nobody is asked to begin the others", async () => {
      await using bench = await setup(openStore);
      const starts = [1, 2, 3].map(() => bench.startOf(replace));
      const both = bench.accept(...starts.slice(0, 2).map((start) => bench.accepted([start])));
      const last = bench.accept(bench.accepted(starts.slice(2)));
      const outcomes = await bench.outcomes([both, last]);
      expect(outcomes.flatMap(startsOf).map(({ kind }) => kind)).toEqual(["replaced", "replaced", "leased"]);
      const statuses = await Promise.all(starts.map(async ({ runId }) => (await bench.run(runId)).status));
      expect(statuses.slice(0, 2)).toEqual(["cancelled", "cancelled"]);
      expect(await bench.store.queue.listHeld({ holderId: bench.store.holder.id })).toMatchObject([{ itemId: starts[2]?.runId }]);
    });

    test("a unit that is refused has cancelled nobody", async () => {
      await using bench = await setup(openStore);
      const first = await bench.start(replace);
      const bad = bench.accept(bench.accepted([bench.startOf(replace), bench.startOf({ runId: first.runId })]));
      const good = bench.accept(bench.accepted([bench.startOf()]));
      const outcomes = await bench.outcomes([bad, good]);
      expect(outcomes).toMatchObject([{ kind: "refused" }, { kind: "accepted" }]);
      expect(outcomes[1]).not.toHaveProperty("replaced");
      expect((await bench.run(first.runId)).endedAt).toBeUndefined();
      expect((await startOne(bench, replace)).result.kind).toBe("leased");
      expect((await bench.run(first.runId)).status).toBe("cancelled");
    });

    test("a run that invokes twice has its first child cancelled, is told so, and waits for the second", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start();
      const children = [1, 2].map(() => bench.accepted([bench.startOf({ ...replace, functionId: bench.otherFunctionId })]));
      const [first, second] = children.map((child, index) => invoke(`i${"ab"[index]}`, child));
      const [outcome] = await bench.outcomes([call(parent.lease, [first as never, second as never], bench.park(), { version: 2 })]);
      expect(startsOf(outcome).map(({ kind }) => kind)).toEqual(["replaced", "leased"]);
      expect(await bench.memos(parent.runSeq)).toMatchObject({
        ia: { error: { name: "InvokedRunCancelledError", code: "child_cancelled" } },
      });
      const later = startsOf(outcome)[1];
      if (later === undefined || !isStarted(later)) throw new Error("no child");
      const lease = { kind: "own", runSeq: later.runSeq, holderId: bench.store.holder.id, generation: 1 } as const;
      await bench.outcomes([call(lease, [], end())]);
      expect(await bench.memos(parent.runSeq)).toMatchObject({ ib: { data: "done" } });
      expect((await bench.claim()).items).toMatchObject([{ runId: parent.runId }]);
    });

    test("a run is not ended by its own child: the step fails at once", async () => {
      await using bench = await setup(openStore);
      const parent = await bench.start(replace);
      const child = bench.accepted([bench.startOf(replace)]);
      const [outcome] = await bench.outcomes([call(parent.lease, [invoke("i", child)], bench.park(), { version: 2 })]);
      expect(startsOf(outcome)).toMatchObject([{ kind: "skipped", by: parent.runId }]);
      expect(await bench.memos(parent.runSeq)).toEqual({ i: JSON.parse(notStartedMemos.skipped) });
      expect(await bench.claimOne()).toMatchObject({ runId: parent.runId });
    });
  });

  describe("reruns of functions with a singleton", () => {
    const rerunOf = (bench: Bench, of: RunId, parts: { readonly gates: StartGates }) =>
      ({ kind: "rerun", of, start: bench.startOf({ ...parts, origin: "rerun" }), keep: [] }) as const;

    test("are turned away while another run has it, and leave no trace", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start(skip);
      const unit = rerunOf(bench, runId, skip);
      const before = bench.store.counters.rowsWritten;
      expect(await bench.outcomes([unit])).toEqual([{ kind: "singleton_held", by: runId }]);
      expect(bench.store.counters.rowsWritten).toBe(before);
      await bench.outcomes([cancel(runId)]);
      expect(await bench.outcomes([unit])).toMatchObject([{ kind: "committed" }]);
    });

    test("end the other run where the function says so, the one they repeat included", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start(replace);
      expect(await bench.outcomes([rerunOf(bench, runId, replace)])).toMatchObject([{ kind: "committed", replaced: [{ runId }] }]);
      expect((await bench.run(runId)).status).toBe("cancelled");
      expect(bench.countGateRows()).toBe(1);
    });
  });
}
