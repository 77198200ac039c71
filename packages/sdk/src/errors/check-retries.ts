import { retriesMax, StepwellError } from "@stepwell/protocol";
import { type DurationInput, durationMs } from "../time/duration.ts";
import type { RetryRule } from "./retry-delay.ts";

const backoffs: readonly unknown[] = ["exponential", "linear", "fixed"] satisfies readonly RetryRule["backoff"][];
const members = { limit: isCount, backoff: isBackoff, base: isTime, max: isTime, jitter: isJitter, delay: isFunction };
const wanted: Readonly<Record<keyof typeof members, string>> = {
  limit: `a whole number from 0 to ${retriesMax}`,
  backoff: '"exponential", "linear" or "fixed"',
  base: 'milliseconds or a duration such as "30s"',
  max: 'milliseconds or a duration such as "30s"',
  jitter: "true, false or a share from 0 to 1",
  delay: "a function of the attempt and its error",
};

/**
 * Refuses retries that are none where the function is defined: a rule that is misspelt would be another rule, unnoticed until
 * something fails.
 *
 * @throws {StepwellError} `retries_invalid`
 */
export function checkRetries(functionId: string, retries: unknown): void {
  if (retries === undefined || typeof retries === "function" || isCount(retries)) return;
  if (typeof retries !== "object" || retries === null)
    throw invalid(functionId, `retries is ${shown(retries)}; it is ${wanted.limit}, a rule for the time between them, or a function`);
  for (const [name, value] of Object.entries(retries)) {
    if (!isMember(name)) throw invalid(functionId, `retries has no "${name}"; it has ${Object.keys(members).join(", ")}`);
    if (value !== undefined && !members[name](value))
      throw invalid(functionId, `retries.${name} is ${shown(value)}; it is ${wanted[name]}`);
    if (value !== undefined && isOfRule(name) && "delay" in retries && retries.delay !== undefined)
      throw invalid(functionId, `retries has both "delay" and "${name}"; delay says each time itself`);
  }
}

function isMember(name: string): name is keyof typeof members {
  return Object.hasOwn(members, name);
}

function isOfRule(name: string): boolean {
  return name !== "limit" && name !== "delay";
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= retriesMax;
}

function isBackoff(value: unknown): boolean {
  return backoffs.includes(value);
}

function isTime(value: unknown): boolean {
  const ms = durationMs(value as DurationInput);
  return ms !== undefined && ms >= 0;
}

function isJitter(value: unknown): boolean {
  return typeof value === "boolean" || (typeof value === "number" && value >= 0 && value <= 1);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function invalid(functionId: string, message: string): StepwellError {
  return new StepwellError("retries_invalid", `function "${functionId}": ${message}`, { retryable: false });
}
