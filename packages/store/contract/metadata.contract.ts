import { type JsonObject, limits, type MetadataOp, type RunId } from "@stepwell/protocol";
import type { MetadataEntry, SetMetadataUnit } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, end, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

function note(kind: string, values: JsonObject, op: MetadataOp = "merge", target: MetadataEntry["target"] = {}): MetadataEntry {
  return { target, updates: [{ kind, op, values }] };
}

function unitOf(runId: RunId, entries: readonly MetadataEntry[], ms = 0): SetMetadataUnit {
  return { kind: "set_metadata", runId, at: at(ms), entries };
}

async function notesOf(bench: Bench, runId: RunId): Promise<readonly unknown[]> {
  const notes = await bench.store.reports.runMetadata(runId);
  const texts = notes.map(({ stepId: step, attempt, spanId, kind, values, updatedAt }) =>
    [step?.replace(/0+$/, "") ?? "run", attempt ?? "", spanId ?? "", kind, values, updatedAt - t0].join(" ").replace(/ +/g, " "),
  );
  return [...texts].sort();
}

/** What every store promises of what programs note about runs. */
export function metadataContract(openStore: OpenStore): void {
  describe("metadata", () => {
    test("each thing has its own kinds, and each kind its latest values", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start();
      const step = { stepId: stepId("s") };
      await bench.outcomes([
        unitOf(runId, [note("k", { a: 1 }), note("k", { b: 2 }), note("k", { a: 1 }, "merge", step)]),
        unitOf(runId, [
          note("k", { a: 3 }, "merge", { ...step, attempt: 0 }),
          note("k", { a: 4 }, "set", { ...step, attempt: 0, spanId: "ab" }),
        ]),
      ]);
      await bench.outcomes([unitOf(runId, [note("k", { b: 5 }), note("other", { x: "y" })], 7)]);
      expect(await notesOf(bench, runId)).toEqual([
        'run k {"a":1,"b":5} 7',
        'run other {"x":"y"} 7',
        's 0 ab k {"a":4} 0',
        's 0 k {"a":3} 0',
        's k {"a":1} 0',
      ]);
    });

    test.for([
      ["merge", { b: 7, c: 3 }, ['run k {"a":1,"b":7,"c":3} 0']],
      ["set", { c: 3 }, ['run k {"c":3} 0']],
      ["delete", { a: null }, ['run k {"b":"x"} 0']],
      ["delete", { a: 0, b: 0 }, []],
      ["add", { a: 2, b: 2, c: 3 }, ['run k {"a":3,"b":2,"c":3} 0']],
    ] as const)("%s of %j", async ([op, values, notes]) => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start();
      await bench.outcomes([unitOf(runId, [note("k", { a: 1, b: "x" })]), unitOf(runId, [note("k", values, op)])]);
      expect(await notesOf(bench, runId)).toEqual(notes);
    });

    test("a unit that is too much leaves nothing, and the one before it stays", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start();
      const fill = (bytes: number): JsonObject => ({ x: "x".repeat(bytes - 9) });
      const first = unitOf(runId, [note("k", fill(limits.metadataSpanBytesMax))]);
      const second = unitOf(runId, [note("ok", { a: 1 }, "merge", { stepId: stepId("s") }), note("more", { y: 1 })]);
      expect(await bench.outcomes([first, second])).toEqual([
        { kind: "committed" },
        { kind: "metadata_full", limit: "metadataSpanBytesMax" },
      ]);
      expect(await bench.store.reports.runMetadata(runId)).toHaveLength(1);
      const steps = Array.from({ length: 16 }, (_, index) =>
        note("k", fill(limits.metadataSpanBytesMax), "set", { stepId: stepId(`s${"abcdefghijklmnop"[index]}`) }),
      );
      expect(await bench.outcomes([unitOf(runId, steps)])).toEqual([{ kind: "metadata_full", limit: "metadataRunBytesMax" }]);
      expect(await bench.outcomes([unitOf(runId, steps.slice(0, 15))])).toEqual([{ kind: "committed" }]);
      // Less is taken, however much is there.
      expect(await bench.outcomes([unitOf(runId, [note("k", { a: 1 }, "set")])])).toEqual([{ kind: "committed" }]);
    });

    test("of a run that is not there: nothing; of one that has ended: as before", async () => {
      await using bench = await setup(openStore);
      const { runId } = await bench.start();
      await bench.outcomes([cancel(runId)]);
      const gone = unitOf("01HG0000000000000000009999" as RunId, [note("k", { a: 1 })]);
      expect(await bench.outcomes([gone, unitOf(runId, [note("k", { a: 1 })])])).toEqual([{ kind: "not_found" }, { kind: "committed" }]);
      expect(await notesOf(bench, runId)).toEqual(['run k {"a":1} 0']);
    });

    test("what comes with a call is noted with it, and what is too much of it is left out", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const large = note("large", { x: "x".repeat(limits.metadataSpanBytesMax) });
      const effects = [note("k", { a: 1 }, "merge", { stepId: stepId("a") }), large].map(
        (each) => ({ kind: "record_metadata", at: t0, ...each }) as const,
      );
      expect(await bench.outcomes([call(run.lease, [settle("a"), ...effects], { kind: "keep" })])).toMatchObject([{ kind: "committed" }]);
      expect(await notesOf(bench, run.runId)).toEqual(['a k {"a":1} 0']);
      expect(await bench.outcomes([call(run.lease, effects, end())])).toEqual([{ kind: "lease_lost" }]);
    });

    test("it goes with its run", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [], end()), unitOf(run.runId, [note("k", { a: 1 })])]);
      const before = at(365 * 86_400_000);
      const old = { endedBefore: before, failedBefore: before, eventsBefore: before, tracesBefore: before };
      await bench.store.retention.prune({ now: before, ...old, limit: 100 });
      expect(await bench.store.reports.runMetadata(run.runId)).toEqual([]);
    });
  });
}
