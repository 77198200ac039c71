import { formatDuration, parseDuration } from "@stepwell/protocol";

/** A `Temporal.Duration`, known by its tag so that no polyfill is needed. */
export interface DurationLike {
  readonly [Symbol.toStringTag]: "Temporal.Duration";
}

/** A `Temporal.Instant`. */
export interface InstantLike {
  readonly [Symbol.toStringTag]: "Temporal.Instant";
}

/** A `Temporal.ZonedDateTime`. */
export interface ZonedDateTimeLike {
  readonly [Symbol.toStringTag]: "Temporal.ZonedDateTime";
}

/** Milliseconds, or a duration as people write it: `"30s"`, `"2.5 days"`, `"1h30m"`; or a `Temporal.Duration`. */
export type DurationInput = number | string | DurationLike;
/** An instant: a date, its ISO 8601 text, or one of Temporal's. */
export type InstantInput = Date | string | InstantLike | ZonedDateTimeLike;

const unitsMs: readonly (readonly [RegExp, number])[] = [
  [/^(?:milliseconds?|msecs?|ms)$/, 1],
  [/^(?:seconds?|secs?|s)$/, 1_000],
  [/^(?:minutes?|mins?|m)$/, 60_000],
  [/^(?:hours?|hrs?|h)$/, 3_600_000],
  [/^(?:days?|d)$/, 86_400_000],
  [/^(?:weeks?|w)$/, 604_800_000],
  [/^(?:years?|yrs?|y)$/, 31_557_600_000],
];

/** Reads a duration in milliseconds; `undefined` when it is none. */
export function durationMs(input: DurationInput): number | undefined {
  if (typeof input === "number") return Number.isFinite(input) ? input : undefined;
  if (typeof input !== "string") return totalMs(input);
  const text = input.trim().toLowerCase();
  const words = /^(-?\d*\.?\d+) *([a-z]+)?$/.exec(text);
  if (words === null) return parseDuration(text);
  const unit = words[2] === undefined ? 1 : unitsMs.find(([pattern]) => pattern.test(words[2] ?? ""))?.[1];
  return unit === undefined ? parseDuration(text) : Number(words[1]) * unit;
}

function totalMs(duration: DurationLike | undefined): number | undefined {
  const { total } = (duration ?? {}) as { readonly total?: (unit: { readonly unit: string; readonly relativeTo?: string }) => number };
  if (typeof total !== "function") return undefined;
  return total.call(duration, { unit: "millisecond" });
}

/** A duration as the wire has it, to the millisecond; empty when it is over at once. `undefined`: the input is none. */
export function durationText(input: DurationInput): string | undefined {
  const ms = durationMs(input);
  if (ms === undefined) return undefined;
  return ms <= 0 ? "" : formatDuration(Math.ceil(ms));
}

/** An instant as ISO 8601 text; `undefined` when the input is none. */
export function instantText(input: InstantInput): string | undefined {
  const ms = instantMs(input);
  return ms === undefined || !Number.isFinite(ms) ? undefined : new Date(ms).toISOString();
}

function instantMs(input: InstantInput): number | undefined {
  if (input instanceof Date) return input.getTime();
  if (typeof input === "string") return Date.parse(input);
  const { epochMilliseconds } = (input ?? {}) as { readonly epochMilliseconds?: number };
  return typeof epochMilliseconds === "number" ? epochMilliseconds : undefined;
}

/** When a wait ends, as the wire has it: a duration, or an instant. `undefined`: the input is neither. */
export function timeoutText(input: DurationInput | InstantInput | undefined): string | undefined {
  // Whoever writes no types may leave it out.
  if (input === undefined || input === null) return undefined;
  if (input instanceof Date) return instantText(input);
  if (typeof input === "number") return durationText(input);
  if (typeof input === "string") return durationText(input) ?? instantText(input);
  return isDuration(input) ? durationText(input) : instantText(input);
}

function isDuration(input: DurationLike | InstantLike | ZonedDateTimeLike): input is DurationLike {
  return input[Symbol.toStringTag] === "Temporal.Duration";
}
