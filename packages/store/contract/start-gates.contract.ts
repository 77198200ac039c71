import { limits, type RunId } from "@stepwell/protocol";
import type { Rate, StartGates, StartResult } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { invoke, notStartedMemos } from "./wait-parts.ts";

const day = 86_400_000;
const twoInASecond: Rate = { limit: 2, periodMs: 1_000, burst: 2 };
const limited = (key: string, rate = twoInASecond): { readonly gates: StartGates } => ({ gates: { rateLimit: { key, rate } } });
const once = (key: string, expiresAt = at(1_000)): { readonly gates: StartGates } => ({ gates: { idempotency: { key, expiresAt } } });

/** What became of a start for each of these, all of one event in one unit. */
async function startAll(bench: Bench, parts: readonly Parameters<Bench["startOf"]>[0][], now = t0): Promise<readonly StartResult[]> {
  const starts = parts.map((part) => bench.startOf({ dueAt: now, ...part }));
  const events = starts.map((start) => bench.accepted([start]));
  const [outcome] = await bench.outcomes([bench.accept(...events)], now);
  if (outcome?.kind !== "accepted") throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.events.flatMap((event) => (event.kind === "stored" ? event.starts : []));
}

async function kindsOf(...params: Parameters<typeof startAll>): Promise<readonly string[]> {
  return (await startAll(...params)).map(({ kind }) => kind);
}

