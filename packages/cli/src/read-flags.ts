// Settings of `dev` and `start`: a flag, else the environment (`STEPWELL_*`, then `INNGEST_*`), else the configuration
// file, else the default, which the reader of the setting knows.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isObject, type JsonObject, parseDuration } from "@stepwell/protocol";
import { CommandError, exitCodes } from "./exit-codes.ts";
import { type Flag, flagsOf } from "./flag-table.ts";
import { nearest } from "./nearest.ts";

export type FlagValue = string | number | boolean | readonly string[];

export interface FlagSettings {
  readonly values: ReadonlyMap<string, FlagValue>;
  /** Lines to say once: flags that change nothing, keys nobody knows. */
  readonly notices: readonly string[];
  /** What stands after `--`. */
  readonly rest: readonly string[];
}

export interface FlagSources {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export function readFlags(command: "dev" | "start", sources: FlagSources): FlagSettings {
  const flags = flagsOf(command);
  const { given, rest } = parseArgs(command, flags, sources.args);
  const values = new Map<string, FlagValue>();
  const notices: string[] = [];
  const file = readConfig(given.get("config"), sources, notices);
  for (const flag of flags) {
    const value = given.get(flag.name) ?? fromEnv(flag, sources.env) ?? fromConfig(flag, file, command);
    if (value === undefined) continue;
    values.set(flag.name, value);
    if (flag.notice !== undefined) notices.push(`--${flag.name} has no effect: ${flag.notice}`);
  }
  noteUnknownKeys(file, command, flags, notices);
  return { values, notices, rest };
}

function parseArgs(
  command: string,
  flags: readonly Flag[],
  args: readonly string[],
): { readonly given: Map<string, FlagValue>; readonly rest: readonly string[] } {
  const given = new Map<string, FlagValue>();
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--") return { given, rest: args.slice(index + 1) };
    const [name, inline] = splitArg(arg);
    const flag = flags.find(
      (each) =>
        name === `--${each.name}` ||
        each.aliases?.some((alias) => name === `--${alias}`) === true ||
        (each.short !== undefined && name === `-${each.short}`),
    );
    if (flag === undefined) throw unknownFlag(command, name, flags);
    if (flag.type === "switch") given.set(flag.name, inline === undefined ? true : inline !== "false");
    else {
      if (inline === undefined) index += 1;
      const text = inline ?? args[index];
      if (text === undefined) throw usage(`${name} needs a value: ${flag.help}`);
      given.set(flag.name, merge(flag, given.get(flag.name), convert(flag, text, name)));
    }
  }
  return { given, rest: [] };
}

function splitArg(arg: string): readonly [string, string | undefined] {
  const equals = arg.indexOf("=");
  return arg.startsWith("--") && equals > 0 ? [arg.slice(0, equals), arg.slice(equals + 1)] : [arg, undefined];
}

function merge(flag: Flag, before: FlagValue | undefined, value: FlagValue): FlagValue {
  return flag.type === "list" && Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
}

/** Text as the flag's type; a bare number of seconds or a duration for times, which are given out in ms. */
export function convert(flag: Flag, text: string, where: string): FlagValue {
  switch (flag.type) {
    case "switch":
      return !["false", "0", "no", "off", ""].includes(text.toLowerCase());
    case "list":
      return text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "");
    case "number": {
      const number = Number(text);
      if (!Number.isInteger(number) || number < 0) throw usage(`${where} is a whole number, and "${text}" is not`);
      return number;
    }
    case "seconds":
    case "duration": {
      const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : parseDuration(text);
      if (ms === undefined) throw usage(`${where} is a duration such as 30s, 5m or 7d, and "${text}" is not`);
      return ms;
    }
    default:
      return text;
  }
}

function fromEnv(flag: Flag, env: FlagSources["env"]): FlagValue | undefined {
  const name = flag.name.toUpperCase().replaceAll("-", "_");
  for (const key of [`STEPWELL_${name}`, `INNGEST_${name}`]) {
    const text = env[key];
    if (text !== undefined && text !== "") return convert(flag, text, key);
  }
  return undefined;
}

function fromConfig(flag: Flag, file: JsonObject | undefined, command: "dev" | "start"): FlagValue | undefined {
  if (file === undefined) return undefined;
  const nested = file[command];
  for (const name of [flag.name, ...(flag.aliases ?? [])]) {
    const value = (isObject(nested) ? nested[name] : undefined) ?? file[name];
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) return value.map(String);
    return typeof value === "boolean" ? value : convert(flag, String(value), `"${name}" in the configuration file`);
  }
  return undefined;
}

const configNames = ["stepwell.json", "inngest.json"];

/** The named file must be good; one that was only found is passed over with a notice when it is not. */
function readConfig(named: FlagValue | undefined, { env, cwd }: FlagSources, notices: string[]): JsonObject | undefined {
  const path = typeof named === "string" ? named : (env["STEPWELL_CONFIG"] ?? env["INNGEST_CONFIG"]);
  if (path !== undefined) {
    const file = parseFile(resolve(cwd, path));
    if (file === undefined) throw usage(`the configuration file ${path} cannot be read as JSON`);
    return file;
  }
  const found = findUpwards(cwd);
  if (found === undefined) return undefined;
  const file = parseFile(found);
  if (file === undefined) notices.push(`${found} is not JSON and was passed over`);
  return file;
}

function findUpwards(folder: string): string | undefined {
  for (const name of configNames) if (existsSync(join(folder, name))) return join(folder, name);
  const parent = dirname(folder);
  return parent === folder ? undefined : findUpwards(parent);
}

function parseFile(path: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // The caller decides whether that is an error.
  }
}

function noteUnknownKeys(file: JsonObject | undefined, command: "dev" | "start", flags: readonly Flag[], notices: string[]): void {
  if (file === undefined) return;
  const names = [...flagsOf("dev"), ...flagsOf("start")].flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
  const nested = file[command];
  const keys = [
    ...Object.keys(file).filter((key) => !["dev", "start", "$schema"].includes(key)),
    ...(isObject(nested) ? Object.keys(nested) : []),
  ];
  for (const key of keys) {
    if (names.includes(key)) continue;
    const near = nearest(
      key,
      flags.map(({ name }) => name),
    );
    notices.push(`the configuration file has "${key}", which is no setting${near === undefined ? "" : `; did you mean "${near}"?`}`);
  }
}

function unknownFlag(command: string, name: string, flags: readonly Flag[]): CommandError {
  const near = nearest(
    name,
    flags.flatMap(({ name: long, aliases }) => [`--${long}`, ...(aliases ?? []).map((alias) => `--${alias}`)]),
  );
  return usage(`${command} has no flag ${name}${near === undefined ? "" : `; did you mean ${near}?`}`, [
    `stepwell ${command} --help lists them`,
  ]);
}

function usage(message: string, details: readonly string[] = []): CommandError {
  return new CommandError(exitCodes.usage, "usage", message, details);
}
