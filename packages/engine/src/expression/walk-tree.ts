// Computes the value of a tree. The parser is a library's; the walk is ours, because missing paths, null and mixed kinds
// follow the reference's table, and CEL itself would refuse most of them.

import type { ASTNode } from "@marcbachmann/cel-js";
import { add, negate, numbers, subtract } from "./arithmetic.ts";
import { typeNames } from "./conversions.ts";
import { type FunctionContext, functionsOfMissing, globalFunctions, methods } from "./functions.ts";
import { isLoopName, type LoopName, runLoop } from "./loops.ts";
import { areEqual, compare, isIn } from "./operators.ts";
import { textOfValue } from "./value-text.ts";
import { EvaluationError, isMap, isNumber, isTrue, missing, type Value } from "./values.ts";

/** A name and what it stands for; the names of loops within loops form a chain. */
export interface Scope {
  readonly name: string;
  readonly value: Value;
  readonly outer: Scope | undefined;
}

/** @throws EvaluationError, or what `Work` throws when it is used up; a RangeError where the tree is too deep for the stack. */
export function walkTree(node: ASTNode, scope: Scope, context: FunctionContext): Value {
  context.work.spend(1);
  const walk = (each: ASTNode): Value => walkTree(each, scope, context);
  switch (node.op) {
    case "value":
      return literal(node.args);
    case "id":
      return lookUp(node.args, scope);
    case ".":
    case ".?":
      return member(walk(node.args[0]), node.args[1]);
    case "[]":
    case "[?]":
      return element(walk(node.args[0]), walk(node.args[1]));
    case "list":
      return node.args.map(walk);
    case "map":
      return Object.fromEntries(node.args.map(([key, value]) => [textOfValue(walk(key), context.work), walk(value)]));
    case "call":
      return call(node.args[0], node.args[1], scope, context);
    case "rcall":
      return callMethod(node.args[0], walk(node.args[1]), node.args[2], scope, context);
    case "?:":
      return walk(isTrue(walk(node.args[0])) ? node.args[1] : node.args[2]);
    case "!_":
      return !isTrue(walk(node.args));
    case "-_":
      return negate(walk(node.args));
    case "||":
    case "&&":
      return combine(node.op, node.args, walk, context);
    default:
      return binary(node.op, walk(node.args[0]), walk(node.args[1]), context);
  }
}

type BinaryOperator = "==" | "!=" | "in" | "+" | "-" | "*" | "/" | "%" | "<" | "<=" | ">" | ">=";

function binary(operator: BinaryOperator, one: Value, other: Value, { work }: FunctionContext): Value {
  switch (operator) {
    case "==":
      return areEqual(one, other, work);
    case "!=":
      return !areEqual(one, other, work);
    case "in":
      return isIn(one, other, work);
    case "+":
      return add(one, other, work);
    case "-":
      return subtract(one, other);
    case "*":
    case "/":
    case "%":
      return numbers(operator, one, other);
    default:
      return compare(operator, one, other, work);
  }
}

/** One side may fail when the other decides alone. What comes out is the side that decided, as in JavaScript. */
function combine(
  operator: "||" | "&&",
  [left, right]: readonly [ASTNode, ASTNode],
  walk: (node: ASTNode) => Value,
  { work }: FunctionContext,
): Value {
  const decides = (value: Value): boolean => isTrue(value) === (operator === "||");
  const operand = (value: Value): Value => (value === missing ? false : value);
  let one: Value;
  try {
    one = walk(left);
  } catch (error) {
    work.forgive(error);
    const other = walk(right);
    if (decides(other)) return operand(other);
    throw error;
  }
  return operand(decides(one) ? one : walk(right));
}

function literal(value: unknown): Value {
  // A literal such as 5u is an object of the parser's.
  return typeof value === "object" && value !== null && "value" in value ? BigInt(String(value.value)) : value;
}

function lookUp(name: string, scope: Scope): Value {
  for (let each: Scope | undefined = scope; each !== undefined; each = each.outer) if (each.name === name) return each.value;
  return typeNames.has(name) ? name : missing;
}

function member(subject: Value, name: string): Value {
  if (!isMap(subject) || !Object.hasOwn(subject, name)) return missing;
  return present(subject[name]);
}

function element(subject: Value, index: Value): Value {
  if (Array.isArray(subject) && isNumber(index)) return present(subject[Number(index)]);
  return typeof index === "string" ? member(subject, index) : missing;
}

/** JSON has no undefined; where an object of the host's has one, nothing is there. */
function present(value: unknown): Value {
  return value === undefined ? missing : value;
}

function call(name: string, args: readonly ASTNode[], scope: Scope, context: FunctionContext): Value {
  const [path] = args;
  if (name === "has") return path !== undefined && walkTree(path, scope, context) !== missing;
  const implementation = globalFunctions.get(name);
  if (implementation === undefined) throw new EvaluationError(`there is no function "${name}"`);
  const values = args.map((each) => walkTree(each, scope, context));
  return values.includes(missing) && !functionsOfMissing.has(name) ? false : implementation.call(values, context);
}

function callMethod(name: string, subject: Value, args: readonly ASTNode[], scope: Scope, context: FunctionContext): Value {
  if (subject === missing) return name === "size" ? 0n : false;
  if (isLoopName(name)) return callLoop(name, subject, args, scope, context);
  const implementation = methods.get(name);
  if (implementation === undefined) throw new EvaluationError(`there is no method "${name}"`);
  const values = [subject, ...args.map((each) => walkTree(each, scope, context))];
  return values.includes(missing) ? false : implementation.call(values, context);
}

function callLoop(name: LoopName, subject: Value, args: readonly ASTNode[], scope: Scope, context: FunctionContext): Value {
  const [variable, body, projection] = args;
  if (variable?.op !== "id" || body === undefined) throw new EvaluationError(`"${name}" needs a name and an expression`);
  const evaluate = (node: ASTNode, value: Value): Value => walkTree(node, { name: variable.args, value, outer: scope }, context);
  return runLoop({ name, body, projection, evaluate }, subject, context.work);
}
