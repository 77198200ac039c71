// What a failed run had done, for a run that goes on where it failed. Pure.

import { type JsonText, parseRunError, type StepId } from "@stepwell/protocol";
import type { KeptStep, StepReport } from "@stepwell/store";
import { failingStep } from "../failures/failing-step.ts";

export interface ResumedSteps {
  readonly keep: readonly KeptStep[];
  /** Where the run failed; absent: between its steps. */
  readonly fromStep?: StepId;
}

/**
 * Every result is kept but those that made the run fail: the step whose error it ended with, and whatever failed behind the
 * last step that went well. A failure that the function had caught before it went on is a result like any other.
 */
export function resumedSteps(steps: readonly StepReport[], error: JsonText | undefined): ResumedSteps {
  const settled = steps.filter(({ ord }) => ord !== undefined).sort((one, other) => (one.ord ?? 0) - (other.ord ?? 0));
  const failed = settled.filter(({ state }) => state === "failed");
  const memos = new Map(failed.flatMap(({ stepId, memo }) => (memo === undefined ? [] : [[stepId, memo] as const])));
  const failedNames = new Map(failed.map(({ stepId, name }) => [stepId, name]));
  const cause = error === undefined ? undefined : failingStep({ memos, failedNames }, parseRunError(error));
  const lastGood = settled.findLastIndex(({ state }) => state !== "failed");
  const again = new Set(settled.slice(lastGood + 1).map(({ stepId }) => stepId));
  if (cause !== undefined) again.add(cause.stepId);
  const fromStep = cause?.stepId ?? failed.find(({ stepId }) => again.has(stepId))?.stepId;
  return {
    keep: settled.filter(({ stepId }) => !again.has(stepId)).map(({ stepId }) => ({ stepId })),
    ...(fromStep === undefined ? {} : { fromStep }),
  };
}
