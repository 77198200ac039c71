// `npm start`: the server, a mail catcher and an example (Meridian), then a tour. It stays up until Ctrl-C.
//
//   --example <name> another example: meridian, handyman
//   --once           ends after the tour
//   --port <n>       the server on this port, the others on the three after it
//   --data <folder>  where the data is; .stepwell/ and the example's .data/ without it

import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stopSignals } from "@stepwell/cli";
import { type Example, examples } from "./start/example.ts";
import { freePorts } from "./start/free-ports.ts";
import { Programs } from "./start/programs.ts";
import { tour } from "./start/tour.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const portTakenCode = 5;
let endCode: number | undefined;

const { values } = parseArgs({
  options: {
    once: { type: "boolean", default: false },
    example: { type: "string", default: "meridian" },
    port: { type: "string" },
    data: { type: "string" },
  },
});
const example = exampleOf(values.example);
const ports = portsFrom(values.port);
const server = `http://localhost:${ports.server}`;
const app = `http://localhost:${ports.app}`;

// A terminal that was closed takes no more lines; the programs are ended all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const taken = await freePorts(
  [
    { port: ports.server, what: "the Stepwell server" },
    { port: ports.app, what: example.title },
    { port: ports.smtp, what: "the mail catcher" },
    { port: ports.mailList, what: "the mail catcher's list" },
  ],
  (line) => process.stderr.write(`${line}\n`),
);
if (taken !== undefined) {
  process.stderr.write(`error: ${taken}\n  Stop it and run npm start again, or choose other ports: npm start -- --port 9000\n`);
  process.exit(portTakenCode);
}

build(example);
const signals = stopSignals();
const programs = new Programs({ cwd: root, print: say, onEnd: programEnded });
const data = values.data === undefined ? undefined : resolve(values.data);
programs.start({
  name: "stepwell",
  args: [
    ...["packages/cli/bin/stepwell.js", "dev", "--log", "pretty", "--port", String(ports.server)],
    ...["--discover-ports", String(ports.app), "--db", join(data ?? ".stepwell", example.serverDatabaseName)],
  ],
});
programs.start({
  name: values.example,
  args: example.args,
  env: {
    // On the usual ports it needs no variable at all.
    ...(values.port === undefined
      ? {}
      : { PORT: String(ports.app), INNGEST_DEV: server, SMTP_URL: `smtp://localhost:${ports.smtp}`, [example.urlVariable]: app }),
    ...(data === undefined ? {} : { [example.databaseVariable]: join(data, example.databaseName) }),
  },
});
programs.start({
  name: "mail    ",
  args: ["examples/meridian/mail-catcher.js"],
  env: values.port === undefined ? {} : { SMTP_PORT: String(ports.smtp), MAIL_HTTP_PORT: String(ports.mailList) },
});

void signals.first.then(() => end(0));
try {
  await tour(example, { server, app, say });
  if (values.once) await end(0);
  else say("Everything stays up. Ctrl-C ends it; the data stays for the next npm start.\n");
} catch (error) {
  await fail(error instanceof Error ? error.message : String(error), 1);
}

async function end(code: number): Promise<void> {
  endCode ??= code;
  await programs.end();
  process.exit(endCode);
}

/** What fails while everything is being ended fails because of that. */
async function fail(message: string, code: number): Promise<void> {
  if (endCode === undefined) process.stderr.write(`error: ${message}\n`);
  await end(code);
}

function programEnded(name: string, code: number): void {
  void fail(`${name} ended with code ${code}`, code === 0 ? 1 : code);
}

function portsFrom(first: string | undefined) {
  if (first === undefined) return { server: 8288, app: example.port, smtp: 1025, mailList: 1080 };
  const port = Number(first);
  if (Number.isInteger(port) && port >= 1 && port <= 65_532) return { server: port, app: port + 1, smtp: port + 2, mailList: port + 3 };
  process.stderr.write(`error: --port takes a number from 1 to 65532, and "${first}" is none\n`);
  process.exit(2);
}

function exampleOf(name: string): Example {
  const found = Object.hasOwn(examples, name) ? examples[name] : undefined;
  if (found !== undefined) return found;
  process.stderr.write(`error: there is no example "${name}"; there are ${Object.keys(examples).join(" and ")}\n`);
  process.exit(2);
}

function build({ build: args }: Example): void {
  if (args === undefined) return;
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
