// The lane of a run, and the rules that judge it: from a function's options to what the store counts.

import { type EpochMs, limits, sha1Hex } from "@stepwell/protocol";
import { type Constraint, type LimitRule, laneKeyOf, ruleName } from "@stepwell/store";
import { type FunctionFlow, flowKey } from "./function-flow.ts";

/** A rule with the expression of its key. */
interface KeyedRule {
  readonly rule: LimitRule;
  readonly key: string | undefined;
}

export interface Lane {
  /** `""`: no key tells the function's runs apart. */
  readonly key: string;
  /** Keys that could not be evaluated. */
  readonly warnings: readonly string[];
}

const unlimited: Lane = { key: "", warnings: [] };

/** What the newest configuration of a function limits. */
export function limitRules(flow: FunctionFlow | undefined): readonly LimitRule[] {
  return flow === undefined ? [] : keyedRules(flow).map(({ rule }) => rule);
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
  for (const { rule, key } of keyedRules(flow)) {
    if (key === undefined) continue;
    const { value, problem } = flowKey(flow, key, event, now);
    if (problem !== undefined) warnings.push(`${rule.kind === "throttle" ? "throttle" : "concurrency"}.key: ${problem}`);
    constraints.push([ruleName(rule), value.length > limits.limitKeyLengthMax ? hashOf(value, 40) : value]);
  }
  return constraints.length === 0 ? unlimited : { key: laneKeyOf(constraints), warnings };
}

function keyedRules({ options: { concurrency, throttle } }: FunctionFlow): readonly KeyedRule[] {
  const steps = (concurrency?.step ?? []).map(
    ({ limit, scope, key }) => ({ rule: { kind: "step", scope, key: nameOf(key), limit }, key }) as const,
  );
  const runs = (concurrency?.fn ?? []).map(
    ({ limit, scope, key }) => ({ rule: { kind: "run", scope, key: nameOf(key), limit }, key }) as const,
  );
  if (throttle === undefined) return [...steps, ...runs];
  const { key, ...rate } = throttle;
  return [...steps, ...runs, { rule: { kind: "throttle", scope: "fn", key: nameOf(key), ...rate }, key }];
}

/** Short, and the same for the same expression: a limit that changed is found by it, an expression that changed is not. */
function nameOf(expression: string | undefined): string {
  return expression === undefined ? "" : hashOf(expression, 12);
}

function hashOf(text: string, digits: number): string {
  return sha1Hex(text).slice(0, digits);
}
