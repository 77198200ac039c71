// A reply becomes a unit: the effects of its ops, and where the lease goes. Pure: the same run, reply and times give
// the same unit.
//
// D1. What a reply asks for is recorded as a whole or not at all.
// D2. Everything else of a reply is settled before its `RunComplete` ends the run.
// D3. A failed attempt is counted here and nowhere else.

import {
  type EpochMs,
  type ErrorCode,
  epochMs,
  type GatewayCredentials,
  type ItemId,
  isLazy,
  isPlanLike,
  type JsonText,
  limits,
  type Op,
  type Reply,
  type RunErrorValue,
  runErrorJson,
  type StepId,
} from "@stepwell/protocol";
import {
  type CallUnit,
  type Effect,
  type EndedStatus,
  type HolderId,
  type Next,
  type OpenGroup,
  type RunChange,
  rankUnderWay,
} from "@stepwell/store";
import { noEvents, type StartedEvents } from "../events/started-events.ts";
import { describeFailure } from "../failures/describe-failure.ts";
import type { Meaning, OpContext } from "../ops/op-context.ts";
import { handleOp } from "../ops/op-handlers.ts";
import { recordLogs } from "../ops/record-logs.ts";
import { recordMetadata } from "../ops/record-metadata.ts";
import { eventMapOf } from "../runs/event-map-of.ts";
import { type FunctionEntry, leaseOf, type RunInHand, type StepInHand } from "../runs/run-in-hand.ts";
import type { CallReply } from "../seams/transport.ts";
import { attemptRow } from "./attempt-row.ts";
import { recordInjected } from "./record-injected.ts";
import { nextAttemptAt, type RetryPolicy } from "./retry-policy.ts";
import type { BrokenLimit } from "./run-limits.ts";

export interface ReplyContext {
  readonly holderId: HolderId;
  readonly now: EpochMs;
  readonly sentAt: EpochMs;
  readonly policy: RetryPolicy;
  readonly newItemId: () => ItemId;
  /** The lease has lasted, and others wait: rather than keep it, the run queues. */
  readonly mustYield: boolean;
  readonly findFunction: (name: string) => FunctionEntry | undefined;
  readonly invokeListeners: OpContext["invokeListeners"];
  /** Whether another run may be born leased. */
  readonly hasRoom: boolean;
  /** Whether this server makes requests of its own. */
  readonly hasGateway: boolean;
  /** The app asked for a pause, and the item may be put off until then: no attempt has failed. */
  readonly putOffUntil?: EpochMs;
  /** The events of an end that start a function, with what they start. */
  readonly startByEnd: (run: RunInHand, end: EndOfRun) => StartedEvents;
}

/** How a run ends, as far as a reply says. */
export interface EndOfRun {
  readonly status: EndedStatus;
  readonly output?: JsonText;
  readonly error?: JsonText;
}

/** What was decided, with what observers and memory should know of it. */
export interface Decision {
  readonly unit: CallUnit;
  readonly failure?: AttemptFailure;
  /** The events that the unit writes, with the functions they start. */
  readonly started?: StartedEvents;
  /** Of requests that the unit plans: kept in memory and nowhere else. */
  readonly credentials?: readonly { readonly stepId: StepId; readonly credentials: GatewayCredentials }[];
}

export interface AttemptFailure {
  readonly code: string;
  readonly error: RunErrorValue;
  readonly stepName?: string;
  readonly retryAt?: EpochMs;
  /** Chaos did it, or the app put the call off: no attempt of the run's has failed. */
  readonly isFree?: true;
}

export function decideReply(run: RunInHand, reply: CallReply, context: ReplyContext): Decision {
  const decision = decideKind(run, reply, context);
  if (reply.injected === undefined) return decision;
  const { unit } = decision;
  const { sentAt, now } = context;
  return { ...decision, unit: { ...unit, effects: recordInjected(unit.effects, run, { injected: reply.injected, sentAt, now }) } };
}

