// Sums and the like. Whole numbers stay whole among themselves; beside a number of JSON, which may have a fraction,
// they do not.

import { zeroOf } from "./operators.ts";
import { EvaluationError, Instant, isInstant, isNumber, isSpan, kindOf, missing, Span, type Value } from "./values.ts";
import type { Work } from "./work.ts";

export function add(one: Value, other: Value, work: Work): Value {
  if (one === missing) return other === missing ? false : other;
  if (other === missing) return one;
  if (one === null || other === null) return addToNull(one, other, work);
  if (isNumber(one) && isNumber(other)) return numbers("+", one, other);
  if (typeof one === "string" && (typeof other === "string" || isNumber(other))) return joined(one, String(other), work);
  if (isNumber(one) && typeof other === "string") return joined(String(one), other, work);
  if (Array.isArray(one) && Array.isArray(other)) {
    work.spend(one.length + other.length);
    return [...one, ...other];
  }
  if (isInstant(one) && isSpan(other)) return new Instant(one.instantMs + other.spanMs);
  if (isSpan(one) && isInstant(other)) return new Instant(one.spanMs + other.instantMs);
  if (isSpan(one) && isSpan(other)) return new Span(one.spanMs + other.spanMs);
  throw new EvaluationError(`${kindOf(one)} and ${kindOf(other)} cannot be added`);
}

function addToNull(one: Value, other: Value, work: Work): Value {
  const known = one ?? other;
  // The sum of two timestamps is none, and a null beside one can only be a duration of nothing.
  if (isInstant(known) || known === null) return known;
  return one === null ? add(zeroOf(other), other, work) : add(one, zeroOf(one), work);
}

function joined(one: string, other: string, work: Work): string {
  work.spendText(one.length + other.length);
  return one + other;
}

export function subtract(one: Value, other: Value): Value {
  if (isInstant(one) && isInstant(other)) return new Span(one.instantMs - other.instantMs);
  if (isInstant(one) && isSpan(other)) return new Instant(one.instantMs - other.spanMs);
  if (isSpan(one) && isSpan(other)) return new Span(one.spanMs - other.spanMs);
  return numbers("-", one, other);
}

export function negate(value: Value): Value {
  if (isSpan(value)) return new Span(-value.spanMs);
  return typeof value === "number" ? -value : numbers("-", 0n, value);
}

export type Arithmetic = "+" | "-" | "*" | "/" | "%";

/** Two numbers, or null in the place of one. */
export function numbers(operator: Arithmetic, one: Value, other: Value): Value {
  const [a, b] = [one === null ? 0n : one, other === null ? 0n : other];
  if (!isNumber(a) || !isNumber(b))
    throw new EvaluationError(`"${operator}" needs two numbers and has ${kindOf(one)} and ${kindOf(other)}`);
  return typeof a === "bigint" && typeof b === "bigint" ? whole(operator, a, b) : floating(operator, Number(a), Number(b));
}

function floating(operator: Arithmetic, a: number, b: number): number {
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

function whole(operator: Arithmetic, a: bigint, b: bigint): bigint {
  switch (operator) {
    case "+":
      return inRange(a + b);
    case "-":
      return inRange(a - b);
    case "*":
      return inRange(a * b);
    case "/":
    case "%":
      if (b === 0n) throw new EvaluationError("division by zero");
      return inRange(operator === "/" ? a / b : a % b);
    default:
      return operator satisfies never;
  }
}

/** Whole numbers have 64 bits; beyond them there is an error and no other number. */
export function inRange(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new EvaluationError("a whole number has more than 64 bits");
  return value;
}
