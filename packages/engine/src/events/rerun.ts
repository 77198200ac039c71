import { eventMapJson, type RunId } from "@stepwell/protocol";
import type { KeptStep, ReportsStore, RerunUnit, RunReport, StepReport, StoredEvent } from "@stepwell/store";
import { isGone } from "../apps/registry.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { newId } from "../seams/random.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import type { AcceptContext } from "./accept-event.ts";
import { keptSteps } from "./kept-steps.ts";
import type { RerunParams, RerunResult } from "./rerun-request.ts";
import { type ResumedSteps, resumedSteps } from "./resumed-steps.ts";
import { startRun } from "./start-run.ts";

export interface RerunParts {
  readonly reports: Pick<ReportsStore, "getRun" | "listRuns" | "runEvents" | "runSteps">;
  readonly writer: BatchWriter;
  readonly context: AcceptContext;
}

/** What a run is repeated from: read before, and looked at again by the store when the new run is written. */
interface Repeated {
  readonly event: StoredEvent;
  readonly entry: FunctionEntry;
  readonly keep: readonly KeptStep[];
}

/** Repeats a run, alive or ended: the same function as it is now, with the same events, in a run of its own. */
export async function rerun(parts: RerunParts, params: RerunParams): Promise<RerunResult> {
  const { reports, context } = parts;
  const run = await reports.getRun(params.runId);
  if (run === undefined) return missing(reports, params.runId);
  const entry = context.registry.entry(run.functionId);
  if (entry === undefined || isGone(entry.record) || entry.record.archivedAt !== undefined)
    return { kind: "function_not_found", slug: run.functionSlug };
  const [event] = await reports.runEvents(run.id);
  if (event === undefined) return { kind: "payload_expired" };
  const { from, resume = false } = params;
  const needsSteps = from !== undefined || resume;
  const steps = needsSteps ? await reports.runSteps(run.id) : [];
  // Retention takes a run of many steps in pieces.
  if (needsSteps && steps.filter(({ ord }) => ord !== undefined).length < run.stepsSettled) return { kind: "payload_expired" };
  const kept = from === undefined ? resumed(resume, steps, run) : keptSteps(steps, from);
  if (kept !== undefined && kept.kind !== "kept") return kept;
  const unit = rerunUnit(run, { event, entry, keep: kept?.keep ?? [] }, context, params);
  const outcome = await parts.writer.commit(kept?.fromStep === undefined ? unit : { ...unit, fromStep: kept.fromStep });
  switch (outcome.kind) {
    case "committed":
      return { kind: "started", runId: unit.start.runId };
    case "over_limit":
      return { kind: "too_large" };
    case "not_found":
      return { kind: "payload_expired" };
    case "singleton_held":
      return outcome;
    case "already_redriven":
      return { kind: "already_redriven", runId: outcome.as };
    default:
      throw new Error(`the store did not take the rerun: ${outcome.kind}`);
  }
}

function resumed(
  resume: boolean,
  steps: readonly StepReport[],
  { error }: RunReport,
): ({ readonly kind: "kept" } & ResumedSteps) | undefined {
  return resume ? { kind: "kept", ...resumedSteps(steps, error) } : undefined;
}

function rerunUnit(run: RunReport, { event, entry, keep }: Repeated, context: AcceptContext, params: RerunParams): RerunUnit {
  const { now, random } = context;
  const start = startRun(entry, {
    ...{ runId: newId<RunId>(now, random), now, dueAt: now, acceptedAt: now, event },
    eventMap: () => JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id })),
    // Its results are read with its claim.
    wantsLease: false,
    origin: "rerun",
  });
  const { from, name, once } = params;
  return {
    ...{ kind: "rerun", of: run.id, start, keep },
    ...(from?.input === undefined ? {} : { input: from.input }),
    ...(name === undefined ? {} : { name }),
    ...(once === undefined ? {} : { once }),
  };
}

/** A run of before the oldest that is kept was there once, for all anybody can say. */
async function missing(reports: RerunParts["reports"], runId: RunId): Promise<RerunResult> {
  const { rows } = await reports.listRuns({}, { limit: 1, after: 0 as RunReport["seq"] });
  const oldest = rows[0]?.id;
  return { kind: oldest !== undefined && timeOf(runId) < timeOf(oldest) ? "payload_expired" : "run_not_found" };
}

/** A ULID begins with its time, in letters that sort. */
function timeOf(id: RunId): string {
  return id.slice(0, 10);
}
