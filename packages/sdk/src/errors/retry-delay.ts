import { StepwellError } from "@stepwell/protocol";
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
  readonly delay?: undefined;
}

/** Retries whose times a function says, and how many there are. */
export interface RetryDelayRule {
  /** How many; 4 by default, at most 20. */
  readonly limit?: number;
  readonly delay: RetryFunction;
  readonly backoff?: undefined;
  readonly base?: undefined;
  readonly max?: undefined;
  readonly jitter?: undefined;
}

/** A number of retries, or what says when they are made. */
type Retries = number | RetryRule | RetryDelayRule | RetryFunction;

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

/**
 * Retries as they were given, as a function of what failed. A number of retries says nothing of the time between them.
 *
 * @returns A function that throws where the one that was given does, or gives what is no time.
 */
export function retryDelayOf(functionId: string, retries: Retries | undefined, random: () => number): RetryDelay | undefined {
  if (retries === undefined || typeof retries === "number") return undefined;
  const told = typeof retries === "function" ? retries : retries.delay;
  if (told !== undefined) return (attempt, error) => asked(functionId, told, attempt, error);
  const { backoff = "exponential", base = 1_000, max = dayMs, jitter = 0 } = retries as RetryRule;
  const [baseMs, maxMs] = [durationMs(base) ?? 0, durationMs(max) ?? 0];
  const share = typeof jitter === "number" ? jitter : jitter ? 0.5 : 0;
  return (attempt) => {
    const grown = backoff === "fixed" ? baseMs : backoff === "linear" ? baseMs * attempt : baseMs * 2 ** (attempt - 1);
    return Math.min(maxMs, grown * (1 + share * random()));
  };
}

function asked(functionId: string, retries: RetryFunction, attempt: number, error: unknown): number | false | undefined {
  let delay: DurationInput | false | undefined;
  try {
    delay = retries(attempt, error instanceof Error ? error : new Error(String(error)));
  } catch (thrown) {
    throw retriesInvalid(`\`retries\` of function "${functionId}" threw ${String(thrown)}`, thrown);
  }
  if (delay === false || delay === undefined) return delay;
  const ms = durationMs(delay);
  if (ms !== undefined && ms >= 0) return ms;
  // A promise that nobody awaits must not end the process.
  Promise.resolve(delay).catch(() => undefined);
  throw retriesInvalid(`\`retries\` of function "${functionId}" gave ${shown(delay)}, which is no time to wait`);
}

function retriesInvalid(message: string, cause?: unknown): StepwellError {
  return new StepwellError("retries_invalid", message, {
    retryable: false,
    advice: 'Give milliseconds, a duration such as "30s", false for no more attempts, or undefined; without awaiting anything',
    cause,
  });
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : value instanceof Promise ? "a promise" : String(value);
}
