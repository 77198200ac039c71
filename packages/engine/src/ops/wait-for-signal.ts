import { asJson, type Op } from "@stepwell/protocol";
import type { BeginWait } from "@stepwell/store";
import type { OpContext, OpDecision } from "./op-context.ts";
import { inAYear, readWaitEnd } from "./wait-end.ts";
import { waitWake } from "./wait-wake.ts";

const conflictMemo = asJson({
  error: { name: "SignalConflictError", message: "Signal conflict; signal wait already exists for another run", data: null },
});

/** Registers the one wait for a signal's name. A signal that came before anybody waited ends it in the same commit. */
export function handleWaitForSignal(op: Extract<Op, { kind: "WaitForSignal" }>, context: OpContext): OpDecision {
  if (context.run.memos.has(op.id)) return { effects: [], means: { kind: "discover" } };
  const end = readWaitEnd(op, context.now, inAYear(context.now));
  if (end.kind === "refused") return end.decision;
  const effect: BeginWait = {
    kind: "begin_wait",
    stepId: op.id,
    op: "WaitForSignal",
    name: op.name,
    race: op.race,
    wake: waitWake(op, context),
    startedAt: context.now,
    dueAt: end.at,
    waitsFor: { kind: "signal", signal: op.signal, onConflict: op.conflict, conflictMemo },
  };
  return { effects: [effect], means: { kind: "wait" } };
}
