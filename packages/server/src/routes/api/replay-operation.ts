// Operations that repeat failed runs: what they are asked for, and how they are told.

import type { BulkRedrive, BulkRedrivePreview, CreateBulkRedriveResult, Engine, RunSelectionFilter } from "@stepwell/engine";
import { limits, parseJson } from "@stepwell/protocol";
import { integer, maxValue, minValue, number, optional, picklist, pipe, strictObject } from "valibot";
import { json, problem } from "../../problem.ts";
import { iso, runListItem } from "./run-view.ts";
import { maxAttemptsOf } from "./runs.ts";

export const replayOptions = strictObject({
  /** `resume`: from where the run failed. */
  mode: optional(picklist(["rerun", "resume"])),
  ratePerSecond: optional(pipe(number(), integer(), minValue(1), maxValue(limits.redriveRateMax))),
});

export interface ReplayOptions {
  readonly mode?: "rerun" | "resume" | undefined;
  readonly ratePerSecond?: number | undefined;
}

export interface ReplayOrder {
  readonly filter: RunSelectionFilter;
  readonly options: ReplayOptions;
  readonly dryRun: boolean;
  /** Kept with it and given back. */
  readonly about: Parameters<Engine["bulkRedrives"]["create"]>[0]["about"];
}

/** Counts, or begins. */
export async function replay(engine: Engine, { filter, options, dryRun, about }: ReplayOrder): Promise<Response> {
  const { mode = "resume", ratePerSecond = limits.redriveRateDefault } = options;
  if (dryRun) return previewReply(engine, await engine.bulkRedrives.preview(filter), ratePerSecond);
  return createdReply(await engine.bulkRedrives.create({ filter, mode, ratePerSecond, about }));
}

function createdReply(created: CreateBulkRedriveResult): Response {
  switch (created.kind) {
    case "created":
      return json(202, { data: replayView(created.bulkRedrive) });
    case "expression_invalid":
      return invalidExpression(created);
    case "too_many":
      return problem({ code: "bulk_redrives_too_many", detail: `there are ${limits.bulkRedrivesMax} redrives (bulkRedrivesMax)` });
    default:
      return created satisfies never;
  }
}

function previewReply(engine: Engine, preview: BulkRedrivePreview, ratePerSecond: number): Response {
  if (preview.kind === "expression_invalid") return invalidExpression(preview);
  const { eligible, refused, atLeast, sample } = preview;
  const ineligible = reasonsOf(refused);
  return json(200, {
    data: {
      matched: eligible + ineligible.reduce((sum, { count }) => sum + count, 0),
      eligible,
      ineligible,
      relation: atLeast ? "at_least" : "exact",
      sample: sample.map((run) => runListItem(run, engine.phaseOf(run), maxAttemptsOf(engine, run))),
      estimate: { seconds: Math.ceil(eligible / ratePerSecond) },
    },
  });
}

export function invalidExpression({ message, column }: { readonly message: string; readonly column?: number }): Response {
  const field = { path: "selection.filter.if", message, ...(column === undefined ? {} : { column }) };
  return problem({ code: "expression_invalid", detail: `if: ${message}`, fields: [field] });
}

export function replayView({ id, ...bulk }: BulkRedrive): Record<string, unknown> {
  const { name, filter } = parseJson(bulk.about) as { readonly name?: unknown; readonly filter?: unknown };
  const errors = reasonsOf(bulk.refused);
  return {
    id,
    kind: "replay",
    name: name ?? null,
    state: bulk.status,
    reason: null,
    createdAt: iso(bulk.createdAt),
    endedAt: iso(bulk.endedAt),
    selection: { filter: filter ?? {} },
    options: { mode: bulk.mode, ratePerSecond: bulk.ratePerSecond },
    counts: { looked: bulk.looked, ok: bulk.started, failed: errors.reduce((sum, { count }) => sum + count, 0) },
    errors,
  };
}

function reasonsOf(refused: Readonly<Record<string, number>>): readonly { readonly reason: string; readonly count: number }[] {
  return Object.entries(refused).map(([reason, count]) => ({ reason, count }));
}
