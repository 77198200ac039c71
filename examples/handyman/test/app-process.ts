// The app as it is deployed: compiled by `tsc`, in a process of its own.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
const compiler = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));

/**
 * The folder of the compiled app, below `dist`, where Node finds the dependencies. It is kept by the hash of its sources: test files
 * that run side by side or one after the other share it.
 */
export function buildApp(): string {
  const built = join(folder, "dist", `test-${hashOfSources()}`);
  if (existsSync(built)) return built;
  mkdirSync(dirname(built), { recursive: true });
  for (const old of readdirSync(dirname(built)))
    if (old.startsWith("test-")) rmSync(join(dirname(built), old), { recursive: true, force: true });
  const making = mkdtempSync(join(dirname(built), "making-"));
  // Types are the business of the repository's own check.
  const args = [compiler, "-p", join(folder, "tsconfig.json"), "--outDir", making, "--noCheck"];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`tsc ended with ${status}:\n${stdout}`);
  try {
    renameSync(making, built);
  } catch (error) {
    // Another test file was quicker.
    if (!existsSync(built)) throw error;
    rmSync(making, { recursive: true, force: true });
  }
  return built;
}

function hashOfSources(): string {
  const hash = createHash("sha256").update(readFileSync(join(folder, "tsconfig.json")));
  const files = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  for (const path of files.toSorted()) hash.update(path).update(readFileSync(join(folder, "src", path)));
  return hash.digest("hex").slice(0, 16);
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
export async function startApp(build: string, env: Readonly<Record<string, string>>): Promise<AppProcess> {
  const port = Number(env["PORT"] ?? (await freePort()));
  const child = spawn(process.execPath, [join(build, "server.js")], {
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", PORT: String(port), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  // A test process that ends in the middle leaves nothing behind.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  void ended.then(() => process.off("exit", kill));
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

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
