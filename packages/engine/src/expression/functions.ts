// The functions of expressions: CEL's own, and those the reference adds.

import { conversions } from "./conversions.ts";
import { compilePattern, matchesPattern, type Pattern } from "./match-pattern.ts";
import { fieldOf, type TimestampField } from "./timestamp-fields.ts";
import { textOfValue } from "./value-text.ts";
import { EvaluationError, Instant, isMap, kindOf, missing, type Value } from "./values.ts";
import type { Work } from "./work.ts";

export interface FunctionContext {
  /** Epoch ms. */
  readonly now: number;
  readonly work: Work;
  /** The patterns that stand in the expression as literals, ready to be matched. */
  readonly patterns: ReadonlyMap<string, Pattern>;
}

export interface ExpressionFunction {
  readonly argumentsMin: number;
  readonly argumentsMax: number;
  readonly call: (args: readonly Value[], context: FunctionContext) => Value;
}

function taking(count: number, call: ExpressionFunction["call"]): ExpressionFunction {
  return { argumentsMin: count, argumentsMax: count, call };
}

/** Called as `name(…)`. */
export const globalFunctions: ReadonlyMap<string, ExpressionFunction> = new Map(
  Object.entries({
    size: taking(1, ([value], { work }) => sizeOf(value, work)),
    matches: taking(2, ([subject, pattern], context) => matches(subject, pattern, context)),
    int: taking(1, ([value]) => conversions.toInt(value)),
    uint: taking(1, ([value]) => conversions.toUint(value)),
    double: taking(1, ([value]) => conversions.toDouble(value)),
    string: taking(1, ([value], { work }) => (value === missing ? "" : textOfValue(value, work))),
    bool: taking(1, ([value]) => conversions.toBool(value)),
    dyn: taking(1, ([value]) => value),
    type: taking(1, ([value]) => conversions.typeNameOf(value)),
    duration: taking(1, ([value]) => conversions.toSpan(value)),
    timestamp: taking(1, ([value]) => conversions.toInstant(value)),
    date: taking(1, ([value]) => conversions.toInstant(value)),
    lowercase: taking(1, ([value], { work }) => textArgument("lowercase", value, work).toLowerCase()),
    uppercase: taking(1, ([value], { work }) => textArgument("uppercase", value, work).toUpperCase()),
    b64decode: taking(1, ([value], { work }) => decodeBase64(textArgument("b64decode", value, work))),
    json_parse: taking(1, ([value], { work }) => parseJsonText(textArgument("json_parse", value, work), work)),
    now: taking(0, (_, { now }) => new Instant(now)),
    now_plus: taking(1, ([value], { now }) => new Instant(now + conversions.toSpan(value).spanMs)),
    now_minus: taking(1, ([value], { now }) => new Instant(now - conversions.toSpan(value).spanMs)),
  }),
);

/** These look at what is missing themselves; every other function of a missing value is false. */
export const functionsOfMissing: ReadonlySet<string> = new Set(["size", "string", "dyn"]);

type TextMethod = (subject: string, part: string) => boolean;

function textMethod(name: string, method: TextMethod): ExpressionFunction {
  return taking(1, ([subject, part], { work }) => {
    const [text, sought] = [textArgument(name, subject, work), textArgument(name, part, work)];
    return method(text, sought);
  });
}

function field(name: TimestampField): ExpressionFunction {
  return { argumentsMin: 0, argumentsMax: 1, call: ([subject, zone], { work }) => fieldOf(name, subject, zone, work) };
}

/** Called as `subject.name(…)`: the subject is the first of the values, and not counted among the arguments. */
export const methods: ReadonlyMap<string, ExpressionFunction> = new Map(
  Object.entries({
    size: taking(0, ([subject], { work }) => sizeOf(subject, work)),
    contains: taking(1, ([subject, part], { work }) =>
      contains(textArgument("contains", subject, work), textArgument("contains", part, work), work),
    ),
    startsWith: textMethod("startsWith", (text, part) => text.startsWith(part)),
    endsWith: textMethod("endsWith", (text, part) => text.endsWith(part)),
    matches: taking(1, ([subject, pattern], context) => matches(subject, pattern, context)),
    lowerAscii: taking(0, ([subject], { work }) =>
      textArgument("lowerAscii", subject, work).replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
    ),
    upperAscii: taking(0, ([subject], { work }) =>
      textArgument("upperAscii", subject, work).replace(/[a-z]/g, (letter) => letter.toUpperCase()),
    ),
    trim: taking(0, ([subject], { work }) => textArgument("trim", subject, work).trim()),
    getFullYear: field("getFullYear"),
    getMonth: field("getMonth"),
    getDate: field("getDate"),
    getDayOfMonth: field("getDayOfMonth"),
    getDayOfWeek: field("getDayOfWeek"),
    getDayOfYear: field("getDayOfYear"),
    getHours: field("getHours"),
    getMinutes: field("getMinutes"),
    getSeconds: field("getSeconds"),
    getMilliseconds: field("getMilliseconds"),
  }),
);

function sizeOf(value: Value, work: Work): bigint {
  if (value === missing || value === null) return 0n;
  if (typeof value === "string") return countCharacters(value, work);
  if (Array.isArray(value)) return BigInt(value.length);
  if (!isMap(value)) throw new EvaluationError(`${kindOf(value)} has no size`);
  const count = Object.keys(value).length;
  work.spend(Math.floor(count / 16));
  return BigInt(count);
}

function countCharacters(text: string, work: Work): bigint {
  work.spend(1 + Math.floor(text.length / 16));
  let count = 0;
  for (const _ of text) count += 1;
  return BigInt(count);
}

function textArgument(name: string, value: Value, work: Work): string {
  if (typeof value !== "string") throw new EvaluationError(`${name} needs text and has ${kindOf(value)}`);
  work.spendText(value.length);
  return value;
}

/** A search can look at the whole of the part at every place of the text, and both can come from an event. */
function contains(text: string, part: string, work: Work): boolean {
  work.spend(Math.floor((Math.max(0, text.length - part.length) * part.length) / 1_024));
  return text.includes(part);
}

function matches(subject: Value, patternText: Value, context: FunctionContext): boolean {
  const text = textArgument("matches", subject, context.work);
  const source = textArgument("matches", patternText, context.work);
  return matchesPattern(context.patterns.get(source) ?? patternMadeNow(source, context.work), text, context.work);
}

function patternMadeNow(source: string, work: Work): Pattern {
  work.spend(source.length * 16);
  const pattern = compilePattern(source);
  work.spend(pattern.instructions.length);
  return pattern;
}

/** Base 64 in the alphabet of files or of addresses, with or without its padding. */
function decodeBase64(encoded: string): string {
  try {
    const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch (cause) {
    throw new EvaluationError("b64decode has text that is not base64", { cause });
  }
}

function parseJsonText(json: string, work: Work): Value {
  work.spend(Math.floor(json.length / 16));
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new EvaluationError("json_parse has text that is not JSON", { cause });
  }
}
