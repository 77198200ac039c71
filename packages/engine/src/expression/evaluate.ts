// Evaluates a compiled expression by walking its tree. The parser is a library's; the walk is ours, because missing
// paths, null and mixed kinds follow the reference's table, and CEL itself would refuse most of them.

import type { ASTNode } from "@marcbachmann/cel-js";
import type { Expression } from "./compile.ts";
import { type FunctionContext, globalFunctions, methods } from "./functions.ts";
import { add, areEqual, compare, isIn, numbers, subtract } from "./operators.ts";
import { EvaluationError, isMap, isNumber, isTrue, missing, textOfValue, type Value } from "./values.ts";

export interface EvaluationInput {
  /** Canonical map of the event. */
  readonly event: unknown;
  /** Of the later event; only in waits and cancel rules. */
  readonly async?: unknown;
  /** Epoch ms, for `now()`. */
  readonly now: number;
}

export type Evaluation<Result> = { readonly kind: "value"; readonly value: Result } | { readonly kind: "error"; readonly message: string };

/** A condition must come out as true or false; what is missing altogether is false. */
export function evaluateCondition(expression: Expression, input: EvaluationInput): Evaluation<boolean> {
  const result = evaluate(expression, input);
  if (result.kind === "error") return result;
  if (result.value === missing) return { kind: "value", value: false };
  if (typeof result.value === "boolean") return { kind: "value", value: result.value };
  return { kind: "error", message: `the condition came out as ${textOfValue(result.value).slice(0, 80)} and not as true or false` };
}

/** A key is text, whatever it came out as. `missing`: the path led nowhere, and the key is the text "false". */
export function evaluateKey(
  expression: Expression,
  input: EvaluationInput,
): Evaluation<{ readonly text: string; readonly missing: boolean }> {
  const result = evaluate(expression, input);
  if (result.kind === "error") return result;
  return {
    kind: "value",
    value: { text: textOfValue(result.value), missing: result.value === missing || result.value === null || result.value === false },
  };
}

/** A finite number, e.g. a priority. */
export function evaluateNumber(expression: Expression, input: EvaluationInput): Evaluation<number> {
  const result = evaluate(expression, input);
  if (result.kind === "error") return result;
  if (isNumber(result.value) && Number.isFinite(Number(result.value))) return { kind: "value", value: Number(result.value) };
  return { kind: "error", message: `the expression came out as ${textOfValue(result.value).slice(0, 80)} and not as a number` };
}

function evaluate(expression: Expression, input: EvaluationInput): Evaluation<Value> {
  const scope: Scope = {
    names: new Map([
      ["event", input.event],
      ["async", input.async ?? missing],
    ]),
    context: { now: input.now },
  };
  try {
    return { kind: "value", value: walk(expression.root, scope) };
  } catch (error) {
    // Our own errors say what is wrong; anything else (a stack too deep, a number too large) is this expression's too.
    return { kind: "error", message: error instanceof Error ? error.message : String(error) };
  }
}

interface Scope {
  readonly names: ReadonlyMap<string, Value>;
  readonly context: FunctionContext;
}

function walk(node: ASTNode, scope: Scope): Value {
  switch (node.op) {
    case "value":
      return literal(node.args);
    case "id":
      return scope.names.has(node.args) ? scope.names.get(node.args) : missing;
    case ".":
    case ".?":
      return member(walk(node.args[0], scope), node.args[1]);
    case "[]":
    case "[?]":
      return element(walk(node.args[0], scope), walk(node.args[1], scope));
    case "list":
      return node.args.map((each) => walk(each, scope));
    case "map":
      return Object.fromEntries(node.args.map(([key, value]) => [textOfValue(walk(key, scope)), walk(value, scope)]));
    case "call":
      return call(node.args[0], node.args[1], scope);
    case "rcall":
      return callMethod(node.args[0], node.args[1], node.args[2], scope);
    case "?:":
      return walk(isTrue(walk(node.args[0], scope)) ? node.args[1] : node.args[2], scope);
    case "!_":
      return !isTrue(walk(node.args, scope));
    case "-_":
      return numbers("-", 0n, walk(node.args, scope));
    case "||":
    case "&&":
      return combine(node.op, node.args[0], node.args[1], scope);
    default:
      return binary(node.op, walk(node.args[0], scope), walk(node.args[1], scope));
  }
}

