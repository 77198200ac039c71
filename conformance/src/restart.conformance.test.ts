// kill -9 on the server, as a process of its own, while runs are in every state they can be in.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";

const bin = fileURLToPath(new URL("../bin/stepwell.js", import.meta.resolve("@stepwell/cli")));
const folder = mkdtempSync(join(tmpdir(), "stepwell-kill-"));
const port = 20_000 + (process.pid % 20_000);
const url = `http://127.0.0.1:${port}`;
let server: ChildProcess;

beforeAll(async () => {
  server = await startServerProcess();
});
afterAll(async () => {
  await kill(server);
  rmSync(folder, { recursive: true, force: true });
});

function startServerProcess(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      bin,
      "dev",
      "--port",
      String(port),
      "--no-discovery",
      "--no-poll",
      "--retry-interval",
      "0.05",
      "--log",
      "lines",
      "--db",
      join(folder, "kill.db"),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("server.ready")) resolve(child);
    });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

interface RunView {
  readonly id: string;
  readonly status: string;
  readonly trigger: { readonly eventId: string };
  readonly function: { readonly slug: string };
}

async function runs(): Promise<readonly RunView[]> {
  const response = await fetch(`${url}/api/v1/runs?limit=200`);
  return ((await response.json()) as { readonly data: readonly RunView[] }).data;
}

async function send(name: string, count: number): Promise<readonly string[]> {
  const response = await fetch(`${url}/e/test`, {
    method: "POST",
    body: JSON.stringify(Array.from({ length: count }, () => ({ name: `conformance/${name}`, data: {} }))),
  });
  return ((await response.json()) as { readonly ids: readonly string[] }).ids;
}

/** What the functions do that are under way when the server dies, and what each step may have run at least. */
const mixed = [
  "forty-steps",
  "sleep",
  "parallel-20",
  "waves",
  "two-sleeps",
  "step-retry",
  "checkpointing-off",
  "step-then-parallel-then-step",
];
const killsAtMs = [20, 60, 120, 250, 500];

describe.for(["v3", "v4"] as const)("a server that is killed, with inngest %s", (sdk) => {
  let app: AppProcess;
  beforeAll(async () => {
    app = await startApp({ sdk, serverUrl: url });
    const response = await fetch(`${url}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url: app.url }) });
    expect(response.status).toBe(200);
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.for(killsAtMs)("after %i ms and started anew loses nothing, and every run completes", { timeout: 60_000 }, async (killAtMs) => {
    const accepted: string[] = [];
    for (const name of mixed) accepted.push(...(await send(name, 3)));
    await new Promise((resolve) => setTimeout(resolve, killAtMs));
    await kill(server);
    server = await startServerProcess();
    const mine = async (): Promise<readonly RunView[]> => (await runs()).filter(({ trigger }) => accepted.includes(trigger.eventId));
    await expect
      .poll(async () => (await mine()).map(({ status }) => status), { timeout: 30_000, interval: 100 })
      .toEqual(accepted.map(() => "completed"));
    // One run for each accepted event, and no step that was done once the run had gone past it was lost: each ran.
    expect(new Set((await mine()).map(({ trigger }) => trigger.eventId)).size).toBe(accepted.length);
    const forty = (await mine()).filter(({ function: { slug } }) => slug === "conformance-forty-steps");
    for (const { id } of forty) {
      const trace = (await (await fetch(`${url}/api/v1/runs/${id}/trace`)).json()) as {
        readonly data: { readonly counts: { readonly steps: number } };
      };
      expect(trace.data.counts.steps).toBe(40);
    }
  });
});
