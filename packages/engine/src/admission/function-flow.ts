// The options of a function that gate its runs, with every expression ready to be evaluated.

import type { EpochMs, FlowOptions, FunctionConfig } from "@stepwell/protocol";
import { compileExpression, type Expression, laterEvent } from "../expression/compile.ts";
import { evaluateKey } from "../expression/evaluate.ts";
import { boundedKey } from "./bounded-key.ts";
import { type KeyedRule, keyedRules } from "./keyed-rules.ts";

/** Absent from a function that nothing gates: its events and its calls pass without a look. */
export interface FunctionFlow {
  readonly options: FlowOptions;
  /** What limits its calls, in the order in which it is asked. */
  readonly rules: readonly KeyedRule[];
  /** By their source. */
  readonly expressions: ReadonlyMap<string, Expression>;
}

/** What a key came out as, once for each run. */
export interface FlowKey {
  readonly value: string;
  /** Missing, null or false: options that exclude do not apply, options that pace share the key `false`. */
  readonly isMissing: boolean;
  /** Why the expression failed; it counts as missing then. */
  readonly problem?: string;
}

export function compileFlow({ options }: FunctionConfig): FunctionFlow | undefined {
  const { batchEvents, rateLimit, throttle, debounce, priority, concurrency, singleton, idempotency, circuitBreaker } = options;
  const limits = [...(concurrency?.step ?? []), ...(concurrency?.fn ?? [])];
  const gates = [batchEvents, rateLimit, throttle, debounce, priority, singleton, idempotency, circuitBreaker];
  if (limits.length === 0 && gates.every((gate) => gate === undefined)) return undefined;
  const keyed = [...limits, batchEvents, rateLimit, throttle, debounce, singleton, circuitBreaker].map((option) => option?.key);
  const sources = [...keyed, batchEvents?.if, priority?.run, idempotency];
  const expressions = new Map<string, Expression>();
  for (const source of sources) if (source !== undefined) expressions.set(source, compiledOf(source));
  return { options, rules: keyedRules(options), expressions };
}

/** Checked at the sync, so one that does not compile is a mistake. */
function compiledOf(source: string): Expression {
  // Databases may hold one that the sync would refuse now for speaking of "async"; the server starts all the same.
  const compiled = compileExpression(source, laterEvent);
  if (compiled.kind === "invalid") throw new Error(`a stored expression does not compile: ${compiled.message}`);
  return compiled.expression;
}

export function expressionOf(flow: FunctionFlow, source: string): Expression {
  const expression = flow.expressions.get(source);
  if (expression === undefined) throw new Error("the expression is not one of the function's");
  return expression;
}

/**
 * The value of a key for one event. Without a key, one value for all events of the function.
 *
 * @param event - Canonical map of the event.
 */
export function flowKey(flow: FunctionFlow, source: string | undefined, event: () => unknown, now: EpochMs): FlowKey {
  if (source === undefined) return { value: "", isMissing: false };
  const result = evaluateKey(expressionOf(flow, source), { event: event(), now });
  if (result.kind === "error") return { value: "false", isMissing: true, problem: result.message };
  const { text, missing } = result.value;
  return missing ? { value: "false", isMissing: true } : { value: boundedKey(text), isMissing: false };
}
