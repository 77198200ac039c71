// Runs the real command as a process of its own, as people and scripts do.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const bin = fileURLToPath(new URL("../bin/stepwell.js", import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
}

/** A folder of the test's own. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command to its end. Nothing it reads or writes is a terminal. */
export async function stepwell(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = begin(args, options);
  // A command that refuses its arguments ends without having read what it is sent.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
  return { code, stdout, stderr };
}

export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  /** A line of its log, by the name of what happened; those of before count. */
  line(event: string, is?: (line: Readonly<Record<string, unknown>>) => boolean): Promise<Readonly<Record<string, unknown>>>;
  /** What it has said on stderr, as soon as that matches. */
  said(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended. */
  readonly ended: Promise<CommandResult>;
}

/** Starts a server on a free port with a database of its own, and waits until it is ready. */
export async function stepwellServer(
  command: "dev" | "start",
  args: readonly string[],
  options: CommandOptions = {},
): Promise<ServerProcess> {
  const folder = options.cwd ?? temporaryFolder();
  const child = begin([command, "--port", "0", "--log", "json", ...args], { ...options, cwd: folder });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended(child);
  });
  const log = readLog(child);
  const stderr = text(child.stderr);
  const ready = await Promise.race([
    log.line("server.ready"),
    ended(child).then(async (code) => Promise.reject(new Error(`the server ended with ${code}: ${await stderr}`))),
  ]);
  const url = String(ready["url"]);
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    folder,
    line: log.line,
    said: (pattern) => matching(child.stderr, pattern),
    kill: (signal) => void child.kill(signal),
    ended: ended(child).then(async (code) => ({ code, stdout: log.text(), stderr: await stderr })),
  };
}

function begin(args: readonly string[], { env, cwd, nodeFlags = [] }: CommandOptions): ChildProcess {
  // The environment of whoever runs the tests must not reach the settings.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STEPWELL|INNGEST)_|^(PORT|NODE_OPTIONS|VITEST.*)$/.test(name));
  return spawn(process.execPath, [...nodeFlags, bin, ...args], {
    cwd: cwd ?? temporaryFolder(),
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

function readLog(child: ChildProcess) {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const waiting: {
    readonly isIt: (line: Readonly<Record<string, unknown>>) => boolean;
    readonly resolve: (line: Readonly<Record<string, unknown>>) => void;
  }[] = [];
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (line) => {
      const value = JSON.parse(line) as Readonly<Record<string, unknown>>;
      lines.push(value);
      for (const { isIt, resolve } of waiting) if (isIt(value)) resolve(value);
    });
  return {
    text: () => lines.map((line) => JSON.stringify(line)).join("\n"),
    line(event: string, is: (line: Readonly<Record<string, unknown>>) => boolean = () => true): Promise<Readonly<Record<string, unknown>>> {
      const isIt = (line: Readonly<Record<string, unknown>>): boolean => line["event"] === event && is(line);
      const before = lines.find(isIt);
      return before === undefined ? new Promise((resolve) => waiting.push({ isIt, resolve })) : Promise.resolve(before);
    },
  };
}

/** What a stream has brought so far, from its beginning. */
const broughtBy = new WeakMap<NodeJS.ReadableStream, { text: string }>();

function brought(stream: NodeJS.ReadableStream): { readonly text: string } {
  const known = broughtBy.get(stream);
  if (known !== undefined) return known;
  const made = { text: "" };
  broughtBy.set(stream, made);
  stream.on("data", (chunk) => {
    made.text += String(chunk);
  });
  return made;
}

async function matching(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<string> {
  if (stream === null) throw new Error("there is no stream to read");
  const all = brought(stream);
  while (!pattern.test(all.text)) await new Promise((resolve) => stream.once("data", resolve));
  return all.text;
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (stream === null) return "";
  const all = brought(stream);
  await new Promise((resolve) => stream.once("end", resolve));
  return all.text;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once("exit", (code) => resolve(code));
  });
}
