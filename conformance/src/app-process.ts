import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface AppOptions {
  /** `own`: our `stepwell`, which takes functions in the form of either. */
  readonly sdk: "v3" | "v4" | "own";
  /** Where the SDK finds the server. */
  readonly serverUrl: string;
  readonly framework?: "express" | "fastify" | "hono" | "next";
  readonly port?: number;
  readonly without?: readonly string[];
  readonly streaming?: boolean;
  /** Which functions it has; by default those of `cases.ts`. */
  readonly functions?:
    | "cases"
    | "collecting"
    | "gated"
    | "paced"
    | "schedules"
    | "waiting"
    | "rest"
    | "requests"
    | "killed"
    | "failing"
    | "shaky";
  /** Which release of the functions that fail. */
  readonly deploy?: "broken" | "mended";
  /** Where the functions that are killed elsewhere say what they did. */
  readonly doneFile?: string;
  /** While it is there, shaky functions fail, and a step of a gated one goes on. */
  readonly downFile?: string;
  /** In cloud mode, with this key; absent: dev mode. */
  readonly signingKey?: string;
  readonly eventKey?: string;
}

export interface AppProcess extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** How often user code of a run did what it counts. */
  counts(runId: string): Promise<Readonly<Record<string, number>>>;
  /** Sends through the SDK's own client. */
  send(events: unknown): Promise<{ readonly ids?: readonly string[]; readonly error?: string }>;
  /** The SDK's own `sendSignal`. */
  signal(signal: unknown): Promise<object>;
}

/** Starts an app on an official SDK and waits until it listens. */
export async function startApp(options: AppOptions): Promise<AppProcess> {
  const signed =
    options.signingKey === undefined
      ? { INNGEST_DEV: options.serverUrl }
      : {
          INNGEST_DEV: "0",
          INNGEST_BASE_URL: options.serverUrl,
          INNGEST_SIGNING_KEY: options.signingKey,
          INNGEST_EVENT_KEY: options.eventKey ?? "",
        };
  const env = {
    PATH: process.env["PATH"] ?? "",
    NODE_ENV: "test",
    SDK: options.sdk,
    FRAMEWORK: options.framework ?? "express",
    PORT: String(options.port ?? 0),
    WITHOUT: (options.without ?? []).join(","),
    STREAMING: options.streaming === true ? "1" : "0",
    FUNCTIONS: options.functions ?? "cases",
    ...(options.deploy === undefined ? {} : { DEPLOY: options.deploy }),
    ...(options.doneFile === undefined ? {} : { DONE_FILE: options.doneFile }),
    ...(options.downFile === undefined ? {} : { DOWN_FILE: options.downFile }),
    ...signed,
  };
  const child = spawn(process.execPath, [fileURLToPath(new URL("../app/main.ts", import.meta.url))], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const port = await listeningPort(child);
  const base = `http://127.0.0.1:${port}`;
  return {
    port,
    url: `${base}/api/inngest`,
    process: child,
    counts: async (runId) => (await (await fetch(`${base}/counts/${runId}`)).json()) as Record<string, number>,
    send: async (events) =>
      (await (await fetch(`${base}/send`, { method: "POST", body: JSON.stringify(events) })).json()) as { ids?: string[] },
    signal: async (signal) => (await (await fetch(`${base}/signal`, { method: "POST", body: JSON.stringify(signal) })).json()) as object,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const port = /listening (\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => reject(new Error(`the app ended with ${code}: ${output.slice(-2_000)}`)));
  });
}
