// `npm start`: the server, a mail catcher and the Meridian example, then a tour. It stays up until Ctrl-C.
//
//   --once           ends after the tour
//   --port <n>       the server on this port, the others on the three after it
//   --data <folder>  where the data is; .stepwell/ and examples/meridian/.data/ without it

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stopSignals } from "@stepwell/cli";
import { freePorts } from "./start/free-ports.ts";
import { Programs } from "./start/programs.ts";
import { tour } from "./start/tour.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const portTakenCode = 5;
let endCode: number | undefined;

const { values } = parseArgs({
  options: { once: { type: "boolean", default: false }, port: { type: "string" }, data: { type: "string" } },
});
const ports = portsFrom(values.port);
const server = `http://localhost:${ports.server}`;
const meridian = `http://localhost:${ports.meridian}`;

// A terminal that was closed takes no more lines; the programs are ended all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const taken = await freePorts(
  [
    { port: ports.server, what: "the Stepwell server" },
    { port: ports.meridian, what: "Meridian" },
    { port: ports.smtp, what: "the mail catcher" },
    { port: ports.mailList, what: "the mail catcher's list" },
  ],
  (line) => process.stderr.write(`${line}\n`),
);
if (taken !== undefined) {
  process.stderr.write(`error: ${taken}\n  Stop it and run npm start again, or choose other ports: npm start -- --port 9000\n`);
  process.exit(portTakenCode);
}

const signals = stopSignals();
const programs = new Programs({ cwd: root, print: say, onEnd: programEnded });
const data = values.data === undefined ? undefined : resolve(values.data);
programs.start({
  name: "stepwell",
  args: [
    ...["packages/cli/bin/stepwell.js", "dev", "--log", "pretty", "--port", String(ports.server)],
    ...["--discover-ports", String(ports.meridian), "--db", data === undefined ? ".stepwell/dev.db" : join(data, "dev.db")],
  ],
});
programs.start({
  name: "meridian",
  args: ["examples/meridian/server.js"],
  env: {
    // On the usual ports Meridian needs no variable at all.
    ...(values.port === undefined
      ? {}
      : { PORT: String(ports.meridian), INNGEST_DEV: server, SMTP_URL: `smtp://localhost:${ports.smtp}`, BACKEND_URL: meridian }),
    ...(data === undefined ? {} : { MERIDIAN_DB: join(data, "meridian.db") }),
  },
});
programs.start({
  name: "mail    ",
  args: ["examples/meridian/mail-catcher.js"],
  env: values.port === undefined ? {} : { SMTP_PORT: String(ports.smtp), MAIL_HTTP_PORT: String(ports.mailList) },
});

void signals.first.then(() => end(0));
try {
  await tour({ server, meridian, say });
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
  if (first === undefined) return { server: 8288, meridian: 5001, smtp: 1025, mailList: 1080 };
  const port = Number(first);
  if (Number.isInteger(port) && port >= 1 && port <= 65_532)
    return { server: port, meridian: port + 1, smtp: port + 2, mailList: port + 3 };
  process.stderr.write(`error: --port takes a number from 1 to 65532, and "${first}" is none\n`);
  process.exit(2);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
