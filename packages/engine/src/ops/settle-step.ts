import { epochMs, type JsonText, type Op } from "@stepwell/protocol";
import type { SettleStep } from "@stepwell/store";
import { type OpContext, type OpDecision, wakeRule } from "./op-context.ts";

/**
 * The one result of a step. A step that memory knows to be settled is not settled again: the first result stands, and
 * the function goes on with it.
 */
export function settleStep(op: Op, context: OpContext, result: { readonly memo: JsonText; readonly failed: boolean }): OpDecision {
  if (context.run.memos.has(op.id)) return { effects: [], means: { kind: "discover" } };
  const startedAt = op.startedAt ?? context.sentAt;
  const effect: SettleStep = {
    kind: "settle_step",
    stepId: op.id,
    op: op.kind,
    name: op.name,
    ...(op.stepType === undefined ? {} : { stepType: op.stepType }),
    ...(op.input === undefined ? {} : { input: op.input }),
    memo: result.memo,
    failed: result.failed,
    startedAt,
    endedAt: op.durationMs === undefined ? context.now : epochMs(Math.floor(startedAt + op.durationMs)),
    attempt: context.run.attempt,
    wake: wakeRule(context, op.race),
  };
  return { effects: [effect], means: { kind: "discover" } };
}
