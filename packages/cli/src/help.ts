import { type Flag, flagsOf } from "./flag-table.ts";

export const generalHelp = `Stepwell: durable step functions

Usage
  stepwell dev [flags]                 run the dev server: no keys, this machine only, finds apps by itself
  stepwell start [flags]               run the production server: keys, signed calls
  stepwell send <event> [json]         send an event and say what it starts
  stepwell runs list|show|cancel       see and end runs
  stepwell version

Examples
  stepwell dev -u http://localhost:3000/api/inngest
  stepwell send shop/order.placed --data '{"orderId":"A-1"}'
  stepwell runs list --status failed --json

Flags of every command that talks to a server
  --server <url>    the server (STEPWELL_SERVER_URL; http://localhost:8288)
  --api-key <key>   its signing key (STEPWELL_API_KEY)
  --json, --jsonl   for programs
`;

const examples = {
  dev: ["stepwell dev", "stepwell dev -u localhost:3000/api/inngest --retry-interval 1"],
  start: [
    "stepwell start --signing-key $KEY --event-key $EVENT_KEY",
    "stepwell start --db /var/lib/stepwell/main.db -u https://app.example.com/api/inngest",
  ],
} as const;

export function serveHelp(command: "dev" | "start"): string {
  const lines = flagsOf(command)
    .filter(({ notice }) => notice === undefined)
    .map((flag) => `  ${nameOf(flag).padEnd(38)} ${flag.help} (default: ${flag[command]})`);
  const accepted = flagsOf(command)
    .filter(({ notice }) => notice !== undefined)
    .map(({ name }) => `--${name}`);
  return `stepwell ${command}\n\nExamples\n${examples[command].map((line) => `  ${line}`).join("\n")}\n\nFlags (each also as STEPWELL_<NAME>, or INNGEST_<NAME> where only that is set)\n${lines.join("\n")}\n\nAccepted without effect: ${accepted.join(", ")}\n`;
}

function nameOf(flag: Flag): string {
  const names = [
    ...(flag.short === undefined ? [] : [`-${flag.short}`]),
    `--${flag.name}`,
    ...(flag.aliases ?? []).map((alias) => `--${alias}`),
  ];
  return `${names.join(", ")}${flag.type === "switch" ? "" : " <…>"}`;
}
