// The configuration file of `dev` and `start`: JSON, with the names of flags as keys, flat or under the command.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isObject, type JsonObject } from "@stepwell/protocol";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { FlagSources } from "./flag-sources.ts";
import { flagTable } from "./flag-table.ts";
import { nearest } from "./nearest.ts";

export const configNames: readonly string[] = ["stepwell.json", "inngest.json"];

/** In formats that are known and not read. */
const unreadNames = configNames.flatMap((name) => [name.replace(/json$/, "yaml"), name.replace(/json$/, "yml")]);

export interface ConfigFile {
  readonly path: string;
  readonly content: JsonObject;
}

/**
 * The file that was named by flag or environment, else the first one from the working directory upwards. One that was
 * only found is passed over with a notice when it is broken.
 *
 * @throws {CommandError} A named file cannot be read.
 */
export function readConfig(named: string | undefined, { env, cwd }: FlagSources, notices: string[]): ConfigFile | undefined {
  const path = named ?? env["STEPWELL_CONFIG"] ?? env["INNGEST_CONFIG"];
  const found = path === undefined ? findUpwards(cwd, notices) : resolve(cwd, path);
  if (found === undefined) return undefined;
  const result = parseFile(found);
  if (typeof result !== "string") return { path: found, content: result };
  if (path === undefined) notices.push(`${found} was passed over: ${result}`);
  else
    throw new CommandError(exitCodes.usage, "config_invalid", `the configuration file ${path} cannot be used: ${result}`, [
      'It is a JSON object with flags as keys, e.g. {"port": 8288, "dev": {"sdk-url": ["localhost:3000/api/inngest"]}}',
    ]);
  return undefined;
}

function findUpwards(folder: string, notices: string[]): string | undefined {
  for (const name of configNames) if (existsSync(join(folder, name))) return join(folder, name);
  for (const name of unreadNames)
    if (existsSync(join(folder, name))) notices.push(`${join(folder, name)} was passed over: configuration files are JSON in this version`);
  const parent = dirname(folder);
  return parent === folder ? undefined : findUpwards(parent, notices);
}

/** The object in a file, or why there is none. */
function parseFile(path: string): JsonObject | string {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isObject(value) ? value : "it holds no JSON object";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A line for each key that no command knows. */
export function noteUnknownKeys({ path, content }: ConfigFile, command: "dev" | "start", notices: string[]): void {
  const names = flagTable.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
  const nested = content[command];
  const keys = [
    ...Object.keys(content).filter((key) => !["dev", "start", "$schema"].includes(key)),
    ...(isObject(nested) ? Object.keys(nested) : []),
  ];
  for (const key of keys) {
    if (names.includes(key)) continue;
    const near = nearest(key, names);
    notices.push(`${path} has "${key}", which is no setting${near === undefined ? "" : `; did you mean "${near}"?`}`);
  }
}
