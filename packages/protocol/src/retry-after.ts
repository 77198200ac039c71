import { parseDate } from "./durations.ts";
import type { EpochMs } from "./ids.ts";
import { limits } from "./limits.ts";

/** When an app wants to be called again: seconds, or a date. What cannot be read is as if it were not there. */
export function parseRetryAfter(text: string | undefined, now: EpochMs): EpochMs | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  const at = /^[1-9]\d{0,6}$/.test(trimmed) ? now + Number(trimmed) * 1_000 : parseDate(trimmed);
  if (at === undefined) return undefined;
  return Math.min(Math.max(at, now + limits.retryAfterMsMin), now + limits.retryAfterMsMax) as EpochMs;
}