function decideKind(run: RunInHand, reply: CallReply, context: ReplyContext): Decision {
  switch (reply.kind) {
    case "ops":
      return decideOps(run, reply, context);
    case "result":
      return decideResult(run, reply, context);
    case "error":
      return decideError(run, reply, context);
    default:
      return reply satisfies never;
  }
}

/** The function, or the way to it, failed: the item is tried again, or the run fails. */
function decideError(run: RunInHand, reply: Extract<CallReply, { kind: "error" }>, context: ReplyContext): Decision {
  if (isOfChaos(reply)) return decideInjected(run, reply, context);
  if (context.putOffUntil !== undefined && !reply.noRetry) return putOff(run, reply, context, context.putOffUntil);
  const mayRetry = !reply.noRetry && run.attempt + 1 < run.entry.maxAttempts;
  if (mayRetry && run.step !== undefined && reply.code === "step_not_found") return unplan(run, run.step, reply, context);
  const retryAt = mayRetry ? nextAttemptAt(context.policy, context.now, run.attempt, reply.retryAt) : undefined;
  const failure: AttemptFailure = { code: reply.code, error: reply.error, ...(retryAt === undefined ? {} : { retryAt }) };
  const record = attemptRow(run, context, failure, { httpStatus: reply.status, steps: 0 });
  const next = retryAt === undefined ? endFailed(run, context, reply.error, reply.code) : tryAgain(run, retryAt);
  return decided(run, context, { effects: [record], next, failure });
}

/**
 * The step that the call was for is not in the app's code: to ask for it again brings the same. It is planned no longer, and the
 * function, asked anew when the steps beside it are done, says what runs now.
 */
function unplan(run: RunInHand, { stepId, race }: StepInHand, reply: Extract<Reply, { kind: "error" }>, context: ReplyContext): Decision {
  const failure: AttemptFailure = { code: reply.code, error: reply.error, retryAt: context.now };
  const record = attemptRow(run, context, failure, { httpStatus: reply.status, steps: 0 });
  const wake = race || run.version < 2 ? "always" : "group";
  const effects: readonly Effect[] = [record, { kind: "unplan_step", stepId, attempt: run.attempt + 1, wake }];
  return decided(run, context, { effects, next: { kind: "done" }, failure });
}

/** What the server did itself is no attempt of the run's. */
function decideInjected(run: RunInHand, { code, error }: Extract<Reply, { kind: "error" }>, context: ReplyContext): Decision {
  const retryAt = epochMs(context.now + limits.chaosRetryMs);
  const failure: AttemptFailure = { code, error, retryAt, isFree: true };
  const record = attemptRow(run, context, failure, { httpStatus: undefined, steps: 0 });
  return decided(run, context, { effects: [record], next: tryAgain(run, retryAt, run.attempt), failure });
}

/** An app that has too much to do costs the run time and no attempt. */
function putOff(run: RunInHand, { error, status }: Extract<Reply, { kind: "error" }>, context: ReplyContext, retryAt: EpochMs): Decision {
  const failure: AttemptFailure = { code: "back_pressure", error, retryAt, isFree: true };
  const record = attemptRow(run, context, failure, { httpStatus: status, steps: 0 });
  return decided(run, context, { effects: [record], next: tryAgain(run, retryAt, run.attempt), failure });
}

function isOfChaos({ injected }: CallReply): boolean {
  return injected?.kind === "reply_lost" || injected?.kind === "refused";
}

function decideResult(run: RunInHand, reply: Extract<Reply, { kind: "result" }>, context: ReplyContext): Decision {
  // The Go SDK answers a targeted call whose step it did not find like the end of the function.
  if (run.step !== undefined && reply.sdk.startsWith("go:")) {
    const error = {
      name: "StepNotFound",
      message: "the app answered without running the step it was asked for; it may have been renamed or removed",
    };
    return decideError(run, { kind: "error", code: "step_not_found", error, noRetry: false }, context);
  }
  return decided(run, context, { effects: [], next: endCompleted(run, context, reply.data) });
}