/** What every store promises of starts that are not let through. */
export function startGatesContract(openStore: OpenStore): void {
  describe("rate limits of starts", () => {
    test("let in what the rate allows, in the order of the unit, and record of every other key and time", async () => {
      await using bench = await setup(openStore);
      const events = [bench.event(), bench.event(), bench.event()];
      const accepted = events.map((event) => bench.accepted([bench.startOf(limited("a"))], event));
      const [outcome] = await bench.outcomes([bench.accept(...accepted)]);
      const turnedAway = { kind: "rate_limited", key: "a", nextAt: at(500) };
      expect(outcome).toMatchObject({
        events: [{ starts: [{ kind: "leased" }] }, { starts: [{ kind: "leased" }] }, { starts: [turnedAway] }],
      });
      expect(await bench.store.runs.find(accepted[2]?.starts[0]?.runId as RunId)).toBeUndefined();
      const [last] = events.slice(2);
      expect(await bench.store.reports.eventOutcomes(last?.id as never)).toMatchObject([
        { kind: "rate_limited", detail: JSON.stringify({ key: "a", nextAt: at(500) }) },
      ]);
    });

    test("count over the units of one batch, over batches, and over a restart", async () => {
      await using bench = await setup(openStore);
      const units = [0, 1, 2].map(() => bench.accept(bench.accepted([bench.startOf(limited("a"))])));
      expect(await bench.outcomes(units)).toMatchObject([
        { events: [{ starts: [{ kind: "leased" }] }] },
        { events: [{ starts: [{ kind: "leased" }] }] },
        { events: [{ starts: [{ kind: "rate_limited" }] }] },
      ]);
      expect(await kindsOf(bench, [limited("a")], at(499))).toEqual(["rate_limited"]);
      await bench.reopen(at(499));
      expect(await kindsOf(bench, [limited("a")], at(499))).toEqual(["rate_limited"]);
      expect(await kindsOf(bench, [limited("a"), limited("a")], at(500))).toEqual(["leased", "rate_limited"]);
    });

    test("are of one function and one key", async () => {
      await using bench = await setup(openStore);
      const one = limited("a", { limit: 1, periodMs: 1_000, burst: 1 });
      const other = limited("b", { limit: 1, periodMs: 1_000, burst: 1 });
      const ofOther = { ...one, functionId: bench.otherFunctionId };
      expect(await kindsOf(bench, [one, one, other, ofOther, ofOther])).toEqual([
        ...["leased", "rate_limited", "leased"],
        ...["leased", "rate_limited"],
      ]);
    });

    test("follow the rate that the start brings: a changed limit holds at once", async () => {
      await using bench = await setup(openStore);
      expect(await kindsOf(bench, [limited("a"), limited("a"), limited("a")])).toEqual(["leased", "leased", "rate_limited"]);
      const wider = limited("a", { limit: 4, periodMs: 1_000, burst: 6 });
      expect(await kindsOf(bench, [wider])).toEqual(["leased"]);
    });

    test("charge nothing for a repeated event, or for one that is turned away", async () => {
      await using bench = await setup(openStore);
      const event = bench.event();
      const sent = () => bench.accept(bench.accepted([bench.startOf(limited("a"))], event));
      expect((await bench.outcomes([sent(), sent(), sent()])).map((outcome) => outcome.kind)).toEqual(["accepted", "accepted", "accepted"]);
      expect(await kindsOf(bench, [limited("a"), limited("a"), limited("a")])).toEqual(["leased", "rate_limited", "rate_limited"]);
      expect(await kindsOf(bench, [limited("a")], at(500))).toEqual(["leased"]);
    });

    test("are given back by a unit that is refused, and by nothing else of its batch", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start();
      const good = () => bench.accept(bench.accepted([bench.startOf(limited("a"))]));
      const bad = bench.accept(bench.accepted([bench.startOf(limited("a")), bench.startOf({ runId })]));
      expect((await bench.outcomes([good(), bad, good(), good()])).map(({ kind }) => kind)).toEqual([
        ...["accepted", "refused", "accepted", "accepted"],
      ]);
      const rows = await bench.store.reports.listRuns({ functionIds: [bench.functionId] }, { limit: 10 });
      expect(rows.rows).toHaveLength(3);
    });

    test("cost one row for each key and batch", async () => {
      await using bench = await setup(openStore);
      const rate = { limit: 100, periodMs: 1_000, burst: 100 };
      const measured = async (part: Parameters<Bench["startOf"]>[0]): Promise<number> => {
        const before = bench.store.counters.rowsWritten;
        await startAll(
          bench,
          Array.from({ length: 20 }, () => part),
        );
        return bench.store.counters.rowsWritten - before;
      };
      await measured({});
      const without = await measured({});
      expect((await measured(limited("a", rate))) - without).toBe(1);
    });

    test("keep no row of a key that is idle, and lose nothing of one that is not", async () => {
      await using bench = await setup(openStore);
      const slow = limited("slow", { limit: 1, periodMs: 3 * day, burst: 1 });
      await startAll(bench, [limited("quick"), slow]);
      expect(bench.countGateRows()).toBe(2);
      const old = { endedBefore: t0, failedBefore: t0, eventsBefore: t0, limit: 1 };
      while ((await bench.store.retention.prune({ now: at(day), ...old })).more);
      expect(bench.countGateRows()).toBe(1);
      expect(await kindsOf(bench, [slow, limited("quick"), limited("quick"), limited("quick")], at(day))).toEqual([
        ...["rate_limited", "leased", "leased", "rate_limited"],
      ]);
    });

    test("fail the step that invokes at once", async () => {
      await using bench = await setup(openStore);
      await startAll(bench, [limited("a"), limited("a")]);
      const parent = await bench.start();
      const child = bench.accepted([bench.startOf(limited("a"))]);
      await bench.outcomes([call(parent.lease, [invoke("i", child)], bench.park(), { version: 2 })]);
      expect(await bench.memos(parent.runSeq)).toEqual({ i: JSON.parse(notStartedMemos.rate_limited) });
      expect(await bench.claimOne()).toMatchObject({ runId: parent.runId });
    });

    test("hold for what a cursor starts", async () => {
      await using bench = await setup(openStore);
      const [starts, event] = [[1, 2, 3].map(() => bench.startOf(limited("a"))), bench.event()];
      const rest = starts.map(({ functionId, runId, dueAt }) => ({ functionId, runId, dueAt }));
      await bench.outcomes([bench.accept({ ...bench.accepted([], event), rest })]);
      const [cursor] = await bench.store.cursors.list({ limit: 1 });
      const { holder } = bench.store;
      const advance = { kind: "advance_cursor", holder, cursorSeq: cursor?.seq as never, position: 0, outcomes: [], count: 3 } as const;
      expect(await bench.outcomes([{ ...advance, starts }])).toMatchObject([
        { events: [{ starts: [{ kind: "leased" }, { kind: "leased" }, { kind: "rate_limited" }] }] },
      ]);
      expect(await bench.store.reports.eventRuns(event.id)).toHaveLength(2);
    });
  });

  describe("idempotency keys of functions", () => {
    test("start one run within their window, and name it afterwards, over restarts", async () => {
      await using bench = await setup(openStore);
      const first = await bench.start(once("k"));
      const duplicate = { kind: "duplicate", of: first.runId };
      expect(await startAll(bench, [once("k"), once("other")], at(999))).toMatchObject([duplicate, { kind: "leased" }]);
      await bench.reopen(at(999));
      expect(await startAll(bench, [once("k"), { ...once("k"), functionId: bench.otherFunctionId }], at(999))).toMatchObject([
        duplicate,
        { kind: "leased" },
      ]);
      expect(await kindsOf(bench, [once("k", at(2_000)), once("k", at(2_000))], at(1_000))).toEqual(["leased", "duplicate"]);
    });

    test("outlive their run, and are forgotten after their window", async () => {
      await using bench = await setup(openStore);
      const gate = once("k", at(limits.idempotencyWindowMsMax));
      const first = await bench.start(gate);
      await bench.outcomes([call(first.lease, [], end({ endedAt: at(1) }))]);
      const old = { endedBefore: at(20 * day), failedBefore: at(20 * day), eventsBefore: at(20 * day), limit: 100 };
      await bench.store.retention.prune({ now: at(20 * day), ...old });
      expect(await bench.store.runs.find(first.runId)).toBeUndefined();
      expect(await startAll(bench, [gate], at(20 * day))).toEqual([{ kind: "duplicate", of: first.runId }]);
      expect(await kindsOf(bench, [gate], at(limits.idempotencyWindowMsMax))).toEqual(["leased"]);
    });

    test("stand beside the event's id and a rate: what one of them turns away has used up nothing of the others", async () => {
      await using bench = await setup(openStore);
      const gates = (key: string): StartGates => ({ ...once(key).gates, ...limited("a").gates });
      const dedupe = { key: "event e", expiresAt: at(1_000) };
      const [first] = await startAll(bench, [{ gates: gates("k"), dedupe }]);
      expect(first?.kind).toBe("leased");
      // A duplicate by either name is not charged.
      expect(await kindsOf(bench, [{ gates: gates("k") }, { gates: gates("new"), dedupe }])).toEqual(["duplicate", "duplicate"]);
      expect(await kindsOf(bench, [{ gates: gates("l") }, { gates: gates("m") }])).toEqual(["leased", "rate_limited"]);
      // What was limited claimed no key, by neither name.
      const other = { key: "event f", expiresAt: at(1_000) };
      expect(await kindsOf(bench, [{ gates: gates("m"), dedupe: other }], at(499))).toEqual(["rate_limited"]);
      expect(await kindsOf(bench, [{ gates: gates("m"), dedupe: other }], at(500))).toEqual(["leased"]);
    });
  });
}
