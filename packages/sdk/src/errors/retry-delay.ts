import { type DurationInput, durationMs } from "../time/duration.ts";

/** Retries by a rule: how many, and how long between them. */
export interface RetryRule {
  /** How many; 4 by default, at most 20. */
  readonly limit?: number;
  /** How the time grows: doubled, by the base, or not at all. Exponential by default. */
  readonly backoff?: "exponential" | "linear" | "fixed";
  /** Before the first retry; a second by default. */
  readonly base?: DurationInput;
  /** The longest; a day by default. */
  readonly max?: DurationInput;
  /** A random part on top: `true` for up to half of the time, or a share from 0 to 1. None by default. */
  readonly jitter?: boolean | number;
}

/**
 * Says how long after a failed attempt the next one is made: milliseconds or a duration. `undefined` leaves it to the server,
 * `false` ends the retries.
 *
 * @param attempt - From 1: which attempt has failed.
 */
export type RetryFunction = (attempt: number, error: Error) => DurationInput | false | undefined;

/** How long after a failure, in ms; `false`: never. */
export type RetryDelay = (attempt: number, error: unknown) => number | false | undefined;

const dayMs = 86_400_000;

/** Retries as they were given, as a function of what failed. A number of retries says nothing of the time between them. */
export function retryDelayOf(retries: number | RetryRule | RetryFunction | undefined, random: () => number): RetryDelay | undefined {
  if (retries === undefined || typeof retries === "number") return undefined;
  if (typeof retries === "function")
    return (attempt, error) => {
      const delay = retries(attempt, error instanceof Error ? error : new Error(String(error)));
      return delay === false || delay === undefined ? delay : asMs(delay, "what the function of `retries` returned");
    };
  const { backoff = "exponential", base = 1_000, max = dayMs, jitter = 0 } = retries;
  const [baseMs, maxMs] = [asMs(base, "`base` of `retries`"), asMs(max, "`max` of `retries`")];
  const share = typeof jitter === "number" ? jitter : jitter ? 0.5 : 0;
  return (attempt) => {
    const grown = backoff === "fixed" ? baseMs : backoff === "linear" ? baseMs * attempt : baseMs * 2 ** (attempt - 1);
    return Math.min(maxMs, grown * (1 + share * random()));
  };
}

function asMs(input: DurationInput, what: string): number {
  const ms = durationMs(input);
  if (ms === undefined || ms < 0)
    throw new TypeError(`${what} is ${String(input)}, which is no duration; give milliseconds or text such as "30s"`);
  return ms;
}
