import type { EpochMs } from "@stepwell/protocol";
import type { UnitOutcome } from "@stepwell/store";
import type { RunInHand } from "../runs/run-in-hand.ts";
import type { Observer } from "../seams/observer.ts";
import type { Decision } from "./decide-reply.ts";
import type { Workshop } from "./workshop.ts";

/** Counts what was committed, and tells whoever listens. */
export function reportDecision(workshop: Workshop, run: RunInHand, decision: Decision): void {
  const { totals } = workshop;
  const { unit, failure } = decision;
  for (const effect of unit.effects) if (effect.kind === "settle_step") totals.stepsSettled += 1;
  if (unit.change.startedAt !== undefined) totals.runsStarted += 1;
  if (failure !== undefined && failure.isFree !== true) totals.attemptsFailed += 1;
  if (unit.next.kind === "end") {
    if (unit.next.status === "completed") totals.runsCompleted += 1;
    else totals.runsFailed += 1;
  }
  if (workshop.observer !== undefined) tell(workshop.observer, workshop.clock.now(), run, decision);
}

function tell(observer: Observer, at: EpochMs, run: RunInHand, { unit, failure }: Decision): void {
  const { runId } = run;
  const { slug } = run.entry.target;
  for (const effect of unit.effects)
    if (effect.kind === "settle_step")
      observer.emit({ kind: "step.settled", at, runId, slug, stepId: effect.stepId, name: effect.name, failed: effect.failed });
  // Of what chaos did the transport has told, and of a pause the breaker.
  if (failure !== undefined && failure.isFree !== true) {
    const { code, error, stepName, retryAt } = failure;
    const message = `${error.name}: ${error.message}`;
    observer.emit({
      kind: "attempt.failed",
      at,
      runId,
      slug,
      attempt: run.attempt,
      maxAttempts: run.entry.maxAttempts,
      code,
      message,
      ...(stepName === undefined ? {} : { stepName }),
      ...(retryAt === undefined ? {} : { retryAt }),
    });
  }
  const { next } = unit;
  if (next.kind === "end") {
    const named = failure === undefined ? {} : { errorName: failure.error.name, errorMessage: failure.error.message };
    observer.emit({ kind: "run.ended", at, runId, slug, status: next.status, queuedAt: run.queuedAt, ...named });
  } else if (next.kind === "queue" && next.sleepStepId !== undefined) {
    const name = unit.effects.find((effect) => effect.kind === "begin_sleep")?.name;
    observer.emit({ kind: "run.parked", at, runId, slug, dueAt: next.dueAt, ...(name === undefined ? {} : { stepName: name }) });
  }
}

/** A unit that was turned away: what we did is not recorded, and need not be. */
export function reportOutcome(workshop: Workshop, run: RunInHand, outcome: UnitOutcome): void {
  const about = { at: workshop.clock.now(), runId: run.runId, slug: run.entry.target.slug };
  if (outcome.kind === "run_ended") workshop.observer?.emit({ kind: "attempt.too_late", ...about, status: outcome.status });
  else if (outcome.kind === "refused")
    workshop.observer?.emit({
      kind: "store.failed",
      at: about.at,
      during: `recording a reply of run ${run.runId}`,
      message: outcome.reason,
      retryInMs: 0,
    });
  else workshop.observer?.emit({ kind: "attempt.lease_lost", ...about });
}
