import type { CallOutcome } from "../admission/decide-breaker.ts";
import type { RunInHand } from "../runs/run-in-hand.ts";
import type { CallReply } from "../seams/transport.ts";
import { asksForPause } from "./asks-for-pause.ts";

/** Failures that say something of the function's code or data, and not of whether the app works. */
const ofTheCode: ReadonlySet<string> = new Set(["step_not_found", "output_too_large", "json_too_deep", "reply_invalid"]);

/**
 * What a reply says of the app, for the breaker of its function.
 *
 * A failure is whatever costs an attempt that another time may not: no answer, an answer of no SDK, an error of the function or
 * of a step that may be tried again, or was for the last time. What the code says is final at once (`NonRetriableError`) is about
 * its input: the app works. 429, and 503 with `Retry-After`, is an app that asks for a pause.
 */
export function callOutcome(run: Pick<RunInHand, "attempt" | "entry">, reply: CallReply): CallOutcome {
  if (reply.injected?.kind === "reply_lost" || reply.injected?.kind === "refused") return { kind: "nothing" };
  if (reply.kind === "result") return { kind: "success" };
  const isLast = run.attempt + 1 >= run.entry.maxAttempts;
  if (reply.kind === "ops") {
    const hasFailed = reply.ops.some((op) => {
      if (op.kind === "StepError") return !reply.noRetry;
      return op.kind === "StepFailed" && isLast && op.error.name !== "NonRetriableError";
    });
    return { kind: hasFailed ? "failure" : "success" };
  }
  if (asksForPause(reply)) return { kind: "slow_down", until: reply.retryAt };
  return { kind: reply.noRetry || ofTheCode.has(reply.code) ? "success" : "failure" };
}
