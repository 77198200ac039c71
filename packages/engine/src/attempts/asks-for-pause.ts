import type { Reply } from "@stepwell/protocol";

/**
 * Whether the app, or a proxy in front of it, turned the call away because it has too much to do: 429, or 503 with a time. A
 * `RetryAfterError` of a function or step has neither status: it is an attempt that failed.
 */
export function asksForPause(reply: Extract<Reply, { kind: "error" }>): boolean {
  return reply.status === 429 || (reply.status === 503 && reply.retryAt !== undefined);
}
