// The functions of expressions: CEL's own, and those the reference adds.

import { parseDate, parseDuration } from "@stepwell/protocol";
import { kindOf } from "./operators.ts";
import { EvaluationError, isInstant, isMap, isNumber, isSpan, missing, textOfValue, type Value } from "./values.ts";

export interface FunctionContext {
  readonly now: number;
}

type GlobalFunction = (args: readonly Value[], context: FunctionContext) => Value;

export const globalFunctions: Readonly<Record<string, GlobalFunction>> = {
  size: ([value]) => sizeOf(value),
  int: ([value]) => toInt(value),
  uint: ([value]) => toInt(value),
  double: ([value]) => toDouble(value),
  string: ([value]) => (value === missing ? "" : textOfValue(value)),
  bool: ([value]) => value === true || value === "true",
  dyn: ([value]) => value,
  type: ([value]) => kindOf(value),
  duration: ([value]) => toSpan(value),
  timestamp: ([value]) => toInstant(value),
  date: ([value]) => toInstant(value),
  lowercase: ([value]) => textArgument("lowercase", value).toLowerCase(),
  uppercase: ([value]) => textArgument("uppercase", value).toUpperCase(),
  b64decode: ([value]) => decodeBase64(textArgument("b64decode", value)),
  json_parse: ([value]) => parseJsonText(textArgument("json_parse", value)),
  now: (_, { now }) => ({ instantMs: now }),
  now_plus: ([value], { now }) => ({ instantMs: now + spanOf(value) }),
  now_minus: ([value], { now }) => ({ instantMs: now - spanOf(value) }),
};

type Method = (subject: Value, args: readonly Value[]) => Value;

export const methods: Readonly<Record<string, Method>> = {
  size: (subject) => sizeOf(subject),
  contains: (subject, [part]) => text(subject).includes(text(part)),
  startsWith: (subject, [part]) => text(subject).startsWith(text(part)),
  endsWith: (subject, [part]) => text(subject).endsWith(text(part)),
  matches: (subject, [pattern]) => matchesPattern(text(subject), text(pattern)),
  lowerAscii: (subject) => text(subject).toLowerCase(),
  upperAscii: (subject) => text(subject).toUpperCase(),
  trim: (subject) => text(subject).trim(),
  getFullYear: (subject) => BigInt(dateOf(subject).getUTCFullYear()),
  getMonth: (subject) => BigInt(dateOf(subject).getUTCMonth()),
  getDate: (subject) => BigInt(dateOf(subject).getUTCDate()),
  getDayOfMonth: (subject) => BigInt(dateOf(subject).getUTCDate() - 1),
  getDayOfWeek: (subject) => BigInt(dateOf(subject).getUTCDay()),
  getHours: (subject) => unitOf(subject, 3_600_000, (date) => date.getUTCHours()),
  getMinutes: (subject) => unitOf(subject, 60_000, (date) => date.getUTCMinutes()),
  getSeconds: (subject) => unitOf(subject, 1_000, (date) => date.getUTCSeconds()),
  getMilliseconds: (subject) => unitOf(subject, 1, (date) => date.getUTCMilliseconds()),
};

function sizeOf(value: Value): bigint {
  if (value === missing || value === null) return 0n;
  if (typeof value === "string") return BigInt([...value].length);
  if (Array.isArray(value)) return BigInt(value.length);
  if (isMap(value)) return BigInt(Object.keys(value).length);
  throw new EvaluationError(`${kindOf(value)} has no size`);
}

function toInt(value: Value): bigint {
  if (typeof value === "bigint") return value;
  if (isInstant(value)) return BigInt(Math.floor(value.instantMs / 1_000));
  const number = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return BigInt(Math.trunc(number));
  if (typeof value === "boolean") return value ? 1n : 0n;
  throw new EvaluationError(`${kindOf(value)} is no whole number`);
}

function toDouble(value: Value): number {
  const number = isNumber(value) ? Number(value) : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) throw new EvaluationError(`${kindOf(value)} is no number`);
  return number;
}

function toSpan(value: Value): Value {
  return { spanMs: spanOf(value) };
}

function spanOf(value: Value): number {
  if (isSpan(value)) return value.spanMs;
  const negative = typeof value === "string" && value.startsWith("-");
  const ms = typeof value === "string" ? parseDuration(negative ? value.slice(1) : value) : undefined;
  if (ms === undefined) throw new EvaluationError(`${textOfValue(value).slice(0, 60)} is no duration`);
  return negative ? -ms : ms;
}

function toInstant(value: Value): Value {
  if (isInstant(value)) return value;
  // Whole seconds and milliseconds are told apart by their size: seconds reach the year 5138 below this.
  if (isNumber(value)) return { instantMs: Number(value) < 1e11 ? Number(value) * 1_000 : Number(value) };
  const instantMs = typeof value === "string" ? parseDate(value) : undefined;
  if (instantMs === undefined) throw new EvaluationError(`${textOfValue(value).slice(0, 60)} is no date`);
  return { instantMs };
}

function textArgument(name: string, value: Value): string {
  if (typeof value === "string") return value;
  throw new EvaluationError(`${name} needs text and has ${kindOf(value)}`);
}

function text(value: Value): string {
  return textArgument("the method", value);
}

function decodeBase64(encoded: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
  } catch (cause) {
    throw new EvaluationError("b64decode has text that is not base64", { cause });
  }
}

function parseJsonText(json: string): Value {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new EvaluationError("json_parse has text that is not JSON", { cause });
  }
}

/** Bounds the work of a pattern whose author is the function's own; the text comes from events. */
const matchedLengthMax = 10_000;

function matchesPattern(subject: string, pattern: string): boolean {
  try {
    return new RegExp(pattern, "u").test(subject.slice(0, matchedLengthMax));
  } catch (cause) {
    throw new EvaluationError("matches has a pattern that is no regular expression", { cause });
  }
}

function dateOf(subject: Value): Date {
  if (isInstant(subject)) return new Date(subject.instantMs);
  throw new EvaluationError(`${kindOf(subject)} is no timestamp`);
}

/** Of an instant the field of its date; of a duration the whole of it in that unit. */
function unitOf(subject: Value, unitMs: number, field: (date: Date) => number): bigint {
  return isSpan(subject) ? BigInt(Math.trunc(subject.spanMs / unitMs)) : BigInt(field(dateOf(subject)));
}
