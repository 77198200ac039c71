import type { EpochMs } from "@stepwell/protocol";
import type { Rate, StartGates } from "@stepwell/store";
import { type FunctionFlow, flowKey } from "./function-flow.ts";
import type { GateDecision } from "./gate-decision.ts";

/** Events whose key leads nowhere share one rate. */
export function decideRateLimit(flow: FunctionFlow, event: () => unknown, now: EpochMs): GateDecision<StartGates["rateLimit"]> {
  const { rateLimit } = flow.options;
  if (rateLimit === undefined) return { gate: undefined };
  const { value, problem } = flowKey(flow, rateLimit.key, event, now);
  return { gate: { key: value, rate: rateOf(rateLimit) }, ...(problem === undefined ? {} : { warning: `rateLimit: ${problem}` }) };
}

/** The limit at once from idle, and then one for each part of the period; smoothed, a tenth of it at once. */
function rateOf({ limit, periodMs, smoothing }: NonNullable<FunctionFlow["options"]["rateLimit"]>): Rate {
  return { limit, periodMs, burst: smoothing === true ? Math.floor(limit / 10) + 1 : limit };
}
