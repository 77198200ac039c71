// The `stepwell` command: finds the command, runs it, and says what went wrong.

import { CommandError, exitCodes } from "./exit-codes.ts";
import { generalHelp, serveHelp } from "./help.ts";
import { nearest } from "./nearest.ts";
import type { FlagSources } from "./read-flags.ts";
import { version } from "./version.ts";

type Command = (sources: FlagSources) => Promise<number>;

/** Loaded when they are asked for: a short command need not read the server's code. */
const commands: Readonly<Record<string, Command>> = {
  dev: async (sources) => (await import("./commands/serve.ts")).serveCommand("dev", sources),
  start: async (sources) => (await import("./commands/serve.ts")).serveCommand("start", sources),
  send: async (sources) => (await import("./commands/send.ts")).sendCommand(sources),
  runs: async (sources) => (await import("./commands/runs.ts")).runsCommand(sources),
  version: async () => print(version),
  help: async () => print(generalHelp),
};

/** Runs a command line and resolves with its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name = "help", ...rest] = args;
  try {
    if (name === "--version") return print(version);
    if (name === "--help" || name === "-h") return print(generalHelp);
    const command = commands[name];
    if (command === undefined) throw unknownCommand(name);
    if (rest.includes("--help") || rest.includes("-h")) return print(name === "dev" || name === "start" ? serveHelp(name) : generalHelp);
    return await command({ args: rest, env: process.env, cwd: process.cwd() });
  } catch (error) {
    return fail(error, rest.includes("--json"), rest.includes("--debug"));
  }
}

function print(text: string): number {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return exitCodes.done;
}

function unknownCommand(name: string): CommandError {
  const near = nearest(name, Object.keys(commands));
  return new CommandError(
    exitCodes.usage,
    "usage",
    `there is no command "${name}"${near === undefined ? "" : `; did you mean "${near}"?`}`,
    ["stepwell --help lists them"],
  );
}

function fail(error: unknown, asJson: boolean, withStack: boolean): number {
  const known = error instanceof CommandError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const exit = known?.exitCode ?? exitCodes.failed;
  if (asJson)
    process.stderr.write(
      `${JSON.stringify({ error: { code: known?.code ?? "failed", message, hint: known?.details.join(" ") ?? "", exit } })}\n`,
    );
  else process.stderr.write(`error: ${message}\n${(known?.details ?? []).map((line) => `  ${line}\n`).join("")}`);
  if (withStack || known === undefined) process.stderr.write(`${error instanceof Error ? error.stack : ""}\n`);
  return exit;
}
