// What a request of the server's own brought becomes a unit. Pure, as with the replies of apps.

import {
  fetchMemo,
  type GatewayFailure,
  type GatewayKind,
  gatewayErrorMemo,
  gatewayRunError,
  inferMemo,
  type JsonText,
  parseRetryAfter,
} from "@stepwell/protocol";
import type { CallUnit, SettleStep } from "@stepwell/store";
import { leaseOf, type RunInHand, type StepOfRequest } from "../runs/run-in-hand.ts";
import type { GatewayReply } from "../seams/gateway.ts";
import { attemptRow } from "./attempt-row.ts";
import type { AttemptFailure, Decision, ReplyContext } from "./decide-reply.ts";
import { nextAttemptAt } from "./retry-policy.ts";

type Failed = GatewayFailure & { readonly isFinal: boolean; readonly status?: number; readonly retryAfter?: string };

/** Of `step.fetch` any answer is a result; of `step.ai.infer` those up to 299 are. What failed is tried again, or has failed for good. */
export function decideGateway(run: RunInHand, step: StepOfRequest, reply: GatewayReply, context: ReplyContext): Decision {
  const failed = failureOf(step.request.op, reply);
  if (failed === undefined && reply.kind === "answer") {
    const memo = step.request.op === "Gateway" ? fetchMemo(reply) : inferMemo(reply.body);
    return settled(run, step, context, memo, false);
  }
  const failure = failed ?? { code: "gateway_failed", message: "it brought nothing", isFinal: false };
  if (failure.isFinal || run.attempt + 1 >= run.entry.maxAttempts)
    return settled(run, step, context, gatewayErrorMemo(step.request.op, failure), true);
  return triedAgain(run, step, failure, context);
}

function failureOf(op: GatewayKind, reply: GatewayReply): Failed | undefined {
  if (reply.kind === "failed") return reply;
  if (op === "Gateway" || reply.status <= 299) return undefined;
  const { status, body, headers } = reply;
  const asked = headers["retry-after"];
  const retryAfter = typeof asked === "string" ? asked : asked?.[0];
  const message = `unsuccessful status code: ${status}`;
  return { code: "gateway_failed", message, body, status, isFinal: false, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

function triedAgain(run: RunInHand, step: StepOfRequest, failed: Failed, context: ReplyContext): Decision {
  const dueAt = nextAttemptAt(context.policy, context.now, run.attempt, parseRetryAfter(failed.retryAfter, context.now));
  const failure: AttemptFailure = {
    code: failed.code,
    error: gatewayRunError(step.request.op, failed),
    stepName: step.request.name,
    retryAt: dueAt,
  };
  const effects = [attemptRow(run, context, failure, { httpStatus: failed.status, steps: 0 })];
  return { unit: unitOf(run, context, effects, { kind: "retry", dueAt, attempt: run.attempt + 1 }), failure };
}

function settled(
  run: RunInHand,
  { stepId, race, request }: StepOfRequest,
  context: ReplyContext,
  memo: JsonText,
  failed: boolean,
): Decision {
  const effect: SettleStep = {
    kind: "settle_step",
    stepId,
    op: request.op,
    name: request.name,
    memo,
    failed,
    startedAt: context.sentAt,
    endedAt: context.now,
    attempt: run.attempt,
    wake: race || run.version < 2 ? "always" : "group",
  };
  return { unit: unitOf(run, context, [effect], { kind: "done" }) };
}

function unitOf(run: RunInHand, context: ReplyContext, effects: CallUnit["effects"], next: CallUnit["next"]): CallUnit {
  return { kind: "call", lease: leaseOf(run, context.holderId), effects, next, change: {} };
}
