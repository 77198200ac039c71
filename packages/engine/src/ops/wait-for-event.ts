import { asJson, type EpochMs, epochMs, type JsonText, limits, type Op, parseDuration } from "@stepwell/protocol";
import type { BeginWait } from "@stepwell/store";
import { eventMatchOf } from "../expression/event-match.ts";
import { failRun } from "./fail-run.ts";
import { lookbackTooWideMemo } from "./lookback-memo.ts";
import type { OpContext, OpDecision } from "./op-context.ts";
import { settleStep } from "./settle-step.ts";
import { readWaitEnd } from "./wait-end.ts";
import { waitWake } from "./wait-wake.ts";

type WaitForEventOp = Extract<Op, { kind: "WaitForEvent" }>;

/**
 * Registers a wait for an event. It is met by events accepted since the call that reports it was made, and further back
 * where the step asks for a lookback; the first event that matches ends it, or its time does.
 */
export function handleWaitForEvent(op: WaitForEventOp, context: OpContext): OpDecision {
  if (context.run.memos.has(op.id)) return { effects: [], means: { kind: "discover" } };
  const end = readWaitEnd(op, context.now, context.now);
  if (end.kind === "refused") return end.decision;
  if (op.event.includes("*")) {
    const message = `step "${op.name}" waits for "${op.event.slice(0, 80)}"; only triggers take wildcards, a wait names one event`;
    return failRun("event_name_invalid", "InvalidEventName", message);
  }
  const matched = eventMatchOf(op.event, op.expression, context.eventMap);
  if (matched.kind === "invalid")
    return failRun("expression_invalid", "InvalidExpression", `step "${op.name}" waits with "if": ${matched.message}`);
  const lookback = readLookback(op, context);
  if (lookback.kind === "refused") return lookback.decision;
  const effect: BeginWait = {
    kind: "begin_wait",
    stepId: op.id,
    op: "WaitForEvent",
    name: op.name,
    race: op.race,
    wake: waitWake(op, context),
    startedAt: context.now,
    dueAt: end.at,
    waitsFor: {
      kind: "event",
      since: context.run.mark,
      ...matched.match,
      ...(lookback.from === undefined ? {} : { lookBackFrom: lookback.from }),
      ...(op.lookback === "run" ? { cutsLookBack: true } : {}),
    },
  };
  return {
    effects: [effect],
    means: { kind: "wait" },
    ...(matched.warning === undefined ? {} : { warning: `step "${op.name}": ${matched.warning}` }),
  };
}

type Lookback =
  | { readonly kind: "lookback"; readonly from: EpochMs | undefined }
  | { readonly kind: "refused"; readonly decision: OpDecision };

/** `run` is cut to what a wait may look back; a duration that is longer fails the step. */
function readLookback(op: WaitForEventOp, context: OpContext): Lookback {
  if (op.lookback === undefined) return { kind: "lookback", from: undefined };
  const earliest = context.now - limits.lookbackMsMax;
  if (op.lookback === "run") return { kind: "lookback", from: epochMs(Math.max(context.run.queuedAt, earliest)) };
  const ms = parseDuration(op.lookback);
  if (ms !== undefined && ms <= limits.lookbackMsMax) return { kind: "lookback", from: epochMs(Math.floor(context.now - ms)) };
  const memo =
    ms === undefined
      ? invalidMemo(`step "${op.name}" looks back "${op.lookback.slice(0, 80)}", which is neither a duration nor "run"`)
      : lookbackTooWideMemo(`step "${op.name}" looks back ${op.lookback}; the limit is 24h (lookbackMsMax)`);
  return { kind: "refused", decision: settleStep(op, context, { memo, failed: true }) };
}

function invalidMemo(message: string): JsonText {
  return asJson({ error: { name: "InvalidDuration", message, code: "invalid_duration", noRetry: true, data: null } });
}
