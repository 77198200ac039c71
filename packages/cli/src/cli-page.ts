// docs/cli.md, made from the tables that the command itself reads. `npm run docs -w @stepwell/cli` writes it.

import { type ClientCommand, type ClientFlag, sharedFlags } from "./client-command.ts";
import { alertsList } from "./commands/alerts-list.ts";
import { alertsTest } from "./commands/alerts-test.ts";
import { api } from "./commands/api.ts";
import { breakersList } from "./commands/breakers-list.ts";
import { breakersReset } from "./commands/breakers-reset.ts";
import { doctor } from "./commands/doctor.ts";
import { failuresList } from "./commands/failures-list.ts";
import { failuresRedrive } from "./commands/failures-redrive.ts";
import { failuresShow } from "./commands/failures-show.ts";
import { failuresIgnore, failuresOpen, failuresResolve } from "./commands/failures-state.ts";
import { init } from "./commands/init.ts";
import { invoke } from "./commands/invoke.ts";
import { keysCreate } from "./commands/keys-create.ts";
import { keysList } from "./commands/keys-list.ts";
import { keysPassword } from "./commands/keys-password.ts";
import { keysRevoke } from "./commands/keys-revoke.ts";
import { keysRotate } from "./commands/keys-rotate.ts";
import { newFunction } from "./commands/new-function.ts";
import { runsCancel } from "./commands/runs-cancel.ts";
import { runsList } from "./commands/runs-list.ts";
import { runsLogs } from "./commands/runs-logs.ts";
import { runsRerun } from "./commands/runs-rerun.ts";
import { runsShow } from "./commands/runs-show.ts";
import { send } from "./commands/send.ts";
import { versionCommand } from "./commands/version.ts";
import { why } from "./commands/why.ts";
import { configNames } from "./config-file.ts";
import { exitCodeMeanings, exitCodes } from "./exit-codes.ts";
import { flagTable } from "./flag-table.ts";
import { clientFlagName, serveExamples, serveFlagName, serveSummaries } from "./help.ts";
import { variablesOf } from "./read-flags.ts";

const clientCommands: readonly ClientCommand[] = [
  init,
  newFunction,
  send,
  invoke,
  runsList,
  runsShow,
  runsLogs,
  runsCancel,
  runsRerun,
  breakersList,
  breakersReset,
  failuresList,
  failuresShow,
  failuresRedrive,
  failuresResolve,
  failuresIgnore,
  failuresOpen,
  why,
  keysList,
  keysCreate,
  keysRotate,
  keysRevoke,
  keysPassword,
  alertsList,
  alertsTest,
  api,
  doctor,
  versionCommand,
];

/** The page as Markdown. */
export function cliPage(): string {
  return `${[
    "# The command line",
    "",
    "This page is written by `npm run docs -w @stepwell/cli` from the tables the command reads; edit those.",
    "",
    ...servers(),
    ...clientCommands.flatMap(clientSection),
    "## Flags of every command that talks to a server",
    "",
    ...clientTable(sharedFlags),
    ...output(),
    "## Exit codes",
    "",
    ...table(
      ["Code", "Meaning"],
      Object.entries(exitCodes).map(([name, code]) => [String(code), exitCodeMeanings[name as keyof typeof exitCodes]]),
    ),
  ].join("\n")}`;
}

function servers(): readonly string[] {
  return [
    ...(["dev", "start"] as const).flatMap((command) => [
      `## stepwell ${command}`,
      "",
      `It ${serveSummaries[command]}.`,
      "",
      ...code(serveExamples[command]),
    ]),
    "Behind `--` stands a command that starts an app: `dev` runs it beside the server with `STEPWELL_DEV` and `INNGEST_DEV` set to",
    "its own address, shows its lines with `app │` before them, and keeps those that name a run's id in the log of that run",
    "(`stepwell runs logs <id>`). Both end together: the app when the server is told to stop, the server when the app has ended,",
    "with its exit code. Nothing is restarted.",
    "",
    "## Flags of dev and start",
    "",
    "A setting is taken from the flag, else from the environment as `STEPWELL_<NAME>`, else as `INNGEST_<NAME>` (dashes become",
    "underscores), else from the configuration file, else it has the default shown here. A dash means that the command does not",
    `have the flag. The file is the first of ${configNames.map((name) => `\`${name}\``).join(", ")} that is found from`,
    "the working directory upwards, then in `~/.config/stepwell` and `~/.config/inngest`, or what `--config` names. Its keys are",
    "these names, flat or under `dev` and `start`; the nested one wins. One that was found and is broken is passed over with a",
    "line; one that was named and is broken ends the command. Lists are separated by commas, or the flag is given several times.",
    "A bare number for a time means seconds. The variables of secrets also have a form that names a file,",
    `${flagTable
      .filter(({ isSecret }) => isSecret === true)
      .map((flag) => `\`${variablesOf(flag)[0]}_FILE\``)
      .join(", ")}; of several keys each has a line.`,
    "In `dev` the keys are taken from flags and file alone: the keys of production in a shell's environment do not lock a dev",
    "server.",
    "",
    "The section `alerts` of the file, flat or under the command, says whom to tell of what: [alerts.md](alerts.md).",
    "",
    "`start` makes the keys that are neither given nor kept in its database, keeps them there and prints them once, on stderr.",
    "So it does with a password for people, of which the hash is kept: it opens `/api/v1` to a browser that signs in.",
    "Keys that are given stand beside those of the database: of the signing keys the first given one signs, else the oldest.",
    "",
    ...table(
      ["Flag", "dev", "start", "What it does"],
      flagTable
        .filter(({ notice }) => notice === undefined)
        .map((flag) => [`\`${serveFlagName(flag)}\``, flag.dev ?? "–", flag.start ?? "–", flag.help]),
    ),
    "These are accepted so that scripts go on working; a line says that they have no effect, and why.",
    "",
    ...table(
      ["Flag", "Why it has no effect"],
      flagTable.flatMap((flag) => (flag.notice === undefined ? [] : [[`\`${serveFlagName(flag)}\``, flag.notice]])),
    ),
    "Ctrl-C and SIGTERM let calls under way come back within `--grace` and exit with 0; `start` exits with 1 when some did not.",
    "Their work goes on with the next start. A second signal ends the process at once.",
    "",
  ];
}

function clientSection(command: ClientCommand): readonly string[] {
  return [
    `## stepwell ${command.name}`,
    "",
    `It ${command.summary}.`,
    "",
    ...code(command.examples),
    ...(command.flags.length === 0 ? [] : clientTable(command.flags)),
  ];
}

function clientTable(flags: readonly ClientFlag[]): readonly string[] {
  return table(
    ["Flag", "What it does"],
    flags.map((flag) => [`\`${clientFlagName(flag)}\`${flag.isList === true ? ", repeatable" : ""}`, flag.help]),
  );
}

function output(): readonly string[] {
  return [
    "## Output",
    "",
    "Data goes to stdout; hints, notes and errors go to stderr. In a pipe a table has tabs, whole values and ISO times. With",
    '`--json` an error is `{"error":{"code","message","hint","exit"}}` on stderr, and stdout stays empty. Ids of runs may be cut to',
    "a unique beginning of six characters or more. A key is not sent over plain HTTP to another machine unless `--insecure` is",
    "given. Nothing is asked where stdin or stderr is no terminal: what needs an answer is refused with exit code 2.",
    "",
  ];
}

function code(lines: readonly string[]): readonly string[] {
  return ["```sh", ...lines, "```", ""];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(heads), row(heads.map(() => "---")), ...rows.map(row), ""];
}
