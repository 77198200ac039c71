import { epochMs, type JsonText, type Op } from "@stepwell/protocol";
import type { SettleStep } from "@stepwell/store";
import { type OpContext, type OpDecision, wakeRule } from "./op-context.ts";

/**
 * The one result of a step. A step that memory knows to be settled is not settled again: the first result stands, and
 * the function goes on with it.
 */
export function settleStep(op: Op, context: OpContext, result: { readonly memo: JsonText; readonly failed: boolean }): OpDecision {
  if (context.run.memos.has(op.id)) return { effects: [], means };
  const { run, now, sentAt } = context;
  const startedAt = op.startedAt ?? sentAt;
  const endedAt = op.durationMs === undefined ? now : epochMs(Math.floor(startedAt + op.durationMs));
  const { memo, failed } = result;
  return { effects: [settlement(op, { memo, failed, startedAt, endedAt, attempt: run.attempt, wake: wakeRule(context, op.race) })], means };
}

const means = { kind: "discover" } as const;

/** The effect of an op that brings the result of its step. */
export function settlement(op: Op, facts: Pick<SettleStep, "memo" | "failed" | "startedAt" | "endedAt" | "attempt" | "wake">): SettleStep {
  // Each has all its fields: with every step one is made, and read by code that has seen no other form.
  return {
    kind: "settle_step",
    stepId: op.id,
    op: op.kind,
    name: op.name,
    stepType: op.stepType,
    input: op.input,
    memo: facts.memo,
    failed: facts.failed,
    startedAt: facts.startedAt,
    endedAt: facts.endedAt,
    attempt: facts.attempt,
    wake: facts.wake,
  };
}
