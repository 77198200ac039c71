// The lane of a run, and the rules that judge it: from a function's options to what the store counts.

import type { EpochMs } from "@stepwell/protocol";
import { breakerConstraint, type Constraint, type FunctionLimits, type FunctionRecord, laneKeyOf } from "@stepwell/store";
import { breakerKey } from "./breaker-key.ts";
import { type FunctionFlow, flowKey } from "./function-flow.ts";
import { keyedRules } from "./keyed-rules.ts";

export interface Lane {
  /** `""`: no key tells the function's runs apart. */
  readonly key: string;
  /** Keys that could not be evaluated. */
  readonly warnings: readonly string[];
}

const unlimited: Lane = { key: "", warnings: [] };

/** What the newest configuration of a function limits. */
export function functionLimits({ id, config }: FunctionRecord): FunctionLimits {
  return { functionId: id, rules: keyedRules(config.options).map(({ rule }) => rule) };
}

/**
 * The lane of a run that an event starts: its keys are evaluated now and never again.
 *
 * @param event - Canonical map of the event.
 */
export function laneOf(flow: FunctionFlow | undefined, event: () => unknown, now: EpochMs): Lane {
  if (flow === undefined) return unlimited;
  const warnings: string[] = [];
  const constraints: Constraint[] = [];
  for (const { rule, name, key } of flow.rules) {
    if (key === undefined) continue;
    const { value, problem } = flowKey(flow, key, event, now);
    if (problem !== undefined) warnings.push(`${rule.kind === "throttle" ? "throttle" : "concurrency"}.key: ${problem}`);
    constraints.push([name, value]);
  }
  const breaker = breakerKey(flow, event, now);
  if (breaker?.problem !== undefined) warnings.push(`circuitBreaker.key: ${breaker.problem}`);
  if (breaker !== undefined) constraints.push(breakerConstraint(breaker.value));
  return constraints.length === 0 ? unlimited : { key: laneKeyOf(constraints), warnings };
}
