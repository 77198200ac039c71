// Works on one run in hand: call, decide, commit, and again while the lease is kept.
//
// E1. One call of an item is under way at a time; the next is made only after the commit that permits it.
// E2. Nothing is decided from a reply of a call that is not the present one: the unit carries the call's generation.
// E3. When the store fails, what became of the unit is unknown: the run is dropped from the hand and read anew.

import { type EpochMs, invariant, limits } from "@stepwell/protocol";
import type { Mark, UnitOutcome } from "@stepwell/store";
import { applyUnit } from "../runs/apply-unit.ts";
import { isOfRequest, type RunInHand } from "../runs/run-in-hand.ts";
import type { GatewayReply } from "../seams/gateway.ts";
import type { CallReply } from "../seams/transport.ts";
import { attemptGateway } from "./attempt-gateway.ts";
import { callApp } from "./call-app.ts";
import { decideGateway } from "./decide-gateway.ts";
import { type Decision, decideLost, decideOverLimit, decideReply, type ReplyContext } from "./decide-reply.ts";
import { reportDecision, reportOutcome } from "./report-attempt.ts";
import type { Workshop } from "./workshop.ts";

/** A lease that has made this many calls, or lasted this long, gives way when others wait. */
const callsPerLeaseMax = 50;
const leaseMsMax = 1_000;
/** How often one reply is decided anew because the journal had grown meanwhile. */
const decisionsPerReplyMax = 3;

/** Resolves when the run has left the hand. Never rejects: a mistake of ours costs this attempt, not the process. */
export async function executeAttempts(workshop: Workshop, run: RunInHand): Promise<void> {
  try {
    await attemptWhileLeased(workshop, run);
  } catch (error) {
    workshop.storeFailed(run, error);
  }
}

async function attemptWhileLeased(workshop: Workshop, run: RunInHand): Promise<void> {
  if (workshop.transport.inProcess && run.leaseLosses >= limits.leaseLossesMax) return failLost(workshop, run);
  run.leasedAt = workshop.clock.now();
  do {
    if (run.isEnded) return;
    if (!workshop.refresh(run)) return void (await workshop.release(run));
    const sentAt = workshop.clock.now();
    run.isInCall = true;
    const reply = await attempt(workshop, run, sentAt);
    run.isInCall = false;
    if (reply === undefined) return;
    // A call that the stop gave up says nothing of the app: it is no attempt, and the next owner of the file frees it.
    if (run.isEnded || (workshop.isStopping && run.abort?.signal.aborted === true)) return;
    run.calls += 1;
    const told = tellOutcome(workshop, run, reply, sentAt);
    if (told !== undefined) await told;
    const putOffUntil = isOfApp(reply) ? workshop.putOffUntil(run, reply) : undefined;
    if (!(await recordReply(workshop, run, reply, putOffUntil === undefined ? { sentAt } : { sentAt, putOffUntil }))) return;
  } while (!workshop.isStopping || (await workshop.release(run)));
}

/** Before the unit of the reply, which gives a slot back that others wait for. */
function tellOutcome(workshop: Workshop, run: RunInHand, reply: CallReply | GatewayReply, sentAt: EpochMs): Promise<void> | undefined {
  return isOfApp(reply) ? workshop.tellOutcome(run, reply, sentAt) : undefined;
}

function isOfApp(reply: CallReply | GatewayReply): reply is CallReply {
  return reply.kind !== "answer" && reply.kind !== "failed";
}

/** So many holders died with the run in hand that the run itself must be what kills them. */
async function failLost(workshop: Workshop, run: RunInHand): Promise<void> {
  const now = workshop.clock.now();
  const decision = decideLost(run, contextOf(workshop, run, { sentAt: now }));
  await settle(workshop, run, decision, await workshop.writer.commit(decision.unit), run.mark);
}

/** What the item stands for, done once. `undefined`: the lease is gone. */
function attempt(workshop: Workshop, run: RunInHand, sentAt: EpochMs): Promise<CallReply | GatewayReply | undefined> {
  if (isOfRequest(run.step)) return attemptGateway(workshop, run, run.step);
  if (!run.isStarted && workshop.observer !== undefined)
    workshop.observer.emit({ kind: "run.started", at: sentAt, runId: run.runId, slug: run.entry.target.slug, queuedAt: run.queuedAt });
  return callApp(workshop, run, sentAt);
}