function binary(operator: "==" | "!=" | "in" | "+" | "-" | "*" | "/" | "%" | "<" | "<=" | ">" | ">=", one: Value, other: Value): Value {
  switch (operator) {
    case "==":
      return areEqual(one, other);
    case "!=":
      return !areEqual(one, other);
    case "in":
      return isIn(one, other);
    case "+":
      return add(one, other);
    case "-":
      return subtract(one, other);
    case "*":
    case "/":
    case "%":
      return numbers(operator, one, other);
    default:
      return compare(operator, one, other);
  }
}

/** One side may fail when the other decides alone. What comes out is the side that decided, as in JavaScript. */
function combine(operator: "||" | "&&", left: ASTNode, right: ASTNode, scope: Scope): Value {
  const decides = (value: Value): boolean => isTrue(value) === (operator === "||");
  let one: Value;
  try {
    one = walk(left, scope);
  } catch (error) {
    const other = walk(right, scope);
    if (decides(other)) return other;
    throw error;
  }
  if (decides(one)) return one;
  const other = walk(right, scope);
  return other === missing ? false : other;
}

function literal(value: unknown): Value {
  if (typeof value === "object" && value !== null && "value" in value) return BigInt(String(value.value));
  return value;
}

function member(subject: Value, name: string): Value {
  return isMap(subject) && Object.hasOwn(subject, name) ? subject[name] : missing;
}

function element(subject: Value, index: Value): Value {
  if (Array.isArray(subject) && isNumber(index)) return subject[Number(index)] ?? missing;
  return typeof index === "string" ? member(subject, index) : missing;
}

function call(name: string, args: readonly ASTNode[], scope: Scope): Value {
  if (name === "has") return args[0] !== undefined && walk(args[0], scope) !== missing;
  const implementation = globalFunctions[name];
  if (implementation === undefined) throw new EvaluationError(`there is no function "${name}"`);
  const values = args.map((each) => walk(each, scope));
  if (values[0] === missing && name !== "size" && name !== "string" && name !== "dyn" && name !== "type") return false;
  return implementation(values, scope.context);
}

function callMethod(name: string, subjectNode: ASTNode, args: readonly ASTNode[], scope: Scope): Value {
  const subject = walk(subjectNode, scope);
  if (subject === missing) return name === "size" ? 0n : false;
  const [variable, body, projection] = args;
  if (variable?.op === "id" && body !== undefined && isComprehension(name))
    return comprehend(name, membersOf(subject), { variable: variable.args, body, projection }, scope);
  const implementation = methods[name];
  if (implementation === undefined) throw new EvaluationError(`there is no method "${name}"`);
  return implementation(
    subject,
    args.map((each) => walk(each, scope)),
  );
}

type Comprehension = "all" | "exists" | "exists_one" | "map" | "filter";

function isComprehension(name: string): name is Comprehension {
  return name === "all" || name === "exists" || name === "exists_one" || name === "map" || name === "filter";
}

function membersOf(subject: Value): readonly Value[] {
  if (Array.isArray(subject)) return subject;
  if (isMap(subject)) return Object.keys(subject);
  throw new EvaluationError("only lists and maps have members");
}

interface Loop {
  readonly variable: string;
  readonly body: ASTNode;
  /** Of `map` with a condition: what is made of each member. */
  readonly projection: ASTNode | undefined;
}

function comprehend(name: Comprehension, members: readonly Value[], loop: Loop, scope: Scope): Value {
  const within = (value: Value, node: ASTNode): Value => walk(node, { ...scope, names: new Map(scope.names).set(loop.variable, value) });
  const holds = (value: Value): boolean => isTrue(within(value, loop.body));
  const { projection } = loop;
  switch (name) {
    case "all":
      return members.every(holds);
    case "exists":
      return members.some(holds);
    case "exists_one":
      return members.filter(holds).length === 1;
    case "filter":
      return members.filter(holds);
    case "map":
      return projection === undefined
        ? members.map((value) => within(value, loop.body))
        : members.filter(holds).map((value) => within(value, projection));
    default:
      return name satisfies never;
  }
}
