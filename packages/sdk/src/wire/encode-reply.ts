import { headerNames, type Op, type Reply } from "@stepwell/protocol";
import { type Answer, jsonAnswer } from "./answer.ts";
import { encodeOp } from "./encode-op.ts";

/** What a call is answered with over HTTP. */
export function encodeReply(reply: Reply, stepId: string | undefined, nowMs: number): Answer {
  switch (reply.kind) {
    case "ops":
      return {
        status: 206,
        body: `[${reply.ops.map(encodeOp).join(",")}]`,
        headers: {
          [headerNames.requestVersion]: String(reply.version),
          [headerNames.noRetry]: String(reply.noRetry),
          ...retryAfter(retryMsOf(reply.ops)),
        },
      };
    case "result":
      return { status: 200, body: reply.data, headers: { [headerNames.requestVersion]: "2" } };
    case "error":
      return errorAnswer(reply, stepId, nowMs);
    default:
      return reply satisfies never;
  }
}

function errorAnswer(
  { code, error, noRetry, retryAt, status }: Extract<Reply, { kind: "error" }>,
  stepId: string | undefined,
  nowMs: number,
): Answer {
  const { name, message, stack, cause } = error;
  const body = {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(code === "function_error" || code === "step_not_found" ? {} : { code }),
    ...(cause === undefined ? {} : { cause: JSON.parse(cause) as unknown }),
    // By these two a server knows that the app's code has no such step.
    ...(code === "step_not_found" ? { requestedStep: stepId, foundSteps: [] } : {}),
    __serialized: true,
  };
  return jsonAnswer(status ?? 500, body, {
    [headerNames.requestVersion]: "2",
    [headerNames.noRetry]: String(noRetry),
    ...retryAfter(retryAt === undefined ? undefined : retryAt - nowMs),
  });
}

/** Of the one step that failed: the header is for the whole reply. */
function retryMsOf(ops: readonly Op[]): number | undefined {
  const failed = ops.filter((op) => op.kind === "StepError");
  return failed.length === 1 ? failed[0]?.retryAfterMs : undefined;
}

function retryAfter(ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { [headerNames.retryAfter]: String(Math.max(1, Math.ceil(ms / 1_000))) };
}