function decideOps(run: RunInHand, reply: Extract<Reply, { kind: "ops" }>, context: ReplyContext): Decision {
  const { ops } = reply;
  if (ops.length > limits.opsPerReplyMax)
    return overflow(
      run,
      context,
      `The function reported ${ops.length} ops in one reply; the limit is ${limits.opsPerReplyMax} (opsPerReplyMax).`,
    );
  const version = run.version === -1 ? reply.version : run.version;
  const counted = countOps(ops);
  const opContext: OpContext = {
    run,
    now: context.now,
    sentAt: context.sentAt,
    isAlone: counted === 1,
    version,
    mayRetry: !reply.noRetry && run.attempt + 1 < run.entry.maxAttempts,
    retryAt: reply.retryAt,
    policy: context.policy,
    eventMap: () => eventMapOf(run),
    findFunction: context.findFunction,
    invokeListeners: context.invokeListeners,
    hasRoom: context.hasRoom,
    hasGateway: context.hasGateway,
  };
  const effects: Effect[] = [];
  const group = counted > 1 && version >= 2 ? groupOf(ops) : undefined;
  if (group !== undefined) effects.push(group);
  const meanings: Meaning[] = [];
  const credentials: NonNullable<Decision["credentials"]>[number][] = [];
  let started = noEvents;
  for (const op of waitsFirst(ops)) {
    const decision = handleOp(op, opContext, context.newItemId);
    for (const effect of decision.effects) effects.push(effect);
    if (decision.warning !== undefined) effects.push({ kind: "warn_run", text: decision.warning });
    const logs = op.logs === undefined ? undefined : recordLogs(op, opContext);
    if (logs !== undefined) effects.push(logs);
    if (op.metadata !== undefined) effects.push(...recordMetadata(op, opContext));
    if (decision.started !== undefined) started = both(started, decision.started);
    if (decision.means.kind !== "nothing") meanings.push(decision.means);
    if (decision.credentials !== undefined) credentials.push({ stepId: op.id, credentials: decision.credentials });
  }
  const weighed = weigh(run, { effects, meanings, version, isPlanning: counted > 1 && ops.some(isPlanLike), started }, context);
  return credentials.length === 0 ? weighed : { ...weighed, credentials };
}

/** A wait is registered before whatever else of the same reply may bring its event about. */
function waitsFirst(ops: readonly Op[]): readonly Op[] {
  if (ops.length < 2 || !ops.some(({ kind }) => kind === "WaitForEvent")) return ops;
  return [...ops.filter(({ kind }) => kind === "WaitForEvent"), ...ops.filter(({ kind }) => kind !== "WaitForEvent")];
}

function both(one: StartedEvents, other: StartedEvents): StartedEvents {
  if (one.events.length === 0) return other;
  return { events: [...one.events, ...other.events], entries: [...one.entries, ...other.entries] };
}

interface Weighed {
  readonly effects: readonly Effect[];
  readonly meanings: readonly Meaning[];
  readonly version: number;
  readonly isPlanning: boolean;
  readonly started: StartedEvents;
}

