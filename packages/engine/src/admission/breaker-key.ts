import type { EpochMs } from "@stepwell/protocol";
import { type FunctionFlow, flowKey } from "./function-flow.ts";

/**
 * Which of a function's breakers counts a call: the value of its key for the run's event. `undefined`: it has one for all.
 *
 * @param event - Canonical map of the event.
 */
export function breakerValue(flow: FunctionFlow | undefined, event: () => unknown, now: EpochMs): string | undefined {
  const source = flow?.options.circuitBreaker?.key;
  if (flow === undefined || source === undefined) return undefined;
  return flowKey(flow, source, event, now).value;
}
