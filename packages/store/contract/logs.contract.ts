import { asJson, type JsonText, type LogEntry, type LogLine, limits, type RunId } from "@stepwell/protocol";
import type { AppendLogsUnit, RecordLogs } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

const committed = { kind: "committed" };

function line(text: string, parts: Partial<LogLine> = {}): LogLine {
  return { at: t0, level: "info", text, ...parts };
}

function recorded(step: string, texts: readonly string[], attempt = 0): RecordLogs {
  return { kind: "record_logs", stepId: stepId(step), attempt, lines: texts.map((text) => line(text)) };
}

function append(runId: RunId, ...entries: readonly LogEntry[]): AppendLogsUnit {
  return { kind: "append_logs", runId, entries };
}

async function textsOf(bench: Bench, runId: RunId): Promise<readonly string[]> {
  const { lines } = await bench.store.reports.runLogs(runId, {}, { limit: 100_000, after: 0 });
  return lines.map(({ text, cut }) => (cut === undefined ? text : `cut:${cut}`));
}

/** What every store promises of log lines. */
export function logsContract(openStore: OpenStore): void {
  describe("logs", () => {
    test("lines that come with a call and lines that come alone stand in the order of their arrival", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const data = asJson({ orderId: 7 });
      const lines = [line("late", { level: "error", at: at(9), data })];
      await bench.outcomes([
        call(run.lease, [settle("a"), recorded("a", ["one", "two"], 1)], { kind: "stay" }),
        append(run.runId, { lines: [line("of no step", { level: "debug" })] }, { stepId: stepId("a"), lines }),
      ]);
      const { reports } = bench.store;
      expect(await reports.runLogs(run.runId, {}, { limit: 10, after: 0 })).toEqual({
        lines: [
          { seq: 1, stepId: stepId("a"), attempt: 1, ...line("one") },
          { seq: 2, stepId: stepId("a"), attempt: 1, ...line("two") },
          { seq: 3, ...line("of no step", { level: "debug" }) },
          { seq: 4, stepId: stepId("a"), at: at(9), level: "error", text: "late", data },
        ],
        hasMore: false,
      });
      expect(await reports.runLogCounts(run.runId)).toEqual([
        { lines: 1 },
        { stepId: stepId("a"), lines: 1 },
        { stepId: stepId("a"), attempt: 1, lines: 2 },
      ]);
    });

    test("they are read in pages, by step and by level", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([
        append(run.runId, recorded("a", ["1", "2", "3"]), { ...recorded("b", []), lines: [line("4", { level: "warn" }), line("5")] }),
      ]);
      const read = async (filter: object, page: { readonly limit: number; readonly after: number }): Promise<unknown> => {
        const { lines, hasMore } = await bench.store.reports.runLogs(run.runId, filter, page);
        return [lines.map(({ text }) => text).join(""), hasMore];
      };
      expect(await read({}, { limit: 2, after: 0 })).toEqual(["12", true]);
      expect(await read({}, { limit: 3, after: 2 })).toEqual(["345", false]);
      expect(await read({ stepId: stepId("b") }, { limit: 9, after: 0 })).toEqual(["45", false]);
      expect(await read({ levels: ["warn", "error"] }, { limit: 9, after: 0 })).toEqual(["4", false]);
      expect(await read({ levels: [] }, { limit: 9, after: 0 })).toEqual(["", false]);
    });

    test("a run that is not there takes none, one that has ended does, and its neighbours go through", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const units = [
        append(bench.newId() as RunId, { lines: [line("lost")] }),
        call(run.lease, [settle("a")], end()),
        append(run.runId, { lines: [line("late")] }),
      ];
      expect(await bench.outcomes(units)).toEqual([{ kind: "not_found" }, committed, committed]);
      expect(await textsOf(bench, run.runId)).toEqual(["late"]);
    });

    test("what a call that is turned away brought is not recorded, and what an end brings is", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const late = call({ ...run.lease, generation: 0 }, [recorded("a", ["stale"])], { kind: "stay" });
      expect(await bench.outcomes([late, call(run.lease, [settle("a"), recorded("a", ["kept"])], end({ sweep: false }))])).toEqual([
        { kind: "lease_lost" },
        committed,
      ]);
      expect(await textsOf(bench, run.runId)).toEqual(["kept"]);
    });

    test("each attempt of a step has its bytes, data included; then it is cut once, and others are not", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const most = "x".repeat(limits.logBytesPerStepMax - 10);
      await bench.outcomes([append(run.runId, recorded("a", [most, "12345678"]))]);
      await bench.outcomes([append(run.runId, recorded("a", ["12"]))]);
      expect(await textsOf(bench, run.runId)).toEqual([most, "12345678", "12"]);
      await bench.outcomes([append(run.runId, recorded("a", ["", "3", "4"]), recorded("a", ["5"]), recorded("a", ["again"], 1))]);
      expect(await textsOf(bench, run.runId)).toEqual([most, "12345678", "12", "", "cut:step", "again"]);
      const data = `"${"y".repeat(limits.logBytesPerStepMax)}"` as JsonText;
      await bench.outcomes([append(run.runId, { ...recorded("b", []), lines: [line("short", { data })] })]);
      expect((await textsOf(bench, run.runId)).slice(-2)).toEqual(["short", "cut:step"]);
    });

    test("a cut is never in the middle of a character", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const rest = 5;
      await bench.outcomes([append(run.runId, recorded("a", ["x".repeat(limits.logBytesPerStepMax - rest), "ä€😀"]))]);
      expect((await textsOf(bench, run.runId)).slice(1)).toEqual(["ä€", "cut:step"]);
    });

    test("a run has its lines and bytes, of whatever steps they are, over units and restarts", async () => {
      await using bench = await setup(openStore);
      const [many, large] = [await bench.start(), await bench.start()];
      const lines = Array.from({ length: limits.logLinesPerRunMax - 1 }, () => "");
      await bench.outcomes([append(many.runId, recorded("a", lines))]);
      await bench.reopen();
      await bench.outcomes([append(many.runId, recorded("b", ["last", "too much"]), recorded("c", ["more"]))]);
      const texts = await textsOf(bench, many.runId);
      expect([texts.length, ...texts.slice(-2)]).toEqual([limits.logLinesPerRunMax + 1, "last", "cut:run"]);

      const full = "x".repeat(limits.logBytesPerStepMax);
      const steps = limits.logBytesPerRunMax / limits.logBytesPerStepMax;
      for (let index = 0; index <= steps; index += 1) await bench.outcomes([append(large.runId, recorded(`s${index}x`, [full]))]);
      const kept = await textsOf(bench, large.runId);
      expect([kept.length, kept.at(-1)]).toEqual([steps + 1, "cut:run"]);
    });

    test("they go with their run, or before it when its trace does, and no run that is alive loses any", async () => {
      await using bench = await setup(openStore);
      const runs = [await bench.start(), await bench.start(), await bench.start({}, at(50))];
      const [alive, old, young] = runs as [(typeof runs)[0], (typeof runs)[0], (typeof runs)[0]];
      await bench.outcomes([
        ...runs.map(({ runId }) => append(runId, { lines: [line("a"), line("b")] })),
        call(old.lease, [], end({ endedAt: at(60) })),
        call(young.lease, [], end({ endedAt: at(100) })),
      ]);
      const prune = async (tracesBefore: number, endedBefore = 0): Promise<readonly number[]> => {
        const now = at(3 * limits.lookbackMsMax);
        const params = { now, endedBefore: at(endedBefore), failedBefore: t0, eventsBefore: t0, tracesBefore: at(tracesBefore), limit: 1 };
        for (let more = true; more; ) ({ more } = await bench.store.retention.prune(params));
        return Promise.all([alive, old, young].map(async ({ runId }) => (await textsOf(bench, runId)).length));
      };
      expect(await prune(60)).toEqual([2, 2, 2]);
      expect(await prune(61)).toEqual([2, 0, 2]);
      expect(await bench.store.reports.runLogCounts(old.runId)).toEqual([]);
      expect(await prune(61, 101)).toEqual([2, 0, 0]);
      expect(await bench.store.runs.find(young.runId)).toBeUndefined();
      expect(await bench.store.reports.size()).toMatchObject({ runs: 1 });
    });
  });
}