/** Of all that the ops mean for the item, the strongest decides: fail, end, try again, sleep, go on, wait. */
function weigh(run: RunInHand, weighed: Weighed, context: ReplyContext): Decision {
  const { meanings, effects, started } = weighed;
  const failed = find(meanings, "fail");
  if (failed !== undefined) {
    const failure: AttemptFailure = { code: failed.code, error: failed.error };
    const record = attemptRow(run, context, failure, { httpStatus: 206, steps: meanings.length });
    const logs = effects.filter(({ kind }) => kind === "record_logs" || kind === "record_metadata" || kind === "warn_run");
    return decided(run, context, { effects: [record, ...logs], next: endFailed(run, context, failed.error, failed.code), failure });
  }
  const change = changeOf(run, weighed);
  const completed = find(meanings, "complete");
  if (completed !== undefined)
    return decided(run, context, { effects, next: endCompleted(run, context, completed.output, completed.outputTypes), change, started });

  const retry = find(meanings, "retry");
  if (retry !== undefined) {
    const failure: AttemptFailure = { code: "step_error", error: retry.error, stepName: retry.stepName, retryAt: retry.dueAt };
    const record = { ...attemptRow(run, context, failure, { httpStatus: 206, steps: meanings.length }), stepId: retry.stepId };
    return decided(run, context, { effects: [...effects, record], next: tryAgain(run, retry.dueAt), change, failure, started });
  }
  if (meanings.length === 0) return decideNothing(run, effects, context);
  if (run.step !== undefined) return decided(run, context, { effects, next: { kind: "done" }, change, started });

  const sleep = find(meanings, "sleep");
  if (sleep !== undefined)
    return decided(run, context, { effects, next: { ...queueAt(run, sleep.dueAt, 0), sleepStepId: sleep.stepId }, change, started });
  const goesOn = find(meanings, "discover") !== undefined && (find(meanings, "wait") === undefined || weighed.version < 2);
  // What it waits for has no item any more: the store asked it again each time, and counted.
  if (!goesOn && run.solo && run.emptyReplies >= limits.emptyRepliesMax) return endWithoutProgress(run, context);
  return decided(run, context, { effects, next: goesOn ? goOn(run, context) : park(run), change, started });
}

/** A reply that asks for nothing. Beside other items the run waits for them; alone it is asked again, a few times. */
function decideNothing(run: RunInHand, effects: readonly Effect[], context: ReplyContext): Decision {
  if (run.step !== undefined) return decided(run, context, { effects, next: { kind: "done" } });
  if (!run.solo) return decided(run, context, { effects, next: park(run) });
  const emptyReplies = run.emptyReplies + 1;
  if (emptyReplies > limits.emptyRepliesMax) return endWithoutProgress(run, context);
  return decided(run, context, { effects, next: goOn(run, context), change: { emptyReplies } });
}

function endWithoutProgress(run: RunInHand, context: ReplyContext): Decision {
  const error = {
    name: "NoProgress",
    message: `the function answered ${run.emptyReplies + 1} times in a row without a result, an error or a step to run; it may await a promise that never settles`,
  };
  return failWith(run, context, "reply_invalid", error);
}

function overflow(run: RunInHand, context: ReplyContext, message: string): Decision {
  const error = { name: "InngestErrFunctionOverflowed", message };
  return failWith(run, context, "step_limit_exceeded", error);
}

/** The run ends at once, for a reason of the server's own. */
function failWith(run: RunInHand, context: ReplyContext, code: ErrorCode, error: RunErrorValue): Decision {
  return decided(run, context, { effects: [], next: endFailed(run, context, error, code), failure: { code, error } });
}

/** The run ends because its holders died with it in hand; only where user code runs in their process. */
export function decideLost(run: RunInHand, context: ReplyContext): Decision {
  const message = `the process died ${run.leaseLosses} times while this run was under way (leaseLossesMax); its code may be what ends the process`;
  const error = { name: "WorkerLost", message };
  return failWith(run, context, "worker_lost", error);
}

/** The run ends because a limit of its own was exceeded. */
export function decideOverLimit(run: RunInHand, { limit, max }: BrokenLimit, context: ReplyContext): Decision {
  const error =
    limit === "stepsPerRunMax"
      ? { name: "InngestErrFunctionOverflowed", message: `The function run exceeded the step limit of ${max} steps. (stepsPerRunMax)` }
      : {
          name: "InngestErrStateOverflowed",
          message: `The results of the run's steps exceed ${max} bytes (runStateBytesMax).`,
        };
  const code = limit === "stepsPerRunMax" ? "step_limit_exceeded" : "state_too_large";
  return failWith(run, context, code, error);
}

