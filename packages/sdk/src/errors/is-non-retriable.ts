import { StepwellError } from "@stepwell/protocol";

/** By class or by name, since an application can hold two copies of a package. Our own errors know it of themselves. */
export function isNonRetriable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (StepwellError.is(error)) return !error.retryable;
  return error.name === "NonRetriableError" || error.constructor.name === "NonRetriableError";
}
