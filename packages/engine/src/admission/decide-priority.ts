import { type EpochMs, limits } from "@stepwell/protocol";
import { evaluateNumber } from "../expression/evaluate.ts";
import { expressionOf, type FunctionFlow } from "./function-flow.ts";
import type { GateDecision } from "./gate-decision.ts";

const { prioritySecondsMax: max } = limits;

/**
 * By how much the run stands earlier in its lane than its age says, in ms. It moves a run before others that wait, and never
 * the moment at which one may begin: with nothing before it a run of low priority begins at once.
 */
export function decidePriority(flow: FunctionFlow, event: () => unknown, now: EpochMs): GateDecision<number> {
  const { priority } = flow.options;
  if (priority === undefined) return { gate: 0 };
  const result = evaluateNumber(expressionOf(flow, priority.run), { event: event(), now });
  if (result.kind === "error") return { gate: 0, warning: `priority: ${result.message}` };
  return { gate: Math.min(max, Math.max(-max, Math.round(result.value))) * 1_000 };
}
