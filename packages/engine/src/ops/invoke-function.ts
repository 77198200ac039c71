import {
  asJson,
  type EpochMs,
  type EventId,
  eventMapJson,
  type ItemId,
  limits,
  type Op,
  type RunId,
  systemEvents,
} from "@stepwell/protocol";
import type { AcceptedEvent, BeginWait, NotStarted } from "@stepwell/store";
import { invokeDepthOf, invokeEvent } from "../events/invoke-event.ts";
import { startRun } from "../events/start-run.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import type { OpContext, OpDecision } from "./op-context.ts";
import { settleStep } from "./settle-step.ts";
import { inAYear, readWaitEnd } from "./wait-end.ts";
import { waitWake } from "./wait-wake.ts";

type InvokeOp = Extract<Op, { kind: "InvokeFunction" }>;

/** Starts another function as a child and waits for its end, in one commit: there is no moment with one and not the other. */
export function handleInvokeFunction(op: InvokeOp, context: OpContext, newItemId: () => ItemId): OpDecision {
  const { run, now } = context;
  if (run.memos.has(op.id)) return { effects: [], means: { kind: "discover" } };
  const end = readWaitEnd(op, now, inAYear(now));
  if (end.kind === "refused") return end.decision;
  const target = context.findFunction(op.functionName);
  if (target === undefined) return refuseUnlessBegun(op, context, end.at);
  const depth = invokeDepthOf(run.events[0]) + 1;
  if (depth > limits.invokeDepthMax)
    return refuse(
      op,
      context,
      "InvokeTooDeepError",
      `step "${op.name}" would be the ${depth}th invoke within an invoke; the limit is ${limits.invokeDepthMax} (invokeDepthMax). Does "${op.functionName}" invoke itself?`,
      "invoke_too_deep",
    );
  const child = childOf(op, context, target, { expireAt: end.at, depth, newItemId });
  const effect: BeginWait = {
    kind: "begin_wait",
    stepId: op.id,
    op: "InvokeFunction",
    name: op.name,
    race: op.race,
    wake: waitWake(op, context),
    startedAt: now,
    dueAt: end.at,
    waitsFor: {
      kind: "invoke",
      child,
      cancelsChild: op.propagateCancel,
      notStartedMemos: notStartedMemos(op, target),
    },
  };
  return { effects: [effect], means: { kind: "wait" }, started: { events: [child], entries: [[target]] } };
}

function childOf(
  op: InvokeOp,
  context: OpContext,
  target: FunctionEntry,
  more: { readonly expireAt: OpContext["now"]; readonly depth: number; readonly newItemId: () => ItemId },
): AcceptedEvent {
  const { run, now } = context;
  const { record } = run.entry;
  const event = invokeEvent({
    environmentId: record.environmentId,
    eventId: more.newItemId() as string as EventId,
    now,
    payload: op.payload,
    target: op.functionName,
    correlationId: `${run.runId}.${op.id}`,
    stepName: op.name,
    expireAt: more.expireAt,
    source: { appId: run.entry.appUuid, functionId: record.uuid, version: record.version, runId: run.runId },
    depth: more.depth,
  });
  const start = startRun(target, {
    runId: more.newItemId() as string as RunId,
    now,
    dueAt: now,
    acceptedAt: now,
    event,
    eventMap: () => JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id })),
    wantsLease: context.hasRoom,
    externalId: event.externalId,
    origin: "invoke",
  });
  return { event, starts: [start], ...(isListener(run) ? { outcomes: [] } : context.invokeListeners(event, target)) };
}

/** What listens to invokes would start itself for ever by its own: those start nobody but whom they name. */
function isListener({ events, origin }: OpContext["run"]): boolean {
  return events[0]?.name === systemEvents.invoked && origin !== "invoke";
}

/** A child that was started before its function was taken away goes on, and its parent waits for it. */
function refuseUnlessBegun(op: InvokeOp, context: OpContext, dueAt: EpochMs): OpDecision {
  const memo = errorMemo("Error", `could not find function with ID: ${op.functionName}`, "function_not_found");
  const effect: BeginWait = {
    kind: "begin_wait",
    stepId: op.id,
    op: "InvokeFunction",
    name: op.name,
    race: op.race,
    wake: waitWake(op, context),
    startedAt: context.now,
    dueAt,
    waitsFor: { kind: "refused", memo },
  };
  return { effects: [effect], means: { kind: "wait" } };
}

/** What can be known now is told now: the step fails, and the function may catch it. */
function refuse(op: InvokeOp, context: OpContext, name: string, message: string, code: string): OpDecision {
  return settleStep(op, context, { memo: errorMemo(name, message, code), failed: true });
}

/** What the step ends with where its child does not start. */
function notStartedMemos({ functionName, payload }: InvokeOp, { record }: FunctionEntry) {
  const memo = (code: NotStarted["kind"], why: string) =>
    errorMemo("InvokedFunctionNotStartedError", `"${functionName}" did not start: ${why}`, code);
  const { idempotency } = record.config.options;
  const whats = [...(payload.id === undefined ? [] : [`id "${payload.id}"`]), ...(idempotency === undefined ? [] : ["idempotency key"])];
  return {
    duplicate: memo("duplicate", `an event with the same ${whats.join(" or ")} has started it before`),
    rate_limited: memo("rate_limited", "the invoked function is rate limited"),
    skipped: memo("skipped", "another run has its singleton"),
  };
}

function errorMemo(name: string, message: string, code: string) {
  return asJson({ error: { name, message, code, noRetry: true, data: null } });
}
