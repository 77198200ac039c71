// From one kind of value to another, as `int(…)`, `timestamp(…)` and their like do it.

import { parseDate, parseDuration } from "@stepwell/protocol";
import { inRange } from "./arithmetic.ts";
import { EvaluationError, Instant, isInstant, isMap, isNumber, isSpan, kindOf, Span, type Value } from "./values.ts";

const wholeText = /^[+-]?\d{1,20}$/;
const numberText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
/** Of a number in a text; longer ones are refused, so that the time to read one stays bounded. */
const numberLengthMax = 400;

/** Whole seconds below this, milliseconds from it on: as seconds it is the year 5138, as milliseconds March 1973. */
const secondsMax = 100_000_000_000;

/** What `type(…)` gives, and the names that stand for it in an expression. */
export const typeNames: ReadonlySet<string> = new Set(["bool", "int", "uint", "double", "string", "list", "map", "null_type"]);

export const conversions = {
  /** Fractions are cut off; an instant becomes the whole seconds since 1970. */
  toInt(value: Value): bigint {
    if (typeof value === "bigint") return value;
    if (isInstant(value)) return BigInt(Math.floor(value.instantMs / 1_000));
    if (typeof value === "string" && wholeText.test(value)) return inRange(BigInt(value.replace("+", "")));
    if (typeof value === "number" && Number.isFinite(value)) return inRange(BigInt(Math.trunc(value)));
    throw new EvaluationError(`${kindOf(value)} is no whole number`);
  },

  toUint(value: Value): bigint {
    const whole = conversions.toInt(value);
    if (whole < 0n) throw new EvaluationError("a uint cannot be negative");
    return whole;
  },

  toDouble(value: Value): number {
    if (isNumber(value)) return Number(value);
    if (typeof value === "string" && value.length <= numberLengthMax && numberText.test(value)) return Number(value);
    throw new EvaluationError(`${kindOf(value)} is no number`);
  },

  toBool(value: Value): boolean {
    if (typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    throw new EvaluationError(`${kindOf(value)} is neither true nor false`);
  },

  toSpan(value: Value): Span {
    if (isSpan(value)) return value;
    const negative = typeof value === "string" && value.startsWith("-");
    const ms = typeof value === "string" ? parseDuration(negative ? value.slice(1) : value) : undefined;
    if (ms === undefined) throw new EvaluationError(`${quoted(value)} is no duration`);
    return new Span(negative ? -ms : ms);
  },

  /** Of text in any form of date; of a number, seconds and milliseconds are told apart by their size. */
  toInstant(value: Value): Instant {
    if (isInstant(value)) return value;
    if (isNumber(value)) return new Instant(Number(value) < secondsMax ? Number(value) * 1_000 : Number(value));
    const instantMs = typeof value === "string" ? parseDate(value) : undefined;
    if (instantMs === undefined) throw new EvaluationError(`${quoted(value)} is no date`);
    return new Instant(instantMs);
  },

  typeNameOf(value: Value): string {
    if (value === null) return "null_type";
    if (Array.isArray(value)) return "list";
    if (isInstant(value)) return "google.protobuf.Timestamp";
    if (isSpan(value)) return "google.protobuf.Duration";
    if (typeof value === "boolean") return "bool";
    if (isMap(value)) return "map";
    return typeof value === "bigint" ? "int" : typeof value === "number" ? "double" : "string";
  },
};

function quoted(value: Value): string {
  return typeof value === "string" ? `"${value.slice(0, 60)}"` : kindOf(value);
}
