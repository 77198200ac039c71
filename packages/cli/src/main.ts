// The `stepwell` command: finds the command, runs it, and says what went wrong.

import { nearest } from "@stepwell/protocol";
import type { ClientCommand } from "./client-command.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { FlagSources } from "./flag-sources.ts";
import { version } from "./version.ts";

type Command = (sources: FlagSources) => Promise<number>;

/** Loaded when they are asked for: a short command need not read the server's code. */
const commands: Readonly<Record<string, Command>> = {
  dev: (sources) => serve("dev", sources),
  start: (sources) => serve("start", sources),
  init: async (sources) => runClient(sources, (await import("./commands/init.ts")).init),
  "new function": async (sources) => runClient(sources, (await import("./commands/new-function.ts")).newFunction),
  send: async (sources) => runClient(sources, (await import("./commands/send.ts")).send),
  invoke: async (sources) => runClient(sources, (await import("./commands/invoke.ts")).invoke),
  "runs list": async (sources) => runClient(sources, (await import("./commands/runs-list.ts")).runsList),
  "runs show": async (sources) => runClient(sources, (await import("./commands/runs-show.ts")).runsShow),
  "runs logs": async (sources) => runClient(sources, (await import("./commands/runs-logs.ts")).runsLogs),
  "runs cancel": async (sources) => runClient(sources, (await import("./commands/runs-cancel.ts")).runsCancel),
  "runs rerun": async (sources) => runClient(sources, (await import("./commands/runs-rerun.ts")).runsRerun),
  "breakers list": async (sources) => runClient(sources, (await import("./commands/breakers-list.ts")).breakersList),
  "breakers reset": async (sources) => runClient(sources, (await import("./commands/breakers-reset.ts")).breakersReset),
  "failures list": async (sources) => runClient(sources, (await import("./commands/failures-list.ts")).failuresList),
  "failures show": async (sources) => runClient(sources, (await import("./commands/failures-show.ts")).failuresShow),
  "failures redrive": async (sources) => runClient(sources, (await import("./commands/failures-redrive.ts")).failuresRedrive),
  "failures resolve": async (sources) => runClient(sources, (await import("./commands/failures-state.ts")).failuresResolve),
  "failures ignore": async (sources) => runClient(sources, (await import("./commands/failures-state.ts")).failuresIgnore),
  "failures open": async (sources) => runClient(sources, (await import("./commands/failures-state.ts")).failuresOpen),
  why: async (sources) => runClient(sources, (await import("./commands/why.ts")).why),
  "keys list": async (sources) => runClient(sources, (await import("./commands/keys-list.ts")).keysList),
  "keys create": async (sources) => runClient(sources, (await import("./commands/keys-create.ts")).keysCreate),
  "keys rotate": async (sources) => runClient(sources, (await import("./commands/keys-rotate.ts")).keysRotate),
  "keys password": async (sources) => runClient(sources, (await import("./commands/keys-password.ts")).keysPassword),
  "keys revoke": async (sources) => runClient(sources, (await import("./commands/keys-revoke.ts")).keysRevoke),
  "alerts list": async (sources) => runClient(sources, (await import("./commands/alerts-list.ts")).alertsList),
  "alerts test": async (sources) => runClient(sources, (await import("./commands/alerts-test.ts")).alertsTest),
  api: async (sources) => runClient(sources, (await import("./commands/api.ts")).api),
  doctor: async (sources) => runClient(sources, (await import("./commands/doctor.ts")).doctor),
  version: async (sources) => runClient(sources, (await import("./commands/version.ts")).versionCommand),
  "--version": async () => print(version),
  help: async () => print((await import("./help.ts")).generalHelp),
};

const standIns: Readonly<Record<string, string>> = {
  "--help": "help",
  "-h": "help",
  runs: "runs list",
  failures: "failures list",
  keys: "keys list",
  breakers: "breakers list",
  alerts: "alerts list",
};

/** Runs a command line and resolves with its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  // Whoever reads our output may stop reading, as `head` does: that is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.done);
    throw error;
  });
  try {
    const { command, rest } = findCommand(args);
    return await command({ args: rest, env: process.env, cwd: process.cwd() });
  } catch (error) {
    return fail(error, args);
  }
}

function findCommand(args: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  const [first = "help", second] = args;
  const isGroup = Object.keys(commands).some((name) => name.startsWith(`${first} `));
  const length = isGroup && second !== undefined && !second.startsWith("-") ? 2 : 1;
  const typed = [first, ...args.slice(1, length)].join(" ");
  const command = commands[typed] ?? commands[standIns[typed] ?? ""];
  if (command !== undefined) return { command, rest: args.slice(length) };
  if (isGroup && length === 1) return { command: () => groupHelp(first, args), rest: [] };
  const near = nearest(typed, Object.keys(commands)) ?? nearest(first, [...groupsOf(Object.keys(commands))]);
  throw new CommandError(
    exitCodes.usage,
    "usage",
    `there is no command "${typed}"${near === undefined ? "" : `; did you mean "${near}"?`}`,
    ["stepwell --help lists them"],
  );
}

/** Of a first word alone: the commands that begin with it. */
async function groupHelp(group: string, args: readonly string[]): Promise<number> {
  const names = Object.keys(commands).filter((name) => name.startsWith(`${group} `));
  const lines = names.map((name) => `stepwell ${name} --help`);
  if (asksForHelp(args)) return print(lines.join("\n"));
  throw new CommandError(exitCodes.usage, "usage", `"${group}" is not the whole of a command`, lines);
}

function groupsOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.split(" ")[0] ?? name));
}

async function serve(command: "dev" | "start", sources: FlagSources): Promise<number> {
  if (asksForHelp(sources.args)) return print((await import("./help.ts")).serveHelp(command));
  return (await import("./commands/serve.ts")).serveCommand(command, sources);
}

async function runClient(sources: FlagSources, command: ClientCommand): Promise<number> {
  if (asksForHelp(sources.args)) return print((await import("./help.ts")).clientHelp(command));
  return command.run((await import("./client-command.ts")).clientContext(command, sources));
}

function asksForHelp(args: readonly string[]): boolean {
  // What stands behind `--` is a command of the user's.
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  return own.includes("--help") || own.includes("-h");
}

function print(text: string): number {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return exitCodes.done;
}

/** What failed, why, what to do; as JSON for those who asked for it. A stack is shown when it is our own mistake. */
function fail(error: unknown, args: readonly string[]): number {
  const known = error instanceof CommandError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const exit = known?.exitCode ?? exitCodes.failed;
  const details = known?.details ?? [];
  if (args.includes("--json") || args.includes("--jsonl"))
    process.stderr.write(
      `${JSON.stringify({ error: { code: known?.code ?? "failed", message, hint: details.join("\n") || null, exit } })}\n`,
    );
  else process.stderr.write(`error: ${message}\n${details.map((line) => `  ${line}\n`).join("")}`);
  if ((args.includes("--debug") || known === undefined) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exit;
}
