import type { Op } from "@stepwell/protocol";
import { rankUnderWay } from "@stepwell/store";
import type { OpContext, OpDecision } from "./op-context.ts";

/**
 * A step that was found and not run: it gets an item of its own, once for the life of the run. SDKs report a step
 * that is still open again with every discovery; the store knows it and leaves it alone.
 */
export function handleStepPlanned(
  op: Extract<Op, { kind: "StepPlanned" }>,
  context: OpContext,
  newItemId: () => import("@stepwell/protocol").ItemId,
): OpDecision {
  const { run, now } = context;
  if (run.memos.has(op.id)) return { effects: [], means: { kind: "wait" } };
  return {
    effects: [
      {
        kind: "plan_step",
        stepId: op.id,
        itemId: newItemId(),
        op: "StepRun",
        name: op.name,
        ...(op.stepType === undefined ? {} : { stepType: op.stepType }),
        ...(op.input === undefined ? {} : { input: op.input }),
        race: op.race,
        dueAt: now,
        rank: rankUnderWay(run.queuedAt, run.priorityMs),
      },
    ],
    means: { kind: "wait" },
  };
}
