// The server as it ships and an app on the official SDK or on ours, each in a process of its own; this process sends and watches.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { percentile } from "./measure.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface OverHttpOptions {
  readonly sdk: "inngest@4" | "stepwell";
  readonly runs: number;
  readonly latencies: number;
}

export async function overHttp({ sdk, runs, latencies }: OverHttpOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-bench-http-"));
  const started = performance.now();
  const port = 20_000 + (process.pid % 20_000);
  const serverUrl = `http://127.0.0.1:${port}`;
  const args = ["dev", "--port", String(port), "--no-discovery", "--no-poll", "--log", "none", "--db", join(folder, "http.db")];
  const server = spawn(process.execPath, ["packages/cli/bin/stepwell.js", ...args], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  await untilHealthy(serverUrl);
  const readyMs = performance.now() - started;
  const app = spawn(process.execPath, [fileURLToPath(new URL("./sdk-app.ts", import.meta.url)), sdk], {
    env: { ...process.env, INNGEST_DEV: serverUrl },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const appUrl = await firstMatch(app, /listening (\S+)/);
    await fetch(`${serverUrl}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url: `${appUrl}/api/inngest` }) });
    process.stdout.write(`\nOver HTTP with ${sdk} (checkpointing on), server and app in processes of their own\n`);
    row("spawn to ready, empty database", `${readyMs.toFixed(0)} ms`);
    // The first runs pay for the compilation of what they touch; a server that runs for days does not.
    for (const label of ["1-step runs in bulk, cold", "the same, warm"]) {
      const result = await bulk(serverUrl, appUrl, runs, server, app);
      row(
        label,
        `${Math.round(result.perSecond)} runs/s; server ${(result.serverMs / runs).toFixed(3)} ms and app ${(result.appMs / runs).toFixed(3)} ms of processor per run; the server's share ${((100 * result.serverMs) / (result.serverMs + result.appMs)).toFixed(1)} %`,
      );
    }
    const times: number[] = [];
    for (let index = 0; index < latencies; index += 1) times.push(await one(serverUrl, appUrl));
    row("1 step, one run at a time", `p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms`);
  } finally {
    app.kill("SIGKILL");
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function untilHealthy(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/health`).catch(() => undefined);
    if (response?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function bulk(
  serverUrl: string,
  appUrl: string,
  runs: number,
  server: ChildProcess,
  app: ChildProcess,
): Promise<{ readonly perSecond: number; readonly serverMs: number; readonly appMs: number }> {
  const counting = await fetch(`${appUrl}/after/${runs}`);
  const [serverBefore, appBefore] = [processorMs(server), processorMs(app)];
  const before = performance.now();
  for (let sent = 0; sent < runs; sent += 100) await post(serverUrl, Math.min(100, runs - sent));
  await counting.text();
  const seconds = (performance.now() - before) / 1_000;
  return { perSecond: runs / seconds, serverMs: processorMs(server) - serverBefore, appMs: processorMs(app) - appBefore };
}

/** Until the app has passed the end of its handler. */
async function one(serverUrl: string, appUrl: string): Promise<number> {
  const counting = await fetch(`${appUrl}/after/1`);
  const before = performance.now();
  await post(serverUrl, 1);
  await counting.text();
  return performance.now() - before;
}

async function post(serverUrl: string, count: number): Promise<void> {
  const response = await fetch(`${serverUrl}/e/bench`, {
    method: "POST",
    body: JSON.stringify(Array.from({ length: count }, () => ({ name: "bench/one", data: { n: 1 } }))),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** User and system time of a process, from the kernel's own account (Linux; elsewhere not a number). */
function processorMs(child: ChildProcess): number {
  const ticksPerSecond = 100;
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
  } catch {
    return Number.NaN; // No such account on this system.
  }
}

function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      if (output.length > 10_000) return;
      output += chunk.toString();
      const found = pattern.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
}

function row(name: string, value: string): void {
  process.stdout.write(`  ${name.padEnd(32)} ${value}\n`);
}
