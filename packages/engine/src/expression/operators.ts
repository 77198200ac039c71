// Comparison and membership, with the reference's rules for what is missing or null.

import { EvaluationError, Instant, isInstant, isMap, isNumber, isSpan, kindOf, missing, Span, type Value } from "./values.ts";
import type { Work } from "./work.ts";

/** Values of different kinds are unequal, and that is no error. A missing value equals null and nothing else. */
export function areEqual(one: Value, other: Value, work: Work): boolean {
  if (one === missing || other === missing) return one === null || other === null;
  if (one === null || other === null) return one === other;
  if (isNumber(one) && isNumber(other)) return areEqualNumbers(one, other);
  if (isInstant(one) && isInstant(other)) return one.instantMs === other.instantMs;
  if (isSpan(one) && isSpan(other)) return one.spanMs === other.spanMs;
  if (typeof one === "string" && typeof other === "string") return areEqualTexts(one, other, work);
  work.spend(1);
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((member, index) => areEqual(member, other[index], work));
  if (isMap(one) && isMap(other)) return areEqualMaps(one, other, work);
  return one === other;
}

/** Exact also between a whole number beyond 2^53 and one of JSON, which `Number()` would round; NaN equals nothing. */
function areEqualNumbers(one: number | bigint, other: number | bigint): boolean {
  return one <= other && one >= other;
}

function areEqualTexts(one: string, other: string, work: Work): boolean {
  if (one.length !== other.length) return false;
  work.spendText(one.length);
  return one === other;
}

function areEqualMaps(one: Readonly<Record<string, Value>>, other: Readonly<Record<string, Value>>, work: Work): boolean {
  const keys = Object.keys(one);
  work.spend(4 * keys.length);
  return (
    keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && areEqual(one[key], other[key], work))
  );
}

export type Comparison = "<" | "<=" | ">" | ">=";

/** What is missing comes before everything, on the left even before itself; null takes the other side's zero. */
export function compare(operator: Comparison, one: Value, other: Value, work: Work): boolean {
  const wantsLess = operator === "<" || operator === "<=";
  if (one === missing) return wantsLess;
  if (other === missing) return !wantsLess;
  const order = orderOf(one === null ? zeroOf(other) : one, other === null ? zeroOf(one) : other, work);
  if (order === 0) return operator === "<=" || operator === ">=";
  return wantsLess ? order < 0 : order > 0;
}

/** Below, at or above 0; NaN, which every comparison refuses, where a number is none. */
function orderOf(one: Value, other: Value, work: Work): number {
  if (isNumber(one) && isNumber(other)) return one < other ? -1 : one > other ? 1 : areEqualNumbers(one, other) ? 0 : Number.NaN;
  if (typeof one === "string" && typeof other === "string") return orderOfTexts(one, other, work);
  if (typeof one === "boolean" && typeof other === "boolean") return Number(one) - Number(other);
  if (isInstant(one) && isInstant(other)) return Math.sign(one.instantMs - other.instantMs);
  if (isSpan(one) && isSpan(other)) return Math.sign(one.spanMs - other.spanMs);
  throw new EvaluationError(`${kindOf(one)} and ${kindOf(other)} have no order`);
}

/** By code point, as CEL has it. JavaScript's own order puts an emoji before U+FFFD. */
function orderOfTexts(one: string, other: string, work: Work): number {
  const length = Math.min(one.length, other.length);
  work.spend(1 + Math.floor(length / 8));
  for (let index = 0; index < length; index += 1) {
    const difference = (one.codePointAt(index) ?? 0) - (other.codePointAt(index) ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

const epoch = new Instant(0);
const noTime = new Span(0);

/** The zero of the kind that a value is of; two nulls meet as numbers. */
export function zeroOf(value: Value): Value {
  if (typeof value === "string") return "";
  if (typeof value === "boolean") return false;
  if (isInstant(value)) return epoch;
  if (isSpan(value)) return noTime;
  return Array.isArray(value) ? [] : 0;
}

export function isIn(member: Value, container: Value, work: Work): boolean {
  if (member === missing || container === missing || container === null) return false;
  if (Array.isArray(container)) return container.some((each) => isMember(member, each, work));
  if (isMap(container)) return typeof member === "string" && Object.hasOwn(container, member);
  throw new EvaluationError(`"in" needs a list or a map and has ${kindOf(container)}`);
}

function isMember(member: Value, each: Value, work: Work): boolean {
  work.spend(1);
  return areEqual(member, each, work);
}
