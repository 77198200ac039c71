import { StepwellError } from "@stepwell/protocol";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { isNonRetriable } from "../errors/is-non-retriable.ts";
import { retryDelayOf } from "../errors/retry-delay.ts";
import { retryTimeOf } from "../errors/retry-time-of.ts";
import type { ExecutionRequest } from "./execution-request.ts";
import type { Life } from "./life.ts";

export interface RetryContext {
  readonly request: ExecutionRequest;
  /** Whose option says when; absent: nothing does. */
  readonly retried: StepwellFunction | undefined;
  readonly now: () => number;
  readonly life: Pick<Life, "warn"> | undefined;
}

/** When what failed is tried again, in ms; `undefined`: when the server likes. */
export type NextAttempt = number | "never" | undefined;

export function nextAttempt(error: unknown, { request, retried, now, life }: RetryContext): NextAttempt {
  if (isNonRetriable(error) || request.attempt + 1 >= request.maxAttempts) return "never";
  const asked = retryTimeOf(error, now());
  const delay = retried === undefined ? undefined : retryDelayOf(retried.id(), retried.opts.retries, Math.random);
  if (asked !== undefined || delay === undefined) return asked;
  try {
    const ms = delay(request.attempt + 1, error);
    if (ms === false) return "never";
    // A random part, or a strategy of the user's, seldom ends on a whole millisecond.
    return ms === undefined ? undefined : Math.ceil(ms);
  } catch (failure) {
    // What failed is to be heard of, and not what would have said when to try again.
    life?.warn(`stepwell: ${textOf(failure)}. The next attempt is made when the server says.`);
    return undefined;
  }
}

function textOf(failure: unknown): string {
  return StepwellError.is(failure) ? `${failure.message}. ${failure.advice} (${failure.code})` : String(failure);
}
