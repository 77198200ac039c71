import type { EpochMs } from "@stepwell/protocol";
import type { StartGates } from "@stepwell/store";
import { type FunctionFlow, flowKey } from "./function-flow.ts";
import type { GateDecision } from "./gate-decision.ts";

/** Runs whose key leads nowhere exclude nobody. */
export function decideSingleton(flow: FunctionFlow, event: () => unknown, now: EpochMs): GateDecision<StartGates["singleton"]> {
  const { singleton } = flow.options;
  if (singleton === undefined) return { gate: undefined };
  const { value, isMissing, problem } = flowKey(flow, singleton.key, event, now);
  if (isMissing) return { gate: undefined, ...(problem === undefined ? {} : { warning: `singleton: ${problem}` }) };
  return { gate: { key: value, mode: singleton.mode } };
}
