// The app as it is deployed: compiled by `tsc`, in a process of its own.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
const compiler = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));

export interface Build {
  /** Where the compiled app is. */
  readonly folder: string;
  remove(): void;
}

/** Below `dist`, where Node finds the dependencies; a folder of its own, since test files run side by side. */
export function buildApp(): Build {
  mkdirSync(join(folder, "dist"), { recursive: true });
  const outDir = mkdtempSync(join(folder, "dist", "test-"));
  // Types are the business of the repository's own check.
  const args = [compiler, "-p", join(folder, "tsconfig.json"), "--outDir", outDir, "--noCheck"];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`tsc ended with ${status}:\n${stdout}`);
  return { folder: outDir, remove: () => rmSync(outDir, { recursive: true, force: true }) };
}

export interface AppProcess {
  readonly url: string;
  readonly port: number;
  /** What it printed so far. */
  output(): string;
  /** Resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Resolves when it listens; rejects with what it said when it ends before that. */
export async function startApp(build: Build, env: Readonly<Record<string, string>>): Promise<AppProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(build.folder, "server.js")], {
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", PORT: String(port), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let output = "";
  const listens = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes("listens on")) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then((code) => reject(new Error(`the app ended with ${code}: ${output}`)));
  });
  await listens;
  return { url: `http://127.0.0.1:${port}`, port, output: () => output, stop: () => stop(child, ended) };
}

function stop(child: ChildProcess, ended: Promise<number | null>): Promise<number | null> {
  child.kill("SIGTERM");
  return ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
