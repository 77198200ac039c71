// Steps that an SDK saves in the middle of a call. A commit like any reply: fenced by the generation of the call, all
// or none, and it sets the attempt count back, because the item has come further.

import { memoForStepRun, StepwellError } from "@stepwell/protocol";
import type { CallUnit, Effect, UnitOutcome } from "@stepwell/store";
import type { CheckpointParams, CheckpointResult, RunLimitName } from "../engine-interface.ts";
import { deferWarning } from "../ops/defer.ts";
import { recordLogs } from "../ops/record-logs.ts";
import { recordMetadata } from "../ops/record-metadata.ts";
import { settlement } from "../ops/settle-step.ts";
import { applyUnit } from "../runs/apply-unit.ts";
import { leaseOf, type RunInHand } from "../runs/run-in-hand.ts";
import type { Workshop } from "./workshop.ts";

/** How often a checkpoint is decided anew because the journal had grown meanwhile. */
const decisionsMax = 3;

const saved: CheckpointResult = { kind: "saved" };

export function saveCheckpoint(workshop: Workshop, run: RunInHand, params: CheckpointParams, round = 0): Promise<CheckpointResult> {
  if (run.isEnded || run.generation !== params.generation) return Promise.resolve(stale(workshop, params));
  const unit = decideCheckpoint(workshop, run, params);
  const broken = workshop.limits.brokenBy(run, unit);
  if (broken !== undefined) return Promise.resolve(tooLarge(broken.limit));
  return workshop.writer.commit(unit).then((outcome) => {
    if (outcome.kind !== "committed") return notSaved(workshop, run, params, outcome, round);
    for (const effect of unit.effects) if (effect.kind === "settle_step") workshop.totals.stepsSettled += 1;
    if (unit.change.startedAt !== undefined) workshop.totals.runsStarted += 1;
    applyUnit(run, unit);
    tell(workshop, run, unit);
    return saved;
  });
}

async function notSaved(
  workshop: Workshop,
  run: RunInHand,
  params: CheckpointParams,
  outcome: UnitOutcome,
  round: number,
): Promise<CheckpointResult> {
  if (outcome.kind !== "stale_journal") return resultOf(outcome) ?? stale(workshop, params);
  // "Stale" ends the call for good; a store that fails for a moment is told as such, and the sender tries again.
  if (!(await workshop.reread(run))) return stale(workshop, params);
  if (round + 1 < decisionsMax) return saveCheckpoint(workshop, run, params, round + 1);
  throw new StepwellError("store_unavailable", `the journal of run ${run.runId} grew ${decisionsMax} times while a checkpoint was saved`, {
    retryable: true,
    advice: "Send the checkpoint again; SDKs do so by themselves.",
  });
}

function stale({ observer, clock }: Workshop, { runId }: CheckpointParams): CheckpointResult {
  observer?.emit({ kind: "checkpoint.stale", at: clock.now(), runId });
  return { kind: "stale" };
}

function decideCheckpoint(workshop: Workshop, run: RunInHand, params: CheckpointParams): CallUnit {
  const now = workshop.clock.now();
  const effects: Effect[] = [];
  const seen = params.ops.length > 1 ? new Set<string>() : undefined;
  for (const op of params.ops) {
    if (op.kind === "DeferAdd" || op.kind === "DeferAbort") effects.push({ kind: "warn_run", text: deferWarning(op.kind) });
    // What is planned is only reported again with the reply.
    if (op.kind !== "StepRun" && op.kind !== "Step") continue;
    if (run.memos.has(op.id) || seen?.has(op.id) === true) continue;
    seen?.add(op.id);
    const memo = op.kind === "StepRun" ? memoForStepRun(op) : op.data;
    const startedAt = op.startedAt ?? now;
    effects.push(settlement(op, { memo, failed: false, startedAt, endedAt: now, attempt: run.attempt, wake: "never" }));
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

/** `undefined`: a later call is under way. */
function resultOf(outcome: UnitOutcome): CheckpointResult | undefined {
  switch (outcome.kind) {
    case "run_ended":
      return { kind: "run_ended", status: outcome.status };
    case "over_limit":
      return tooLarge(outcome.limit);
    case "not_found":
      return { kind: "not_found" };
    default:
      return undefined;
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
