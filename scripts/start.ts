// `npm start`: the server, a mail catcher and the Meridian example, then a tour: somebody registers, checks into a room
// and out of it, and the runs are shown with their steps. It stays up until Ctrl-C. `--once` ends after the tour.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const isOnce = process.argv.includes("--once");
const server = "http://localhost:8288";
const meridian = "http://localhost:5001";
const portTakenCode = 5;
const waitMsMax = 60_000;

interface Run {
  readonly id: string;
  readonly status: string;
  readonly statusReason: { readonly text: string; readonly until: string | null } | null;
  readonly function: { readonly slug: string };
  readonly durationMs: number | null;
}
interface Span {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly start: number | null;
  readonly end: number | null;
}

const children: ChildProcess[] = [];
let isEnding = false;

for (const [port, what] of [
  [8288, "the Stepwell server"],
  [5001, "Meridian"],
  [1025, "the mail catcher"],
  [1080, "the mail catcher's list"],
] as const)
  if (await isTaken(port)) {
    process.stderr.write(`error: port ${port}, for ${what}, is taken by another program; stop it and run npm start again\n`);
    process.exit(portTakenCode);
  }

process.on("SIGINT", () => void end(0));
process.on("SIGTERM", () => void end(0));

start("stepwell", ["packages/cli/bin/stepwell.js", "dev", "--log", "pretty", "--db", ".stepwell/dev.db"]);
start("mail    ", ["examples/meridian/mail-catcher.js"]);
start("meridian", ["examples/meridian/server.js"]);

try {
  await tour();
  if (isOnce) await end(0);
  else say(`Everything stays up. Ctrl-C ends it; the data in .stepwell/ and examples/meridian/.data/ stays for the next npm start.\n`);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  await end(1);
}

async function tour(): Promise<void> {
  await until("the server is ready", async () => (await ask(`${server}/health`)) !== undefined);
  await until("the server has found Meridian on port 5001", async () => {
    const apps = await ask<{ readonly data: readonly { readonly id: string; readonly error: string | null }[] }>(`${server}/api/v1/apps`);
    return (
      apps?.data.some(({ id, error }) => id === "meridian" && error === null) === true && (await ask(`${meridian}/health`)) !== undefined
    );
  });
  const name = `student-${Date.now().toString(36)}`;
  say(`\nA tour: ${name} registers, checks into the library and leaves it.\n`);
  const { user } = await post<{ readonly user: { readonly id: string } }>(`${meridian}/api/auth/register`, {
    email: `${name}@campus.example`,
    username: name,
    name,
    school: "Campus",
  });
  await post(`${meridian}/api/users/${user.id}/check-in`, { roomId: "library-2" });
  await post(`${meridian}/api/inngest-examples/checkout-room`, { userId: user.id, roomId: "library-2", reason: "Study session completed" });
  await post(`${meridian}/api/users/${user.id}/check-in`, { roomId: "reading-room" });
  await post(`${meridian}/api/inngest-examples/test-connection`, { message: "Hello from the backend!" });
  await until("the runs have ended or sleep", async () => {
    const runs = await latestRuns();
    return (
      runs.length >= 5 &&
      runs.every(
        ({ status, statusReason }) =>
          status === "completed" || (status === "waiting" && Date.parse(statusReason?.until ?? "") > Date.now() + 60_000),
      )
    );
  });
  await show();
}

async function latestRuns(): Promise<readonly Run[]> {
  return (await ask<{ readonly data: readonly Run[] }>(`${server}/api/v1/runs?limit=5`))?.data ?? [];
}

async function show(): Promise<void> {
  say(`\nThe runs, newest first:\n`);
  for (const run of await latestRuns()) {
    const trace = await ask<{ readonly data: { readonly spans: readonly Span[] } }>(`${server}/api/v1/runs/${run.id}/trace`);
    const reason =
      run.statusReason === null
        ? `${run.durationMs} ms`
        : `${run.statusReason.text}${run.statusReason.until === null ? "" : ` (until ${run.statusReason.until})`}`;
    say(`  ${mark(run.status)} ${run.function.slug.padEnd(36)} ${run.status.padEnd(10)} ${reason}\n      ${server}/api/v1/runs/${run.id}`);
    for (const span of trace?.data.spans.filter(({ id }) => id !== "run") ?? [])
      say(
        `      ${mark(span.status)} ${span.name.padEnd(32)} ${span.kind.padEnd(16)} ${span.start !== null && span.end !== null ? `${span.end - span.start} ms` : span.status}`,
      );
  }
  say("");
}

function mark(status: string): string {
  return { completed: "✓", failed: "✕", waiting: "⧗", sleeping: "⧗", running: "◔" }[status] ?? "○";
}

function start(name: string, args: readonly string[]): void {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const prefix = (chunk: Buffer): void => {
    for (const line of chunk.toString().split("\n")) if (line.trim() !== "") process.stdout.write(`${name} │ ${line}\n`);
  };
  child.stdout.on("data", prefix);
  child.stderr.on("data", prefix);
  child.once("exit", (code) => {
    if (isEnding) return;
    process.stderr.write(`error: ${name.trim()} ended with code ${code}\n`);
    void end(code === 0 ? 1 : (code ?? 1));
  });
  children.push(child);
}

/** The children get the terminal's signal too; what has not ended by then is told again. */
async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await Promise.all(
    children.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once("exit", () => resolve());
          child.kill("SIGTERM");
          setTimeout(() => child.kill("SIGKILL"), 5_000).unref();
        }),
    ),
  );
  process.exit(code);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const give = Date.now() + waitMsMax;
  while (!(await holds())) {
    if (Date.now() > give) throw new Error(`waited ${waitMsMax / 1_000} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `undefined`: nobody answers yet. */
async function ask<Body>(url: string): Promise<Body | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? ((await response.json()) as Body) : undefined;
  } catch {
    return undefined; // Not up yet.
  }
}

async function post<Body>(url: string, body: unknown): Promise<Body> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Body;
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(true));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(false)));
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
