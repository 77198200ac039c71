import type { BeginSleep, PlanStep } from "@stepwell/store";
import type { NewItem } from "./items.ts";
import type { RunRow } from "./run-row.ts";

/** The queue item of a step, as far as the step says it. */
export function stepItem(run: RunRow, effect: PlanStep | BeginSleep): Omit<NewItem, "id" | "isSleep"> {
  return {
    runSeq: run.seq,
    functionId: run.function_id,
    laneKey: run.lane_key,
    isOwn: false,
    stepId: effect.stepId,
    race: effect.race,
    snapshotLength: run.journal_length,
    dueAt: effect.dueAt,
    rank: effect.rank,
    generation: 0,
    attempt: 0,
  };
}
