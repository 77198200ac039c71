// What an expression computes with: JSON values, whole numbers as BigInt, instants, durations, and the absence of a
// value, which has rules of its own.

/** A path that leads nowhere. Not null: `missing == null` holds, and yet the two differ in sums and order. */
export const missing: unique symbol = Symbol("missing");

/** An expression that cannot be computed for these values. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}

const instantMsMin = Date.parse("0001-01-01T00:00:00Z");
const instantMsMax = Date.parse("9999-12-31T23:59:59.999Z");

/** A class, so that no object of an event can pass for one. */
export class Instant {
  readonly instantMs: number;

  constructor(instantMs: number) {
    if (!(instantMs >= instantMsMin && instantMs <= instantMsMax))
      throw new EvaluationError("a timestamp lies outside the years 1 to 9999");
    this.instantMs = instantMs;
  }
}

/** A duration; it may be negative. */
export class Span {
  readonly spanMs: number;

  constructor(spanMs: number) {
    this.spanMs = spanMs;
  }
}

export type Value = unknown;

export function isMap(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isInstant(value) && !isSpan(value);
}

export function isInstant(value: Value): value is Instant {
  return value instanceof Instant;
}

export function isSpan(value: Value): value is Span {
  return value instanceof Span;
}

export function isNumber(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** JavaScript's truth, by which the reference combines conditions; what is missing is false. */
export function isTrue(value: Value): boolean {
  return value !== missing && Boolean(value);
}

/** The kind of a value, as error messages name it. */
export function kindOf(value: Value): string {
  if (value === missing) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isInstant(value)) return "a timestamp";
  if (isSpan(value)) return "a duration";
  if (isNumber(value)) return "a number";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
