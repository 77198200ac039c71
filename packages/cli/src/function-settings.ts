// What the configuration file says of functions: their circuit breakers, which official SDKs cannot send.

import { keyProblem } from "@stepwell/engine";
import { type CircuitBreaker, isObject, type JsonObject, ProblemList, readCircuitBreaker } from "@stepwell/protocol";
import { type ConfigFile, sectionOf } from "./config-file.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";

export interface FunctionSettings {
  /** By slug, `*` for all that have none; `false`: the function has none, whatever its app says. */
  readonly circuitBreakers?: Readonly<Record<string, CircuitBreaker | false>>;
}

/** @throws {CommandError} Something of it is not understood; exit code 2. */
export function functionSettings(file: ConfigFile | undefined, command: "dev" | "start"): FunctionSettings {
  const value = file === undefined ? undefined : sectionOf("functions", file, command);
  if (file === undefined || value === undefined || value === null) return {};
  if (!isObject(value)) throw wrong(`"functions" in ${file.path} is no object with functions as keys`);
  const breakers = Object.entries(value).flatMap(([slug, settings]) => breakerOf(slug, settings, file.path));
  return breakers.length === 0 ? {} : { circuitBreakers: Object.fromEntries(breakers) };
}

function breakerOf(slug: string, settings: unknown, path: string): readonly (readonly [string, CircuitBreaker | false])[] {
  const where = `"functions" in ${path}`;
  if (!isObject(settings)) throw wrong(`${where}: "${slug}" is no object with settings`);
  const [unknown] = Object.keys(settings).filter((name) => name !== "circuitBreaker");
  if (unknown !== undefined) throw wrong(`${where}: "${slug}" has "${unknown}"; the one setting of a function is circuitBreaker`);
  const value = settings["circuitBreaker"];
  if (value === false || value === "false") return [[slug, false]];
  const problems = new ProblemList(slug);
  const breaker = readCircuitBreaker(isObject(value) ? withNumbers(value) : value, problems);
  const [problem] = problems.list;
  if (problem !== undefined) throw wrong(`${where}: "${slug}": ${problem.option}: ${problem.message}`);
  const keyIs = breaker?.key === undefined ? undefined : keyProblem(breaker.key);
  if (keyIs !== undefined) throw wrong(`${where}: "${slug}": circuitBreaker.key: ${keyIs}`);
  return breaker === undefined ? [] : [[slug, breaker]];
}

/** YAML gives every value as it is written. */
function withNumbers(source: JsonObject): JsonObject {
  const isNumber = (name: string, value: unknown): value is string =>
    ["failures", "rate", "halfopen"].includes(name.toLowerCase()) && typeof value === "string" && /^\d+(\.\d+)?$/.test(value);
  return Object.fromEntries(Object.entries(source).map(([name, value]) => [name, isNumber(name, value) ? Number(value) : value]));
}

function wrong(message: string): CommandError {
  return new CommandError(exitCodes.usage, "circuit_breaker_invalid", message, [
    'e.g. {"functions": {"shop-sync-invoices": {"circuitBreaker": {"failures": 5, "window": "1m", "cooldown": "30s"}}}}',
  ]);
}
