import { memoForError, type Op } from "@stepwell/protocol";
import type { OpContext, OpDecision } from "./op-context.ts";
import { settleStep } from "./settle-step.ts";

/** A step that failed for good: the function is told, and may catch it. */
export function handleStepFailed(op: Extract<Op, { kind: "StepFailed" }>, context: OpContext): OpDecision {
  return settleStep(op, context, { memo: memoForError(op.error), failed: true });
}
