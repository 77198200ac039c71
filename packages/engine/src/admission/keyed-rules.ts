import { type FlowOptions, sha1Hex } from "@stepwell/protocol";
import { type LimitRule, ruleName } from "@stepwell/store";

/** A limit of a function's calls, with the expression of its key. */
export interface KeyedRule {
  readonly rule: LimitRule;
  /** As constraints name it. */
  readonly name: string;
  readonly key: string | undefined;
}

export function keyedRules({ concurrency, throttle }: FlowOptions): readonly KeyedRule[] {
  const rules: (readonly [LimitRule, key: string | undefined])[] = [];
  for (const { limit, scope, key } of concurrency?.step ?? []) rules.push([{ kind: "step", scope, key: nameOf(key), limit }, key]);
  for (const { limit, scope, key } of concurrency?.fn ?? []) rules.push([{ kind: "run", scope, key: nameOf(key), limit }, key]);
  if (throttle !== undefined) {
    const { key, ...rate } = throttle;
    rules.push([{ kind: "throttle", scope: "fn", key: nameOf(key), ...rate }, key]);
  }
  return rules.map(([rule, key]) => ({ rule, key, name: ruleName(rule) }));
}

/** Short, and the same for the same expression: a limit that changed is found by it, an expression that changed is not. */
function nameOf(expression: string | undefined): string {
  return expression === undefined ? "" : sha1Hex(expression).slice(0, 12);
}
