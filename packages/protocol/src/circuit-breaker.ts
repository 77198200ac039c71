// When the calls of a function, or of one key of it, are held back because they fail. No official SDK sends it; the server's
// configuration file has it too.

import type { ProblemList } from "./config-problem.ts";
import { parseDuration } from "./durations.ts";
import { isObject, type JsonObject, lowerKeys, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";

export interface CircuitBreaker {
  /** So many failed calls within the window; instead of it `rate`. */
  readonly failures?: number;
  /** This part of the calls within the window, once there were `breakerCallsMin` of them: above 0, up to 1. */
  readonly rate?: number;
  readonly windowMs: number;
  /** How long nothing is called then. */
  readonly cooldownMs: number;
  /** So many probes in a row must go well before everything is called again. */
  readonly halfOpen: number;
  readonly key?: string;
}

type Refuse = (option: string, message: string) => void;

/** @returns `undefined` where there is none, or where it is no object. */
export function readCircuitBreaker(value: unknown, problems: ProblemList): CircuitBreaker | undefined {
  if (value === undefined || value === null) return undefined;
  const refuse: Refuse = (option, message) => problems.add(`circuitBreaker${option}`, "circuit_breaker_invalid", message);
  if (!isObject(value)) {
    refuse("", "it is an object with failures or rate, and with window, cooldown, halfOpen and key where the defaults do not do");
    return undefined;
  }
  const source = lowerKeys(value);
  const key = wordsOf(source["key"]);
  if (isGiven(source["key"]) && key === undefined) refuse(".key", "key is an expression on the event");
  return {
    ...readTrip(source, refuse),
    windowMs: readSpan("window", source["window"], refuse),
    cooldownMs: readSpan("cooldown", source["cooldown"], refuse),
    halfOpen: readProbes(source["halfopen"], refuse),
    ...(key === undefined ? {} : { key }),
  };
}

function readTrip({ failures, rate }: JsonObject, refuse: Refuse): Pick<CircuitBreaker, "failures" | "rate"> {
  if (isGiven(failures) === isGiven(rate)) refuse("", "it has either failures or rate");
  if (isGiven(rate)) {
    if (typeof rate === "number" && rate > 0 && rate <= 1) return { rate };
    refuse(".rate", "rate is a number above 0, up to 1");
    return { rate: 1 };
  }
  if (isCount(failures, limits.breakerFailuresMax)) return { failures };
  if (isGiven(failures)) refuse(".failures", `failures is a whole number from 1 to ${limits.breakerFailuresMax}`);
  return { failures: 1 };
}

function readSpan(name: "window" | "cooldown", value: unknown, refuse: Refuse): number {
  const [fallback, max] =
    name === "window"
      ? [limits.breakerWindowMsDefault, limits.breakerWindowMsMax]
      : [limits.breakerCooldownMsDefault, limits.breakerCooldownMsMax];
  if (!isGiven(value)) return fallback;
  const ms = typeof value === "string" ? parseDuration(value) : undefined;
  if (ms !== undefined && ms >= limits.breakerSpanMsMin && ms <= max) return ms;
  refuse(`.${name}`, `${JSON.stringify(value).slice(0, 60)} is not a duration from 1s to 1h`);
  return fallback;
}

function readProbes(value: unknown, refuse: Refuse): number {
  if (!isGiven(value)) return 1;
  if (isCount(value, limits.breakerProbesMax)) return value;
  refuse(".halfOpen", `halfOpen is a whole number from 1 to ${limits.breakerProbesMax}`);
  return 1;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max;
}
