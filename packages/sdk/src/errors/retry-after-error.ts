import { InvariantError } from "@stepwell/protocol";
import { durationMs } from "../time/duration.ts";

/**
 * Says when the next attempt is to be made, in place of the usual backoff. It counts as an attempt.
 *
 * @param retryAfter - Milliseconds, a duration such as `"30s"`, or the instant itself.
 *
 * @example
 * throw new RetryAfterError("rate limited", "30s");
 */
export class RetryAfterError extends Error {
  override readonly name: string = "RetryAfterError";
  /** Whole seconds as text, rounded up, or an ISO 8601 instant: as the `Retry-After` header has it. */
  readonly retryAfter: string;
  /** The same to the millisecond, for servers that take it. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfter: number | string | Date, options?: { readonly cause?: unknown }) {
    super(message, options);
    if (retryAfter instanceof Date) {
      if (!Number.isFinite(retryAfter.getTime())) throw new InvariantError("retryAfter is a date that exists");
      this.retryAfter = retryAfter.toISOString();
      this.retryAfterMs = undefined;
      return;
    }
    const ms = durationMs(retryAfter);
    if (ms === undefined) throw new InvariantError(`retryAfter is milliseconds, a duration such as "30s" or a date, and not ${retryAfter}`);
    this.retryAfter = String(Math.ceil(ms / 1_000));
    this.retryAfterMs = Math.max(0, ms);
  }
}
