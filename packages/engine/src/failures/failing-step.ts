import { isObject, type JsonText, parseJson, type RunErrorValue, type StepId, textOf } from "@stepwell/protocol";

/** What of a run says which step its error came from. */
export interface FailedSteps {
  readonly memos: ReadonlyMap<StepId, JsonText>;
  /** The names of steps that failed for good, in the order in which they did. */
  readonly failedNames?: ReadonlyMap<StepId, string>;
}

export interface FailingStep {
  readonly stepId: StepId;
  readonly name: string;
  /** The run ended with the step's own message. */
  readonly isWhole: boolean;
  /** As the step ended, before the function had it in hand. */
  readonly errorName: string | undefined;
  readonly stack: string | undefined;
}

/** The step whose error the run ended with, as it was or told within another; the last one that it fits. */
export function failingStep({ memos, failedNames }: FailedSteps, error: RunErrorValue): FailingStep | undefined {
  for (const [stepId, name] of [...(failedNames ?? [])].reverse()) {
    const memo = memos.get(stepId);
    const parsed = memo === undefined ? undefined : parseJson(memo);
    const stored = isObject(parsed) && isObject(parsed["error"]) ? parsed["error"] : undefined;
    const message = stored === undefined ? undefined : textOf(stored["message"]);
    if (stored !== undefined && message !== undefined && message !== "" && error.message.includes(message))
      return { stepId, name, isWhole: message === error.message, errorName: textOf(stored["name"]), stack: textOf(stored["stack"]) };
  }
  return undefined;
}
