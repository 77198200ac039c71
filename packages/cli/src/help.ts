// What `--help` prints. The tables of flags are the source; docs/cli.md comes from the same.

import { type ClientCommand, type ClientFlag, sharedFlags } from "./client-command.ts";
import { type Flag, flagsOf } from "./flag-table.ts";

export const generalHelp = `Stepwell: durable step functions

Usage
  stepwell dev [flags]                 run the dev server: no keys, this machine only, finds apps by itself
  stepwell dev [flags] -- <command>    run an app beside it
  stepwell start [flags]               run the production server: keys, signed calls
  stepwell init [folder]               add Stepwell to an Express or Next.js project
  stepwell new function <name>         write a function from a template
  stepwell send <event> [json]         send an event and say what it starts
  stepwell invoke <function> [json]    start one function
  stepwell runs list                   see runs
  stepwell runs show <id>              see one run with its steps
  stepwell runs logs <id>              see what a run wrote to its log
  stepwell runs cancel [id…]           end runs that have not ended
  stepwell runs rerun <id>             repeat a run, from its beginning or from a step on
  stepwell breakers list               see which circuit breakers are open
  stepwell breakers reset <id>         close one by hand
  stepwell failures list               see what went wrong, runs that failed in groups
  stepwell failures show <id>          see one group with its runs
  stepwell failures redrive [id…]      repeat runs that failed
  stepwell failures resolve|ignore <id>  say what you think of a group
  stepwell why <run|event>             see why a run does not move, or what became of an event
  stepwell keys list                   see which keys a server knows
  stepwell keys create event|signing   make a key
  stepwell keys rotate signing         replace a key; both are taken for a while
  stepwell keys revoke <id>            end a key for good
  stepwell keys password               make another password for people
  stepwell alerts list                 see whom the server tells of what, and of what it tells now
  stepwell alerts test [channel]       see whether a notice arrives
  stepwell api <method> <path> [json]  ask the server anything
  stepwell doctor                      find out what is wrong, and what to do
  stepwell version                     this command's version and the server's

Examples
  stepwell dev -u http://localhost:3000/api/inngest
  stepwell send shop/order.placed --data '{"orderId":"A-1"}'
  stepwell runs list --status failed --json

stepwell <command> --help tells more about each.
`;

export const serveSummaries = {
  dev: "runs the dev server: no keys, this machine only, finds apps by itself",
  start: "runs the production server: keys, signed calls",
} as const;

export const serveExamples = {
  dev: ["stepwell dev", "stepwell dev -- npm run dev", "stepwell dev -u localhost:3000/api/inngest --retry-interval 1"],
  start: [
    "stepwell start",
    "STEPWELL_SIGNING_KEY=$SIGNING_KEY STEPWELL_EVENT_KEY=$EVENT_KEY stepwell start",
    "stepwell start --db /var/lib/stepwell/main.db -u https://app.example.com/api/inngest",
  ],
} as const;

const nameWidth = 36;

export function serveHelp(command: "dev" | "start"): string {
  const flags = flagsOf(command);
  return [
    `stepwell ${command}: ${serveSummaries[command]}`,
    "",
    ...section("Usage", [`stepwell ${command} [flags]${command === "dev" ? " [-- <command that starts the app>]" : ""}`]),
    ...section("Examples", serveExamples[command]),
    ...section(
      "Flags (each also as STEPWELL_<NAME>, or INNGEST_<NAME> where only that is set, and as a key of stepwell.json)",
      flags
        .filter(({ notice }) => notice === undefined)
        .map((flag) => `${serveFlagName(flag).padEnd(nameWidth)} ${flag.help} (default: ${flag[command]})`),
    ),
    ...section("Accepted, without effect", [
      flags
        .filter(({ notice }) => notice !== undefined)
        .map(({ name }) => `--${name}`)
        .join(", "),
    ]),
  ].join("\n");
}

export function clientHelp(command: ClientCommand): string {
  const row = (flag: ClientFlag): string => `${clientFlagName(flag).padEnd(nameWidth)} ${flag.help}`;
  return [
    `stepwell ${command.name}: ${command.summary}`,
    "",
    ...section("Usage", [`stepwell ${command.name} ${command.args} [flags]`.replace("  ", " ")]),
    ...section("Examples", command.examples),
    ...(command.flags.length === 0 ? [] : section("Flags", command.flags.map(row))),
    ...(command.isLocal === true ? [] : section("Flags of every command that talks to a server", sharedFlags.map(row))),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [title, ...lines.map((line) => `  ${line}`), ""];
}

/** As it is typed, with its aliases. */
export function serveFlagName(flag: Flag): string {
  const names = [
    ...(flag.short === undefined ? [] : [`-${flag.short}`]),
    `--${flag.name}`,
    ...(flag.aliases ?? []).map((alias) => `--${alias}`),
  ];
  if (flag.type === "rate") return `${names.join(", ")}[=rate]`;
  return `${names.join(", ")}${flag.type === "switch" ? "" : ` <${placeholderOf[flag.type]}>`}`;
}

const placeholderOf = { text: "text", list: "a,b", number: "n", duration: "duration" } as const;

export function clientFlagName({ name, short, value }: ClientFlag): string {
  return `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` <${value}>`}`;
}
