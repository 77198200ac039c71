import { runErrorJson } from "@stepwell/protocol";
import type { RecordAttempt } from "@stepwell/store";
import type { RunInHand } from "../runs/run-in-hand.ts";
import type { AttemptFailure, ReplyContext } from "./decide-reply.ts";

/** What is kept of an attempt that failed. */
export function attemptRow(
  run: RunInHand,
  context: Pick<ReplyContext, "sentAt" | "now">,
  failure: AttemptFailure,
  more: { readonly httpStatus: number | undefined; readonly steps: number },
): RecordAttempt {
  return {
    kind: "record_attempt",
    ...(run.step === undefined ? {} : { stepId: run.step.stepId }),
    attempt: run.attempt,
    generation: run.generation,
    startedAt: context.sentAt,
    endedAt: context.now,
    ...(more.httpStatus === undefined ? {} : { httpStatus: more.httpStatus }),
    errorCode: failure.code,
    error: runErrorJson(failure.error),
    ...(failure.retryAt === undefined ? {} : { retryAt: failure.retryAt }),
    steps: more.steps,
  };
}
