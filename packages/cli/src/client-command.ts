// What a command besides the servers is: its flags, its words for help, and what it does.

import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearest } from "@stepwell/protocol";
import { type ApiClient, apiClient } from "./api-client.ts";
import { convertFlag } from "./convert-flag.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { FlagSources } from "./flag-sources.ts";

export interface ClientFlag {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in help; absent: the flag is a switch. */
  readonly value?: string;
  /** It may be given several times. */
  readonly isList?: true;
  readonly help: string;
}

export interface ClientCommand {
  /** As it is typed, e.g. `runs list`. */
  readonly name: string;
  /** What stands for its arguments in help. */
  readonly args: string;
  readonly summary: string;
  readonly flags: readonly ClientFlag[];
  readonly examples: readonly string[];
  /** It talks to no server: help shows no flags of one. */
  readonly isLocal?: true;
  run(context: ClientContext): Promise<number>;
}

export interface ClientContext {
  readonly client: ApiClient;
  readonly args: readonly string[];
  readonly env: FlagSources["env"];
  has(flag: string): boolean;
  /** The value of a flag; the last one when it was given several times. */
  text(flag: string): string | undefined;
  texts(flag: string): readonly string[];
}

export const sharedFlags: readonly ClientFlag[] = [
  { name: "server", value: "url", help: "the server (STEPWELL_SERVER_URL; default: http://localhost:8288)" },
  { name: "api-key", value: "key", help: "its signing key (STEPWELL_API_KEY, else STEPWELL_SIGNING_KEY, else INNGEST_SIGNING_KEY)" },
  { name: "insecure", help: "send a key over plain HTTP to another machine" },
  { name: "timeout", value: "duration", help: "give up on an answer after this long (default: 30s)" },
  { name: "json", help: "one JSON value on stdout; errors as JSON on stderr" },
  { name: "jsonl", help: "one JSON value per line" },
  { name: "quiet", short: "q", help: "no hints" },
  { name: "no-color", help: "accepted: nothing is coloured" },
  { name: "debug", help: "show the stack of an error" },
];

const answerMsMax = 30_000;

/** @throws {CommandError} An unknown flag or a bad value; exit code 2. */
export function clientContext(command: ClientCommand, { args, env }: FlagSources): ClientContext {
  const { values, positionals } = parse(command, args);
  const texts = (flag: string): readonly string[] => [values[flag] ?? []].flat().filter((value) => typeof value === "string");
  const text = (flag: string): string | undefined => texts(flag).at(-1);
  const timeout = text("timeout");
  const timeoutMs =
    timeout === undefined ? answerMsMax : convertFlag({ name: "timeout", type: "duration", help: "" }, timeout, "--timeout");
  const client = apiClient({
    server: text("server") ?? env["STEPWELL_SERVER_URL"] ?? "http://localhost:8288",
    key: text("api-key") ?? keyOf(env),
    insecure: values["insecure"] === true,
    timeoutMs: Number(timeoutMs),
  });
  return { client, args: positionals, env, has: (flag) => values[flag] === true, text, texts };
}

/** Of several signing keys the first is the one that signs. */
function keyOf(env: FlagSources["env"]): string | undefined {
  const [key] = (env["STEPWELL_API_KEY"] ?? env["STEPWELL_SIGNING_KEY"] ?? env["INNGEST_SIGNING_KEY"] ?? "").split(",");
  return key === undefined || key.trim() === "" ? undefined : key.trim();
}

interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

function parse(command: ClientCommand, args: readonly string[]): Parsed {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const { name, short, value } of [...sharedFlags, ...command.flags])
    options[name] = {
      ...(value === undefined ? { type: "boolean" } : { type: "string", multiple: true }),
      ...(short === undefined ? {} : { short }),
    };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true }) as Parsed;
  } catch (error) {
    throw badFlag(command, error, Object.keys(options));
  }
}

function badFlag(command: ClientCommand, error: unknown, names: readonly string[]): CommandError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const help = [`stepwell ${command.name} --help lists them`];
  const flag = /'(--?[^\s'=]+)/.exec(message)?.[1] ?? "";
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION")
    return new CommandError(exitCodes.usage, "usage", message.split("\n")[0] ?? message, [
      `stepwell ${command.name} --help shows how it is used`,
    ]);
  const near = nearest(
    flag,
    names.map((name) => `--${name}`),
  );
  return new CommandError(
    exitCodes.usage,
    "usage",
    `${command.name} has no flag ${flag}${near === undefined ? "" : `; did you mean ${near}?`}`,
    help,
  );
}