interface DecisionParts {
  readonly effects: readonly Effect[];
  readonly next: Next;
  readonly change?: RunChange;
  readonly failure?: AttemptFailure;
  readonly started?: StartedEvents;
}

function decided(run: RunInHand, context: ReplyContext, parts: DecisionParts): Decision {
  const { effects, failure, started = noEvents } = parts;
  const change = parts.change ?? {};
  const ending = parts.next.kind === "end" ? context.startByEnd(run, parts.next) : noEvents;
  const next = parts.next.kind === "end" && ending.events.length > 0 ? { ...parts.next, events: ending.events } : parts.next;
  const unit: CallUnit = {
    kind: "call",
    lease: leaseOf(run, context.holderId),
    effects,
    next,
    change: run.isStarted ? change : { ...change, startedAt: context.sentAt },
  };
  if (failure === undefined && started.events.length === 0 && ending.events.length === 0) return { unit };
  return { unit, ...(failure === undefined ? {} : { failure }), started: both(started, ending) };
}

function changeOf(run: RunInHand, weighed: Weighed): RunChange {
  const plan = weighed.isPlanning ? true : weighed.version >= 2 ? false : run.plan;
  if (run.version !== -1 && plan === run.plan && run.emptyReplies === 0) return {};
  return {
    ...(run.version === -1 ? { version: weighed.version } : {}),
    ...(plan === run.plan ? {} : { plan }),
    ...(run.emptyReplies === 0 ? {} : { emptyReplies: 0 }),
  };
}

/** The step ids that are open together, of a reply that plans at least one. */
function groupOf(ops: readonly Op[]): OpenGroup | undefined {
  if (!ops.some(isPlanLike)) return undefined;
  const steps = ops
    .filter((op) => !isLazy(op) && op.kind !== "None" && op.kind !== "RunComplete" && op.kind !== "DiscoveryRequest")
    .map((op) => ({ stepId: op.id, op: op.kind === "StepPlanned" ? "StepRun" : op.kind, name: op.name, race: op.race }));
  return { kind: "open_group", steps };
}

function countOps(ops: readonly Op[]): number {
  let count = 0;
  for (const op of ops) if (!isLazy(op) && op.kind !== "RunComplete") count += 1;
  return count;
}

function find<Kind extends Meaning["kind"]>(meanings: readonly Meaning[], kind: Kind): Extract<Meaning, { kind: Kind }> | undefined {
  for (const meaning of meanings) if (meaning.kind === kind) return meaning as Extract<Meaning, { kind: Kind }>;
  return undefined;
}

function goOn(run: RunInHand, context: ReplyContext): Next {
  return context.mustYield ? queueAt(run, context.now, 0) : { kind: "keep" };
}

function tryAgain(run: RunInHand, dueAt: EpochMs, attempt = run.attempt + 1): Next {
  return run.step === undefined ? queueAt(run, dueAt, attempt) : { kind: "retry", dueAt, attempt };
}

function queueAt(run: RunInHand, dueAt: EpochMs, attempt: number): Extract<Next, { kind: "queue" }> {
  return {
    kind: "queue",
    dueAt,
    attempt,
    rank: rankUnderWay(run.queuedAt, run.priorityMs),
  };
}

function park(run: RunInHand): Next {
  return { kind: "park", rank: rankUnderWay(run.queuedAt, run.priorityMs) };
}

function endCompleted(run: RunInHand, context: ReplyContext, output: JsonText, outputTypes?: JsonText): Next {
  const sweep = !run.solo || run.step !== undefined;
  return { kind: "end", status: "completed", output, ...(outputTypes === undefined ? {} : { outputTypes }), endedAt: context.now, sweep };
}

function endFailed(run: RunInHand, context: ReplyContext, error: RunErrorValue, code: string): Next {
  const failure = describeFailure(run.entry.target.slug, error, run);
  const sweep = !run.solo || run.step !== undefined;
  return { kind: "end", status: "failed", error: runErrorJson({ ...error, code }), endedAt: context.now, sweep, failure };
}