function decide(run: RunInHand, reply: CallReply | GatewayReply, context: ReplyContext): Decision {
  if (isOfApp(reply)) return decideReply(run, reply, context);
  invariant(isOfRequest(run.step), "only a request of the server's own has such a reply");
  return decideGateway(run, run.step, reply, context);
}

/** True: the lease is kept and the next call may be made. */
async function recordReply(workshop: Workshop, run: RunInHand, reply: CallReply | GatewayReply, times: CallTimes): Promise<boolean> {
  for (let round = 0; round < decisionsPerReplyMax; round += 1) {
    const context = contextOf(workshop, run, times);
    const mark = workshop.mark();
    let decision = decideWithin(workshop, run, reply, context);
    if (decision.credentials !== undefined) keepCredentials(workshop, run, decision.credentials);
    let outcome = await workshop.writer.commit(decision.unit);
    if (outcome.kind === "over_limit") {
      decision = decideOverLimit(run, { limit: outcome.limit, max: limits[outcome.limit] }, context);
      outcome = await workshop.writer.commit(decision.unit);
    }
    if (outcome.kind !== "stale_journal") return settle(workshop, run, decision, outcome, mark);
    if (!(await workshop.reload(run))) return false;
  }
  return false;
}

/** A run that breaks a limit of its function fails by it. */
function decideWithin(workshop: Workshop, run: RunInHand, reply: CallReply | GatewayReply, context: ReplyContext): Decision {
  const decision = decide(run, reply, context);
  const broken = workshop.limits.brokenBy(run, decision.unit);
  return broken === undefined ? decision : decideOverLimit(run, broken, context);
}

type CallTimes = Pick<ReplyContext, "sentAt" | "putOffUntil">;

function contextOf(workshop: Workshop, run: RunInHand, times: CallTimes): ReplyContext {
  const now = workshop.clock.now();
  const hasLasted = run.calls >= callsPerLeaseMax || now - run.leasedAt >= leaseMsMax;
  return {
    holderId: workshop.holderId,
    now,
    sentAt: times.sentAt,
    ...(times.putOffUntil === undefined ? {} : { putOffUntil: times.putOffUntil }),
    policy: workshop.policy,
    newItemId: workshop.newItemId,
    mustYield: hasLasted && workshop.othersWait(),
    findFunction: workshop.findFunction,
    invokeListeners: workshop.invokeListeners,
    hasRoom: workshop.hasRoom(),
    hasGateway: workshop.gateway !== undefined,
    startByEnd: workshop.startByEnd,
  };
}

/** True: the lease is kept. A promise only where the journal must be read for that. */
function settle(workshop: Workshop, run: RunInHand, decision: Decision, outcome: UnitOutcome, mark: Mark): boolean | Promise<boolean> {
  if (outcome.kind !== "committed") {
    if (outcome.kind === "run_ended") workshop.credentials.forgetRun(run.runId);
    reportOutcome(workshop, run, outcome);
    return false;
  }
  const wasSolo = run.solo;
  applyUnit(run, decision.unit);
  reportDecision(workshop, run, decision);
  forgetCredentials(workshop, run, decision);
  if (outcome.planned !== undefined && decision.unit.next.kind !== "end") workshop.takePlanned(run, decision.unit, outcome.planned);
  for (const effect of decision.unit.effects) if (effect.kind === "drop_steps") workshop.dropRequests(run, effect.stepIds);
  if (decision.started !== undefined) workshop.takeStarted(decision.started, outcome.events ?? []);
  if (decision.unit.next.kind !== "keep") return false;
  // The next call's waits meet whatever was accepted since this reply was decided on.
  run.mark = mark;
  // Siblings may have settled steps meanwhile, and memory must be a prefix of the journal in its order.
  return wasSolo || workshop.reload(run);
}

/** Before the commit of the step: whoever claims it afterwards finds them. */
function keepCredentials(workshop: Workshop, run: RunInHand, reported: NonNullable<Decision["credentials"]>): void {
  for (const { stepId, credentials } of reported) workshop.credentials.keep(run.runId, stepId, credentials);
}

/** A step that has its result, and a run that is over, need none. */
function forgetCredentials(workshop: Workshop, run: RunInHand, { unit }: Decision): void {
  if (unit.next.kind === "end") return workshop.credentials.forgetRun(run.runId);
  if (isOfRequest(run.step) && unit.next.kind === "done") workshop.credentials.forget(run.runId, run.step.stepId);
}
