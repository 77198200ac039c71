// Steps that an SDK saves in the middle of a call. A commit like any reply: fenced by the generation of the call, all
// or none, and it sets the attempt count back, because the item has come further.

import { memoForStepRun, StepwellError } from "@stepwell/protocol";
import type { CallUnit, Effect, UnitOutcome } from "@stepwell/store";
import type { CheckpointParams, CheckpointResult, RunLimitName } from "../engine-interface.ts";
import { deferWarning } from "../ops/defer.ts";
import { recordLogs } from "../ops/record-logs.ts";
import { recordMetadata } from "../ops/record-metadata.ts";
import { applyUnit } from "../runs/apply-unit.ts";
import { leaseOf, type RunInHand } from "../runs/run-in-hand.ts";
import type { Workshop } from "./workshop.ts";

/** How often a checkpoint is decided anew because the journal had grown meanwhile. */
const decisionsMax = 3;

export async function saveCheckpoint(workshop: Workshop, run: RunInHand, params: CheckpointParams): Promise<CheckpointResult> {
  for (let round = 0; round < decisionsMax; round += 1) {
    if (run.isEnded || run.generation !== params.generation) return { kind: "stale" };
    const unit = decideCheckpoint(workshop, run, params);
    const broken = workshop.limits.brokenBy(run, unit);
    if (broken !== undefined) return tooLarge(broken.limit);
    const outcome = await workshop.writer.commit(unit);
    if (outcome.kind === "committed") {
      for (const effect of unit.effects) if (effect.kind === "settle_step") workshop.totals.stepsSettled += 1;
      if (unit.change.startedAt !== undefined) workshop.totals.runsStarted += 1;
      applyUnit(run, unit);
      tell(workshop, run, unit);
      return { kind: "saved" };
    }
    if (outcome.kind !== "stale_journal") return resultOf(outcome);
    // "Stale" ends the call for good; a store that fails for a moment is told as such, and the sender tries again.
    if (!(await workshop.reread(run))) return { kind: "stale" };
  }
  throw new StepwellError("store_unavailable", `the journal of run ${run.runId} grew ${decisionsMax} times while a checkpoint was saved`, {
    retryable: true,
    advice: "Send the checkpoint again; SDKs do so by themselves.",
  });
}

function decideCheckpoint(workshop: Workshop, run: RunInHand, params: CheckpointParams): CallUnit {
  const now = workshop.clock.now();
  const effects: Effect[] = [];
  const seen = new Set<string>();
  for (const op of params.ops) {
    if (op.kind === "DeferAdd" || op.kind === "DeferAbort") effects.push({ kind: "warn_run", text: deferWarning(op.kind) });
    // What is planned is only reported again with the reply.
    if (op.kind !== "StepRun" && op.kind !== "Step") continue;
    if (run.memos.has(op.id) || seen.has(op.id)) continue;
    seen.add(op.id);
    const startedAt = op.startedAt ?? now;
    effects.push({
      kind: "settle_step",
      stepId: op.id,
      op: op.kind,
      name: op.name,
      ...(op.stepType === undefined ? {} : { stepType: op.stepType }),
      memo: op.kind === "StepRun" ? memoForStepRun(op) : op.data,
      failed: false,
      startedAt,
      endedAt: now,
      attempt: run.attempt,
      wake: "never",
    });
    const logs = op.logs === undefined ? undefined : recordLogs(op, { run });
    if (logs !== undefined) effects.push(logs);
    if (op.metadata !== undefined) effects.push(...recordMetadata(op, { run, now }));
  }
  return {
    kind: "call",
    lease: leaseOf(run, workshop.holderId),
    effects,
    next: { kind: "stay" },
    // The first call of this lease is the first of the run, and began with it.
    change: run.isStarted ? {} : { startedAt: run.leasedAt },
  };
}

function resultOf(outcome: UnitOutcome): CheckpointResult {
  switch (outcome.kind) {
    case "run_ended":
      return { kind: "run_ended", status: outcome.status };
    case "over_limit":
      return tooLarge(outcome.limit);
    case "not_found":
      return { kind: "not_found" };
    default:
      return { kind: "stale" };
  }
}

/** The sender goes on without saving, and its reply fails the run by the limit. */
function tooLarge(limit: RunLimitName): CheckpointResult {
  const message =
    limit === "stepsPerRunMax"
      ? "the run has more steps than it may (stepsPerRunMax)"
      : "the results of the run's steps are larger than they may be (runStateBytesMax)";
  return { kind: "too_large", message };
}

function tell(workshop: Workshop, run: RunInHand, unit: CallUnit): void {
  if (workshop.observer === undefined) return;
  const at = workshop.clock.now();
  for (const effect of unit.effects)
    if (effect.kind === "settle_step")
      workshop.observer.emit({
        kind: "step.settled",
        at,
        runId: run.runId,
        slug: run.entry.target.slug,
        stepId: effect.stepId,
        name: effect.name,
        failed: effect.failed,
      });
}
