import { type EpochMs, epochMs, limits } from "@stepwell/protocol";
import type { StartGates } from "@stepwell/store";
import { type FunctionFlow, flowKey } from "./function-flow.ts";
import type { GateDecision } from "./gate-decision.ts";

/** An event whose key leads nowhere is no repeat of another. */
export function decideIdempotency(flow: FunctionFlow, event: () => unknown, now: EpochMs): GateDecision<StartGates["idempotency"]> {
  const { idempotency, idempotencyWindowMs = limits.dedupeWindowMs } = flow.options;
  if (idempotency === undefined) return { gate: undefined };
  const { value, isMissing, problem } = flowKey(flow, idempotency, event, now);
  if (isMissing) return { gate: undefined, ...(problem === undefined ? {} : { warning: `idempotency: ${problem}` }) };
  // Beside the senders' event ids and the keys of invokes, which have a beginning of their own.
  return { gate: { key: `key ${value}`, expiresAt: epochMs(now + idempotencyWindowMs) } };
}
