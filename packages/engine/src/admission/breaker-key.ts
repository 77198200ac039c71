import type { EpochMs } from "@stepwell/protocol";
import { type FlowKey, type FunctionFlow, flowKey } from "./function-flow.ts";

/**
 * Which of a function's breakers counts a call: its key for the run's event. `undefined`: it has one for all.
 *
 * @param event - Canonical map of the event.
 */
export function breakerKey(flow: FunctionFlow | undefined, event: () => unknown, now: EpochMs): FlowKey | undefined {
  const source = flow?.options.circuitBreaker?.key;
  return flow === undefined || source === undefined ? undefined : flowKey(flow, source, event, now);
}
