import type { Op } from "@stepwell/protocol";
import type { OpDecision } from "./op-context.ts";

/** The losers of a race: whatever they wait for is dropped, without a result. */
export function handleStepCancel(op: Extract<Op, { kind: "StepCancel" }>): OpDecision {
  return op.ids.length === 0
    ? { effects: [], means: { kind: "nothing" } }
    : { effects: [{ kind: "drop_steps", stepIds: op.ids }], means: { kind: "nothing" } };
}
