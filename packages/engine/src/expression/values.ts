// What an expression computes with: JSON values, whole numbers as BigInt, instants, durations, and the absence of a
// value, which has rules of its own.

/** A path that leads nowhere. Not null: `missing == null` holds, and yet the two differ in sums and order. */
export const missing: unique symbol = Symbol("missing");

export interface Instant {
  readonly instantMs: number;
}

export interface Span {
  readonly spanMs: number;
}

export type Value = unknown;

/** An expression that cannot be computed for these values. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}

export function isMap(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isInstant(value) && !isSpan(value);
}

export function isInstant(value: Value): value is Instant {
  return typeof value === "object" && value !== null && "instantMs" in value;
}

export function isSpan(value: Value): value is Span {
  return typeof value === "object" && value !== null && "spanMs" in value;
}

export function isNumber(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** JavaScript's truth, by which the reference combines conditions; what is missing is false. */
export function isTrue(value: Value): boolean {
  return value !== missing && Boolean(value);
}

/** As a key shows it: text as it stands, whole numbers without a point, everything else as JSON. */
export function textOfValue(value: Value): string {
  if (value === missing) return "false";
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return value.toString();
  if (isInstant(value)) return new Date(value.instantMs).toISOString();
  if (isSpan(value)) return `${value.spanMs / 1_000}s`;
  return JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? Number(member) : member)) ?? "null";
}
