import type { CallUnit, Effect } from "@stepwell/store";
import type { RunInHand } from "./run-in-hand.ts";

/** Brings a run in hand up to what was just committed for it. Only settled steps and the run's own row matter to it. */
export function applyUnit(run: RunInHand, unit: CallUnit): void {
  for (const effect of unit.effects) applyEffect(run, effect);
  const { version, plan, startedAt, emptyReplies } = unit.change;
  if (version !== undefined) run.version = version;
  if (plan !== undefined) run.plan = plan;
  if (emptyReplies !== undefined) run.emptyReplies = emptyReplies;
  if (startedAt !== undefined) run.isStarted = true;
  switch (unit.next.kind) {
    case "keep":
      run.generation += 1;
      run.attempt = 0;
      return;
    case "stay":
      run.attempt = 0;
      return;
    default: // It leaves the hand.
      return;
  }
}

function applyEffect(run: RunInHand, effect: Effect): void {
  if (effect.kind !== "settle_step" || run.memos.has(effect.stepId)) return;
  run.memos.set(effect.stepId, effect.memo);
  if (!effect.failed) return;
  run.failedNames ??= new Map();
  run.failedNames.set(effect.stepId, effect.name);
}
