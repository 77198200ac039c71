// The configuration file of `dev` and `start`: JSON or YAML, with the names of flags as keys, flat or under the command.

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { isObject, type JsonObject, nearest } from "@stepwell/protocol";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { FlagSources } from "./flag-sources.ts";
import { flagTable } from "./flag-table.ts";

/** In each folder the first of these. */
export const configNames: readonly string[] = ["stepwell", "inngest"].flatMap((name) =>
  ["json", "yaml", "yml"].map((ending) => `${name}.${ending}`),
);

/** A configuration is a screen of text; what is larger was named by mistake. */
const configLengthMax = 1_000_000;

export interface ConfigFile {
  readonly path: string;
  readonly content: JsonObject;
}

/**
 * The file that was named by flag or environment, else the first one from the working directory upwards, else one in the
 * user's configuration folder. One that was only found is passed over with a notice when it is broken.
 *
 * @throws {CommandError} A named file cannot be read.
 */
export async function readConfig(named: string | undefined, sources: FlagSources, notices: string[]): Promise<ConfigFile | undefined> {
  const path = named ?? (sources.env["STEPWELL_CONFIG"] || sources.env["INNGEST_CONFIG"] || undefined);
  const found = path === undefined ? findConfig(sources) : resolve(sources.cwd, path);
  if (found === undefined) return undefined;
  const result = await parseFile(found);
  if (typeof result !== "string") return { path: found, content: result };
  if (path === undefined) notices.push(`${found} was passed over: ${result}`);
  else
    throw new CommandError(exitCodes.usage, "config_invalid", `the configuration file ${path} cannot be used: ${result}`, [
      'It is JSON or YAML with flags as keys, e.g. {"port": 8288, "dev": {"sdk-url": ["localhost:3000/api/inngest"]}}',
    ]);
  return undefined;
}

/** Where a configuration would be found, in order of preference. */
function findConfig({ env, cwd }: FlagSources): string | undefined {
  const folders: string[] = [];
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(folder);
    if (dirname(folder) === folder) break;
  }
  const personal = env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config");
  folders.push(join(personal, "stepwell"), join(personal, "inngest"));
  return folders.flatMap((folder) => configNames.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/** The object in a file, or why there is none. JSON is read as such; everything else is YAML, which most of JSON is too. */
async function parseFile(path: string): Promise<JsonObject | string> {
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > configLengthMax) return `it is longer than ${configLengthMax} characters`;
    const value: unknown = extname(path) === ".json" ? JSON.parse(text) : await parseYaml(text);
    return isObject(value) ? value : "it holds no object with settings";
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).trim();
  }
}

/** Every value as it is written: read as a number, a key of digits would lose its zeros. The flag's type converts it. */
async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import("yaml");
  return parse(text, { schema: "failsafe" });
}

/** What no flag can say; the key of the command wins over a flat one. */
export function sectionOf(name: string, { content }: ConfigFile, command: "dev" | "start"): unknown {
  const nested = content[command];
  return (isObject(nested) ? nested[name] : undefined) ?? content[name];
}

/** The keys that are sections of their own. */
const sections = ["alerts", "functions"];

/** A line for each key that no command knows. */
export function noteUnknownKeys({ path, content }: ConfigFile, command: "dev" | "start", notices: string[]): void {
  const names = [...flagTable.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]), ...sections];
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
