import { asJson, type EventId, type RunId } from "@stepwell/protocol";
import type { CollectRun, PlannedStart } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { OpenStore } from "./open-store.ts";
import { at, call, openGroup, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { invoke, metBy, waitForEvent, waitForSignal } from "./wait-parts.ts";

/** What every store promises of what answers "why?". */
export function whyReportsContract(openStore: OpenStore): void {
  describe("reports of why", () => {
    test("the waits of a run come with their conditions and children, the first to end first, as many as are asked for", async () => {
      await using bench = await setup(openStore);
      const { reports, waits } = bench.store;
      const since = waits.mark();
      const child = bench.accepted([bench.startOf({ functionId: bench.otherFunctionId, origin: "invoke" })], bench.event());
      const term = { path: "data.order", value: asJson(7) };
      const run = await bench.waiting([
        openGroup(["w", "s", "i"]),
        waitForEvent("w", since, { dueAt: at(900), term, expression: "async.data.ok" }),
        waitForSignal("s", "go", { dueAt: at(500) }),
        invoke("i", child, { dueAt: at(700) }),
      ]);
      expect(await reports.runWaits(run.runId, 9)).toEqual([
        { kind: "signal", name: "go", until: at(500), stepId: stepId("s"), stepName: "s", startedAt: t0 },
        {
          ...{ kind: "invoke", name: "shop-refund", until: at(700), stepId: stepId("i"), stepName: "i", startedAt: t0 },
          child: { runId: child.starts[0]?.runId, functionSlug: "shop-refund", status: "running" },
        },
        {
          ...{ kind: "event", name: "shop/paid", until: at(900), stepId: stepId("w"), stepName: "w", startedAt: t0 },
          ...{ expression: "async.data.ok", term },
        },
      ]);
      expect(await reports.runWaits(run.runId, 1)).toHaveLength(1);
    });

    test("a run that is collected says until when, of how many events, and which one is kept", async () => {
      await using bench = await setup(openStore);
      const { reports } = bench.store;
      const collect: CollectRun = { kind: "debounce", key: "doc", periodMs: 100, timeoutMs: 150, ts: t0 };
      const events = [bench.event(), bench.event()];
      let runId = "" as RunId;
      for (const [index, event] of events.entries()) {
        const start = bench.startOf({ collect, wantsLease: false });
        if (index === 0) runId = start.runId;
        await bench.outcomes([bench.accept(bench.accepted([start], event))], at(index * 90));
      }
      expect(await reports.pendingRun(runId)).toEqual({
        ...{ runId, functionId: bench.functionId, functionSlug: "shop-order", kind: "debounce", key: "doc", joins: 2 },
        ...{ openedAt: t0, dueAt: at(150), hardDueAt: at(150), eventId: events[1]?.id },
      });
      const batched = bench.startOf({
        collect: { kind: "batch", key: "", timeoutMs: 100, sizeMax: 3, bytesMax: 1_000, bytes: 10 },
        wantsLease: false,
      });
      const first = bench.event();
      await bench.outcomes([bench.accept(bench.accepted([batched], first))]);
      expect(await reports.pendingRun(batched.runId)).toMatchObject({ kind: "batch", joins: 1, hardDueAt: at(100), eventId: first.id });
      expect(await reports.pendingRun("01AAAAAAAAAAAAAAAAAAAAAAAA" as RunId)).toBeUndefined();
    });

    test("the last attempt that failed is told, whatever came after it", async () => {
      await using bench = await setup(openStore);
      const { reports } = bench.store;
      const run = await bench.start();
      expect(await reports.failedAttempt(run.runId)).toBeUndefined();
      const attempt = { kind: "record_attempt", generation: 1, startedAt: t0, steps: 0 } as const;
      const failed = { ...attempt, attempt: 1, endedAt: at(5), errorCode: "app_error", error: asJson({ name: "E", message: "no" }) };
      const effects = [{ ...attempt, attempt: 0, endedAt: at(2), errorCode: "first" }, failed, { ...attempt, attempt: 2, endedAt: at(9) }];
      await bench.outcomes([call(run.lease, effects, bench.queue(at(900), 1))]);
      expect(await reports.failedAttempt(run.runId)).toEqual({ attempt: 1, endedAt: at(5), errorCode: "app_error", message: "no" });
    });

    test("the releases of a lane are its runs before this one that began after they had waited", async () => {
      await using bench = await setup(openStore);
      const { reports } = bench.store;
      const [mine, other] = ['[["step fn k","a"]]', '[["step fn k","b"]]'];
      for (const laneKey of [mine, other, mine]) await bench.start({ laneKey, wantsLease: false });
      const items = (await bench.claim({ now: at(50), perLane: 10, limit: 10 })).items;
      expect(items).toHaveLength(3);
      for (const [index, item] of items.toSorted((one, two) => one.runSeq - two.runSeq).entries())
        await bench.outcomes([call(bench.leaseOf(item), [], bench.park(), { startedAt: at(100 + index) })]);
      await bench.start({ laneKey: mine });
      const last = await bench.start({ laneKey: mine, wantsLease: false });
      expect(await reports.laneReleases(last.runId, 100)).toEqual([
        { queuedAt: t0, startedAt: at(100) },
        { queuedAt: t0, startedAt: at(102) },
      ]);
      expect(await reports.laneReleases(last.runId, 2)).toEqual([{ queuedAt: t0, startedAt: at(102) }]);
    });

    test("an event names the steps that it woke, and what a cursor has not come to", async () => {
      await using bench = await setup(openStore);
      const { reports, waits } = bench.store;
      const run = await bench.waiting([waitForEvent("w", waits.mark())]);
      const event = await bench.send();
      await bench.outcomes([metBy(await bench.onlyWait(), event)]);
      expect(await reports.eventWakes(event.id, 9)).toEqual([
        { runId: run.runId, functionSlug: "shop-order", stepId: stepId("w"), stepName: "w" },
      ]);
      expect(await reports.eventRest(event.id, 9)).toEqual([]);

      const big = bench.event();
      const starts = [bench.startOf(), bench.startOf(), bench.startOf({ functionId: bench.otherFunctionId })];
      const rest = starts.map(({ functionId, runId, dueAt }): PlannedStart => ({ functionId, runId, dueAt }));
      await bench.outcomes([bench.accept({ ...bench.accepted([], big), rest })]);
      const [cursor] = await bench.store.cursors.list({ limit: 9 });
      if (cursor === undefined) throw new Error("no cursor");
      const { holder } = bench.store;
      const advance = { kind: "advance_cursor", holder, cursorSeq: cursor.seq, position: 0, outcomes: [], count: 1 } as const;
      await bench.outcomes([{ ...advance, starts: starts.slice(0, 1) }]);
      expect(await reports.eventRest(big.id, 9)).toEqual([
        { functionId: bench.functionId, functionSlug: "shop-order", runId: starts[1]?.runId },
        { functionId: bench.otherFunctionId, functionSlug: "shop-refund", runId: starts[2]?.runId },
      ]);
      expect(await reports.eventRest(big.id, 1)).toHaveLength(1);
    });

    test("an event is found by a beginning of its id that is its own", async () => {
      await using bench = await setup(openStore);
      const { reports } = bench.store;
      const ids = ["01AAAAAAAAAAAAAAAAAAAAAAAA", "01AAAAAAABAAAAAAAAAAAAAAAA"] as unknown as readonly EventId[];
      for (const id of ids) await bench.outcomes([bench.accept(bench.accepted([], bench.event({ id })))]);
      expect(await reports.findEventByPrefix("01AAAAAAAB")).toEqual({ eventId: ids[1], matches: 1 });
      expect(await reports.findEventByPrefix("01AAAAAA")).toEqual({ matches: 2 });
      expect(await reports.findEventByPrefix("01ZZZZZZ")).toEqual({ matches: 0 });
    });
  });
}
