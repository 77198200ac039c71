// Comparison and arithmetic, with the reference's rules for what is missing or null.

import { EvaluationError, isInstant, isMap, isNumber, isSpan, missing, type Value } from "./values.ts";

/** Values of different kinds are unequal, and that is no error. A missing value equals null and nothing else. */
export function areEqual(one: Value, other: Value): boolean {
  if (one === missing || other === missing) return one === null || other === null;
  if (one === null || other === null) return one === other;
  if (isNumber(one) && isNumber(other)) return Number(one) === Number(other);
  if (isInstant(one) && isInstant(other)) return one.instantMs === other.instantMs;
  if (isSpan(one) && isSpan(other)) return one.spanMs === other.spanMs;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((member, index) => areEqual(member, other[index]));
  if (isMap(one) && isMap(other)) return areEqualMaps(one, other);
  return one === other;
}

function areEqualMaps(one: Readonly<Record<string, Value>>, other: Readonly<Record<string, Value>>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && areEqual(one[key], other[key]));
}

export type Comparison = "<" | "<=" | ">" | ">=";

/** What is missing comes before everything; null takes the other side's zero. */
export function compare(operator: Comparison, one: Value, other: Value): boolean {
  const wantsLess = operator === "<" || operator === "<=";
  if (one === missing) return wantsLess;
  if (other === missing) return !wantsLess;
  const order = orderOf(one === null ? zeroOf(other) : one, other === null ? zeroOf(one) : other);
  if (order === 0) return operator === "<=" || operator === ">=";
  return wantsLess ? order < 0 : order > 0;
}

function orderOf(one: Value, other: Value): number {
  if (isNumber(one) && isNumber(other)) return one < other ? -1 : one > other ? 1 : 0;
  if (typeof one === "string" && typeof other === "string") return one < other ? -1 : one > other ? 1 : 0;
  if (typeof one === "boolean" && typeof other === "boolean") return Number(one) - Number(other);
  if (isInstant(one) && isInstant(other)) return Math.sign(one.instantMs - other.instantMs);
  if (isSpan(one) && isSpan(other)) return Math.sign(one.spanMs - other.spanMs);
  throw new EvaluationError(`${kindOf(one)} and ${kindOf(other)} have no order`);
}

function zeroOf(value: Value): Value {
  if (isNumber(value)) return 0;
  if (typeof value === "string") return "";
  if (typeof value === "boolean") return false;
  if (isInstant(value)) return { instantMs: 0 };
  if (isSpan(value)) return { spanMs: 0 };
  return 0;
}

export function add(one: Value, other: Value): Value {
  if (one === missing) return other === missing ? false : other;
  if (other === missing) return one;
  if (isNumber(one) && isNumber(other)) return arithmetic("+", one, other);
  if (typeof one === "string" && (typeof other === "string" || isNumber(other))) return one + String(other);
  if (isNumber(one) && typeof other === "string") return String(one) + other;
  if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other];
  if (isInstant(one) && isSpan(other)) return { instantMs: one.instantMs + other.spanMs };
  if (isSpan(one) && isInstant(other)) return { instantMs: one.spanMs + other.instantMs };
  if (isSpan(one) && isSpan(other)) return { spanMs: one.spanMs + other.spanMs };
  throw new EvaluationError(`${kindOf(one)} and ${kindOf(other)} cannot be added`);
}

export function subtract(one: Value, other: Value): Value {
  if (isInstant(one) && isInstant(other)) return { spanMs: one.instantMs - other.instantMs };
  if (isInstant(one) && isSpan(other)) return { instantMs: one.instantMs - other.spanMs };
  if (isSpan(one) && isSpan(other)) return { spanMs: one.spanMs - other.spanMs };
  return numbers("-", one, other);
}

export type Arithmetic = "+" | "-" | "*" | "/" | "%";

/** Whole numbers stay whole among themselves; beside a number of JSON, which may have a fraction, they do not. */
export function numbers(operator: Arithmetic, one: Value, other: Value): Value {
  if (!isNumber(one) || !isNumber(other))
    throw new EvaluationError(`"${operator}" needs two numbers and has ${kindOf(one)} and ${kindOf(other)}`);
  return arithmetic(operator, one, other);
}

function arithmetic(operator: Arithmetic, one: number | bigint, other: number | bigint): number | bigint {
  if (typeof one === "bigint" && typeof other === "bigint") return whole(operator, one, other);
  const [a, b] = [Number(one), Number(other)];
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    default:
      return operator satisfies never;
  }
}

function whole(operator: Arithmetic, one: bigint, other: bigint): bigint {
  if (other === 0n && (operator === "/" || operator === "%")) throw new EvaluationError("division by zero");
  const results = {
    "+": () => one + other,
    "-": () => one - other,
    "*": () => one * other,
    "/": () => one / other,
    "%": () => one % other,
  };
  return BigInt.asIntN(64, results[operator]());
}

export function isIn(member: Value, container: Value): boolean {
  if (member === missing || container === missing || container === null) return false;
  if (Array.isArray(container)) return container.some((each) => areEqual(member, each));
  if (isMap(container)) return typeof member === "string" && Object.hasOwn(container, member);
  throw new EvaluationError(`"in" needs a list or a map and has ${kindOf(container)}`);
}

export function kindOf(value: Value): string {
  if (value === missing) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isInstant(value)) return "a timestamp";
  if (isSpan(value)) return "a duration";
  if (isNumber(value)) return "a number";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
