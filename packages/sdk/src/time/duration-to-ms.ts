import { type DurationInput, durationMs } from "./duration.ts";

/** A duration in whole milliseconds. */
export function durationToMs(duration: DurationInput): number {
  const ms = durationMs(duration);
  if (ms === undefined || ms < 0 || !Number.isInteger(ms)) throw new TypeError("duration must be a positive, whole number of milliseconds");
  return ms;
}
