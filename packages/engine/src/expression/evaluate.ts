import type { Expression } from "./compile.ts";
import { textOfValue } from "./value-text.ts";
import { isNumber, kindOf, missing, type Value } from "./values.ts";
import { walkTree } from "./walk-tree.ts";
import { Work } from "./work.ts";

export interface EvaluationInput {
  /** Canonical map of the event. */
  readonly event: unknown;
  /** Of the later event; only in waits and cancel rules. */
  readonly async?: unknown;
  /** What a run gave; only in filters of runs. */
  readonly output?: unknown;
  /** Epoch ms, for `now()`. */
  readonly now: number;
}

export type Evaluation<Result> = { readonly kind: "value"; readonly value: Result } | { readonly kind: "error"; readonly message: string };

/** A condition must come out as true or false; what is missing altogether is false. */
export function evaluateCondition(expression: Expression, input: EvaluationInput, work?: Work): Evaluation<boolean> {
  return evaluate(expression, input, conditionOf, work);
}

function conditionOf(value: Value): Evaluation<boolean> {
  if (value === missing) return { kind: "value", value: false };
  if (typeof value === "boolean") return { kind: "value", value };
  return { kind: "error", message: `the condition came out as ${shown(value)} and not as true or false` };
}

/**
 * A key is text, whatever it came out as. `missing`: the path led nowhere (and the key is the text "false"), or the value
 * is null or false, which say as little about what the key stands for.
 */
export function evaluateKey(
  expression: Expression,
  input: EvaluationInput,
): Evaluation<{ readonly text: string; readonly missing: boolean }> {
  return evaluate(expression, input, (value, work) => {
    return { kind: "value", value: { text: textOfValue(value, work), missing: value === missing || value === null || value === false } };
  });
}

/** A finite number, e.g. a priority. */
export function evaluateNumber(expression: Expression, input: EvaluationInput): Evaluation<number> {
  return evaluate(expression, input, (value) => {
    if (isNumber(value) && Number.isFinite(Number(value))) return { kind: "value", value: Number(value) };
    return { kind: "error", message: `the expression came out as ${shown(value)} and not as a number` };
  });
}

/** Nothing thrown leaves here: our own errors say what is wrong, and a stack that was too small is the expression's fault too. */
function evaluate<Result>(
  expression: Expression,
  input: EvaluationInput,
  read: (value: Value, work: Work) => Evaluation<Result>,
  work = new Work(),
): Evaluation<Result> {
  const context = { now: input.now, work, patterns: expression.patterns };
  const async = { name: "async", value: input.async === undefined ? missing : input.async, outer: undefined };
  const output = input.output === undefined ? async : { name: "output", value: input.output, outer: async };
  const scope = { name: "event", value: input.event === undefined ? missing : input.event, outer: output };
  try {
    return read(walkTree(expression.root, scope, context), work);
  } catch (error) {
    return { kind: "error", message: error instanceof Error ? error.message : String(error) };
  }
}

function shown(value: Value): string {
  if (typeof value === "string") return `"${value.slice(0, 80)}"`;
  return isNumber(value) ? String(value) : kindOf(value);
}
