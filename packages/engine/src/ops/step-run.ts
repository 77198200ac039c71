import { memoForStepRun, type Op } from "@stepwell/protocol";
import type { OpContext, OpDecision } from "./op-context.ts";
import { settleStep } from "./settle-step.ts";

/** A step that went well: its data is remembered, and the function goes on with it. */
export function handleStepRun(op: Extract<Op, { kind: "StepRun" }>, context: OpContext): OpDecision {
  return settleStep(op, context, { memo: memoForStepRun(op), failed: false });
}

/** The form of the oldest SDKs, whose data is the memo as it stands. */
export function handleStep(op: Extract<Op, { kind: "Step" }>, context: OpContext): OpDecision {
  return settleStep(op, context, { memo: op.data, failed: false });
}
