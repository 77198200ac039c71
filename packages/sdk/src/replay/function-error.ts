import { appErrorCode, type EpochMs, type JsonText, type Reply } from "@stepwell/protocol";
import { isNonRetriable } from "../errors/is-non-retriable.ts";
import { serializeError } from "../errors/serialize-error.ts";
import { nextAttempt, type RetryContext } from "./next-attempt.ts";

export type ErrorReply = Extract<Reply, { kind: "error" }>;

/**
 * What the function's own code threw.
 *
 * @param isOfStep - It is the error of a step that nobody caught: the step has had its attempts.
 */
export function functionError(error: unknown, isOfStep: boolean, retry: RetryContext): ErrorReply {
  const { name, message, stack, cause } = serializeError(error);
  // Read once: an error may say an instant.
  const now = retry.now();
  const next = nextAttempt(error, { ...retry, now: () => now });
  // On the last attempt the server counts for itself; what must not be retried earlier is said.
  const isLast = retry.request.attempt + 1 >= retry.request.maxAttempts;
  const noRetry = isOfStep || isNonRetriable(error) || (next === "never" && !isLast);
  return {
    kind: "error",
    code: appErrorCode(error) ?? "function_error",
    error: {
      name,
      message,
      stack,
      ...(cause === undefined ? {} : { cause: JSON.stringify(cause) as JsonText }),
      error: noRetry ? "NonRetriableError" : "invalid status code: 500",
    },
    noRetry,
    status: noRetry ? 400 : 500,
    ...(typeof next === "number" && !noRetry ? { retryAt: Math.ceil(now + next) as EpochMs } : {}),
  };
}
