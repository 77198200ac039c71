import {
  asJson,
  gatewayErrorMemo,
  type ItemId,
  isObject,
  type JsonObject,
  type Op,
  readGatewayRequest,
  storedRequestJson,
  withholdCredentials,
} from "@stepwell/protocol";
import { rankUnderWay } from "@stepwell/store";
import { refuseOp } from "./not-supported.ts";
import type { OpContext, OpDecision } from "./op-context.ts";
import { settleStep } from "./settle-step.ts";

/**
 * Gives a request that the server is to make an item of its own, once for the life of the run: it is tried again without
 * calling the app. Its credentials go past the store.
 */
export function handleGateway(op: Extract<Op, { kind: "Gateway" | "AIGateway" }>, context: OpContext, newItemId: () => ItemId): OpDecision {
  const { run, now } = context;
  if (!context.hasGateway) return refuseOp(op);
  if (run.memos.has(op.id)) return { effects: [], means: { kind: "discover" } };
  const request = readGatewayRequest(op.kind, optsOf(op, context));
  if (typeof request === "string") {
    const failure = { code: "gateway_request_invalid", message: request, body: asJson({ error: request }) };
    return settleStep(op, context, { memo: gatewayErrorMemo(op.kind, failure), failed: true });
  }
  const { stored, credentials } = withholdCredentials(request);
  return {
    effects: [
      {
        kind: "plan_step",
        stepId: op.id,
        itemId: newItemId(),
        op: op.kind,
        name: op.name,
        ...(op.stepType === undefined ? {} : { stepType: op.stepType }),
        race: op.race,
        dueAt: now,
        rank: rankUnderWay(run.queuedAt, run.priorityMs),
        request: storedRequestJson(stored),
        wantsLease: context.hasRoom,
      },
    ],
    means: { kind: "wait" },
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Of a run that repeats another with other arguments for this step: what is changed of its body. */
function optsOf(op: Extract<Op, { kind: "Gateway" | "AIGateway" }>, { run }: OpContext): JsonObject {
  const { stepInput } = run;
  if (op.kind !== "AIGateway" || stepInput?.stepId !== op.id) return op.opts;
  const [changes] = JSON.parse(stepInput.input) as readonly unknown[];
  const { body } = op.opts;
  return isObject(changes) ? { ...op.opts, body: { ...(isObject(body) ? body : {}), ...changes } } : op.opts;
}
