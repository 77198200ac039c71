// Settings of `dev` and `start`: a flag, else the environment (`STEPWELL_*`, then `INNGEST_*`), else the configuration
// file, else the default, which the reader of the setting knows.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isObject, nearest } from "@stepwell/protocol";
import { type ConfigFile, noteUnknownKeys, readConfig, sectionOf } from "./config-file.ts";
import { convertFlag, type FlagValue } from "./convert-flag.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { FlagSources } from "./flag-sources.ts";
import { type Flag, flagsOf, flagTable } from "./flag-table.ts";
import { type FunctionSettings, functionSettings } from "./function-settings.ts";

export interface FlagSettings {
  /** By the name of the flag. Times are in ms. A flag that was given nowhere is absent. */
  readonly values: ReadonlyMap<string, FlagValue>;
  /** Lines to say once: flags that change nothing, keys nobody knows. */
  readonly notices: readonly string[];
  /** The section `alerts` of the configuration file, as it stands there, and in which file. */
  readonly alerts?: { readonly value: unknown; readonly path: string };
  /** What stands behind `--`: a command of the user's; empty where there is none. */
  readonly command: readonly string[];
  /** Of the configuration file. */
  readonly functions?: FunctionSettings;
}

type Command = "dev" | "start";

/** @throws {CommandError} An unknown flag, or a value that is not of the flag's type; exit code 2. */
export async function readFlags(command: Command, sources: FlagSources): Promise<FlagSettings> {
  const flags = flagsOf(command);
  const refusable = command === "start" ? flagTable.filter(({ refusedByStart }) => refusedByStart !== undefined) : [];
  const end = sources.args.indexOf("--");
  const own = end === -1 ? [] : sources.args.slice(end + 1);
  if (end !== -1 && command === "start")
    throw usage("start does not run a command of yours", ["Start the app by itself; dev runs one beside it."]);
  if (end !== -1 && own.length === 0) throw usage("behind -- stands the command that starts the app", ["e.g. stepwell dev -- npm run dev"]);
  const given = parseArgs(command, flags, end === -1 ? sources.args : sources.args.slice(0, end));
  const values = new Map<string, FlagValue>();
  const notices: string[] = [];
  const named = given.get("config");
  const file = await readConfig(typeof named === "string" ? named : undefined, sources, notices);
  for (const flag of flags) {
    const value = given.get(flag.name) ?? fromEnv(command, flag, sources) ?? fromConfig(flag, file, command);
    if (value === undefined) continue;
    values.set(flag.name, value);
    if (flag.notice !== undefined) notices.push(`--${flag.name} has no effect: ${flag.notice}`);
  }
  for (const flag of refusable) refuseGiven(flag, sources, file);
  if (file !== undefined) noteUnknownKeys(file, command, notices);
  const alerts = file === undefined ? undefined : sectionOf("alerts", file, command);
  return {
    values,
    notices,
    command: own,
    functions: functionSettings(file, command),
    ...(file === undefined || alerts == null ? {} : { alerts: { value: alerts, path: file.path } }),
  };
}

function parseArgs(command: Command, flags: readonly Flag[], args: readonly string[]): ReadonlyMap<string, FlagValue> {
  const given = new Map<string, FlagValue>();
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (!arg.startsWith("-")) throw usage(`${command} takes flags alone, and "${arg}" is none`, [`stepwell ${command} --help lists them`]);
    const [name, inline] = splitArg(arg);
    const flag = flags.find((each) => namesOf(each).includes(name));
    if (flag === undefined) throw refusalOf(name) ?? unknownFlag(command, name, flags);
    let text = inline;
    if (text === undefined && flag.type === "switch") text = "true";
    // Nothing but a value can stand behind a flag, so a rate may also stand apart.
    if (text === undefined && flag.type === "rate" && args[index + 1]?.startsWith("-") !== false) text = "true";
    if (text === undefined) {
      index += 1;
      text = args[index];
    }
    if (text === undefined) throw usage(`${name} needs a value: ${flag.help}`);
    given.set(flag.name, merge(flag, given.get(flag.name), convertFlag(flag, text, name)));
  }
  return given;
}

