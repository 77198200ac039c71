// A server and two apps as processes of their own, any of which may be killed at any moment; and whoever sends events to
// them goes on until each is acknowledged, as SDKs do.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../bin/stepwell.js", import.meta.resolve("@stepwell/cli")));
const appMain = fileURLToPath(new URL("../app/main.ts", import.meta.url));

export const appNames = ["killed-v3", "killed-v4"] as const;
export type AppName = (typeof appNames)[number];
export type Victim = "server" | AppName;

export class KilledWorld {
  readonly folder = mkdtempSync(join(tmpdir(), "stepwell-killed-"));
  readonly database = join(this.folder, "killed.db");
  readonly doneFile = join(this.folder, "done.txt");
  /** Ids of acknowledged events, by the name of their function. */
  readonly acknowledged = new Map<string, string[]>();
  readonly #processes = new Map<Victim, ChildProcess>();
  readonly #ports = new Map<Victim, number>();
  #sends = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#ports.get("server")}`;
  }

  async start(): Promise<void> {
    for (const victim of ["server", ...appNames] as const) this.#ports.set(victim, await freePort());
    for (const victim of ["server", ...appNames] as const) await this.revive(victim);
    for (const name of appNames) await this.#sync(name);
  }

  async kill(victim: Victim): Promise<void> {
    const child = this.#processes.get(victim);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async revive(victim: Victim): Promise<void> {
    const child = victim === "server" ? this.#spawnServer() : this.#spawnApp(victim);
    this.#processes.set(victim, child);
    await new Promise<void>((resolve, reject) => {
      let output = "";
      const read = (chunk: Buffer): void => {
        output += chunk.toString();
        if (/server\.ready|listening \d+/.test(output)) resolve();
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      child.once("exit", (code, signal) => reject(new Error(`${victim} ended with ${code ?? signal}: ${output.slice(-2_000)}`)));
    });
  }

  /** Sends until somebody says that it is accepted; a seed makes all tries one. */
  async send(name: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    this.#sends += 1;
    const seed = `${Date.now()},${Buffer.from(String(this.#sends).padStart(10, "0")).toString("base64")}`;
    const body = JSON.stringify({ name, data });
    const [id] = await this.#untilAnswered<{ readonly ids: readonly string[] }>("/e/test", body, { "x-inngest-event-id-seed": seed }).then(
      ({ ids }) => ids,
    );
    if (id === undefined) throw new Error(`the event ${name} was answered without an id`);
    this.acknowledged.set(name, [...(this.acknowledged.get(name) ?? []), id]);
  }

  /** What steps did, over all lives of both apps: `<run> <step>` and the values they returned. */
  done(): ReadonlyMap<string, readonly string[]> {
    const values = new Map<string, string[]>();
    for (const line of readFileSync(this.doneFile, "utf8")
      .split("\n")
      .filter((each) => each !== "")) {
      const [run = "", step = "", value = ""] = line.split(" ");
      values.set(`${run} ${step}`, [...(values.get(`${run} ${step}`) ?? []), value]);
    }
    return values;
  }

  async close(): Promise<void> {
    for (const victim of this.#processes.keys()) await this.kill(victim);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async stopServer(): Promise<void> {
    await this.kill("server");
  }

  async #sync(name: AppName): Promise<void> {
    await this.#untilAnswered("/api/v1/apps/sync", JSON.stringify({ url: `http://127.0.0.1:${this.#ports.get(name)}/api/inngest` }), {});
  }

  async #untilAnswered<Answer>(path: string, body: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    for (const until = Date.now() + 60_000; ; ) {
      try {
        const response = await fetch(`${this.url}${path}`, { method: "POST", body, headers, signal: AbortSignal.timeout(5_000) });
        if (response.ok) return (await response.json()) as Answer;
        if (response.status < 500) throw new TypeError(`${path} was refused: ${await response.text()}`);
      } catch (error) {
        if (error instanceof TypeError && error.message.includes("refused:")) throw error;
      }
      if (Date.now() > until) throw new Error(`${path} was not answered within a minute`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  #spawnServer(): ChildProcess {
    const port = String(this.#ports.get("server"));
    const flags = ["--no-discovery", "--no-poll", "--retry-interval", "0.5", "--log", "lines", "--db", this.database];
    return spawn(process.execPath, [bin, "dev", "--port", port, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  }

  #spawnApp(name: AppName): ChildProcess {
    const env = {
      PATH: process.env["PATH"] ?? "",
      NODE_ENV: "test",
      SDK: name === "killed-v3" ? "v3" : "v4",
      APP_ID: name,
      FUNCTIONS: "killed",
      PORT: String(this.#ports.get(name)),
      DONE_FILE: this.doneFile,
      INNGEST_DEV: this.url,
    };
    return spawn(process.execPath, [appMain], { env, stdio: ["ignore", "pipe", "pipe"] });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
