import {
  asJson,
  gatewayErrorMemo,
  type ItemId,
  type Op,
  readGatewayRequest,
  storedRequestJson,
  withholdCredentials,
} from "@stepwell/protocol";
import { rankUnderWay } from "@stepwell/store";
import { unlimitedLane } from "../queue/lane-of.ts";
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
  const request = readGatewayRequest(op.kind, op.opts);
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
        rank: rankUnderWay(run.queuedAt),
        laneKey: unlimitedLane,
        functionId: run.entry.record.id,
        request: storedRequestJson(stored),
        wantsLease: context.hasRoom,
      },
    ],
    means: { kind: "wait" },
    ...(credentials === undefined ? {} : { credentials }),
  };
}
