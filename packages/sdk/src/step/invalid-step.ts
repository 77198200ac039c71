import { StepwellError } from "@stepwell/protocol";

/** A tool was called without what it needs; whoever writes no types is not told by them. */
export function invalidStep(stepId: string, what: string): StepwellError {
  return new StepwellError("invalid_request", `step "${stepId}": ${what}`, { retryable: false });
}
