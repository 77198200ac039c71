import { epochMs, memoForError, type Op, type RunErrorValue, type StepErrorValue } from "@stepwell/protocol";
import { nextAttemptAt } from "../attempts/retry-policy.ts";
import type { OpContext, OpDecision } from "./op-context.ts";
import { settleStep } from "./settle-step.ts";

/**
 * A step that threw. While attempts are left nothing is remembered and its item is tried again; after the last one it
 * has failed for good. What the step itself asks for (`retryAfterMs`) wins over what the reply's header asks for.
 */
export function handleStepError(op: Extract<Op, { kind: "StepError" }>, context: OpContext): OpDecision {
  if (!context.mayRetry) return settleStep(op, context, { memo: memoForError(op.error), failed: true });
  const askedFor = op.retryAfterMs === undefined ? context.retryAt : epochMs(context.now + op.retryAfterMs);
  const dueAt = nextAttemptAt(context.policy, context.now, context.run.attempt, askedFor);
  return { effects: [], means: { kind: "retry", dueAt, error: runErrorOf(op.error), stepName: op.name, stepId: op.id } };
}

/** The part of a step's error that an attempt's record shows. */
function runErrorOf(error: StepErrorValue): RunErrorValue {
  return { name: error.name, message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}
