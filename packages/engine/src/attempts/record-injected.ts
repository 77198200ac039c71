import type { EpochMs } from "@stepwell/protocol";
import type { Effect, RecordAttempt } from "@stepwell/store";
import type { RunInHand } from "../runs/run-in-hand.ts";
import type { InjectedFault } from "../seams/transport.ts";

/**
 * The effects of a reply with a note of what chaos did to its call: on the row of the attempt where there is one, else on a row
 * of its own, so that a run that went well shows it too.
 */
export function recordInjected(
  effects: readonly Effect[],
  run: RunInHand,
  { injected, sentAt, now }: { readonly injected: InjectedFault; readonly sentAt: EpochMs; readonly now: EpochMs },
): readonly Effect[] {
  const note = { injected: injected.kind, ...(injected.stepId === undefined ? {} : { stepId: injected.stepId }) };
  if (effects.some(({ kind }) => kind === "record_attempt"))
    return effects.map((effect) => (effect.kind === "record_attempt" ? { ...note, ...effect } : effect));
  const row: RecordAttempt = {
    kind: "record_attempt",
    ...(run.step === undefined ? {} : { stepId: run.step.stepId }),
    attempt: run.attempt,
    generation: run.generation,
    startedAt: sentAt,
    endedAt: now,
    steps: effects.filter(({ kind }) => kind === "settle_step").length,
    ...note,
  };
  return [...effects, row];
}