/** As they are typed. */
function namesOf(flag: Flag): readonly string[] {
  return [flag.name, ...(flag.aliases ?? [])].map((name) => `--${name}`).concat(flag.short === undefined ? [] : [`-${flag.short}`]);
}

function splitArg(arg: string): readonly [string, string | undefined] {
  const equals = arg.indexOf("=");
  return equals > 0 ? [arg.slice(0, equals), arg.slice(equals + 1)] : [arg, undefined];
}

function merge(flag: Flag, before: FlagValue | undefined, value: FlagValue): FlagValue {
  return flag.type === "list" && Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
}

function fromEnv(command: Command, flag: Flag, { env, cwd }: FlagSources): FlagValue | undefined {
  if (command === "dev" && flag.notFromDevEnvironment === true) return undefined;
  for (const key of variablesOf(flag)) {
    const text = env[key];
    if (text !== undefined && text !== "") return flag.notice === undefined ? convertFlag(flag, text, key) : text;
    const path = env[`${key}_FILE`];
    if (flag.isSecret === true && path !== undefined && path !== "") return convertFlag(flag, secretIn(resolve(cwd, path), key), key);
  }
  return undefined;
}

/** The names under which the environment may have a flag; the first one wins. Our own names of flags have no reference's. */
export function variablesOf({ name, aliases = [], variables }: Flag): readonly string[] {
  if (variables !== undefined) return variables;
  const [main = "", ...others] = [name, ...aliases].map((each) => each.toUpperCase().replaceAll("-", "_"));
  return [`STEPWELL_${main}`, ...others.map((other) => `STEPWELL_${other}`), `INNGEST_${main}`];
}

/** A line for each key where there are several. */
function secretIn(path: string, key: string): string {
  try {
    return readFileSync(path, "utf8")
      .trim()
      .replace(/\s*[\r\n]+\s*/g, ",");
  } catch (error) {
    throw usage(`${key}_FILE names a file that cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A key of the command wins over a flat one, and a name over its alias. */
function fromConfig(flag: Flag, file: ConfigFile | undefined, command: Command): FlagValue | undefined {
  if (file === undefined) return undefined;
  const nested = file.content[command];
  for (const level of [isObject(nested) ? nested : {}, file.content])
    for (const name of [flag.name, ...(flag.aliases ?? [])]) {
      const value = level[name];
      if (value === undefined || value === null || value === "") continue;
      const where = `"${name}" in ${file.path}`;
      if (flag.type === "list" && Array.isArray(value)) return value.map((part) => textOfValue(part, where));
      return convertFlag(flag, textOfValue(value, where), where);
    }
  return undefined;
}

function textOfValue(value: unknown, where: string): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw usage(`${where} is of the wrong type`);
}

/** One that only another command has, of which it is said why. */
function refusalOf(name: string): CommandError | undefined {
  const flag = flagTable.find((each) => each.refusedByStart !== undefined && namesOf(each).includes(name));
  return flag === undefined ? undefined : refused(flag, name);
}

/** What changes nothing, such as a rate of 0, may stand in an environment or a file that both commands read. */
function refuseGiven(flag: Flag, sources: FlagSources, file: ConfigFile | undefined): void {
  const variable = variablesOf(flag).find((key) => (sources.env[key] ?? "") !== "");
  if (fromEnv("start", flag, sources)) throw refused(flag, variable ?? flag.name, ["Take it out of the environment."]);
  if (fromConfig(flag, file, "start"))
    throw refused(flag, `"${flag.name}" in ${file?.path}`, [`Put it under "dev" there, where only dev reads it.`]);
}

function refused({ refusedByStart }: Flag, where: string, details: readonly string[] = []): CommandError {
  return usage(`start refuses ${where}: ${refusedByStart}`, details);
}

function unknownFlag(command: Command, name: string, flags: readonly Flag[]): CommandError {
  const near = nearest(name, flags.flatMap(namesOf));
  return usage(`${command} has no flag ${name}${near === undefined ? "" : `; did you mean ${near}?`}`, [
    `stepwell ${command} --help lists them`,
  ]);
}

function usage(message: string, details: readonly string[] = []): CommandError {
  return new CommandError(exitCodes.usage, "usage", message, details);
}
