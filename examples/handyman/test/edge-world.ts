// The app in its own process, with a real server, a real mail server and a database of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningServer, type StartServerOptions, startServer } from "@stepwell/cli";
import { expect, vi } from "vitest";
import { type AppProcess, buildApp, startApp } from "./app-process.ts";
import { type MailServer, startMailServer } from "./mail-server.ts";

// Processes of their own share the processor with all other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used.
export type Answer = any;

export interface EdgeWorld {
  readonly build: string;
  readonly server: RunningServer;
  readonly mail: MailServer;
  readonly app: AppProcess;
  /** Where databases may be. */
  readonly data: string;
  /** Another process of the app, known to the server in place of the one before. */
  startAnother(env: Readonly<Record<string, string>>): Promise<AppProcess>;
  close(): Promise<void>;
}

export interface EdgeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly server?: Partial<StartServerOptions>;
  /** Another build than that of the sources as they stand. */
  readonly build?: string;
}

export async function startEdgeWorld({ env = {}, server: options = {}, build = buildApp() }: EdgeOptions = {}): Promise<EdgeWorld> {
  const data = mkdtempSync(join(tmpdir(), "handyman-"));
  const mail = await startMailServer();
  const server = await startServer({
    mode: "dev",
    hosts: ["127.0.0.1"],
    port: 0,
    eventKeys: [],
    signingKeys: [],
    allowHosts: [],
    appUrls: [],
    discovers: false,
    discoverPorts: [],
    pollMs: 0,
    ...options,
    engine: { retryIntervalMs: 20, ...options.engine },
  });
  const processes: AppProcess[] = [];
  const startAnother = async (more: Readonly<Record<string, string>>): Promise<AppProcess> => {
    const app = await startApp(build, {
      INNGEST_DEV: server.url,
      SMTP_URL: mail.url,
      MAIL_RETRY_BASE: "20ms",
      HANDYMAN_DB: join(data, `handyman-${processes.length}.db`),
      ...env,
      ...more,
    });
    processes.push(app);
    await sync(server, app.url);
    return app;
  };
  const app = await startAnother({});
  return {
    ...{ build, server, mail, app, data, startAnother },
    async close() {
      await Promise.all(processes.map((each) => each.stop()));
      await server.stop(1_000);
      await mail.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

const syncTriesMax = 5;

async function sync(server: RunningServer, appUrl: string): Promise<void> {
  // On a machine that has much to do an app may answer later than the server waits.
  for (let tries = 1; ; tries += 1) {
    const { status, body } = await request(`${server.url}/api/v1/apps/sync`, { url: `${appUrl}/api/inngest` });
    if (status === 200) return;
    if (tries === syncTriesMax) throw new Error(`the app is not registered: ${JSON.stringify(body)}`);
  }
}

export interface Reply {
  readonly status: number;
  readonly body: Answer;
}

/** GET without a body, POST with one; text is sent as it is. */
export async function request(url: string, body?: unknown, { method, token }: { method?: string; token?: string } = {}): Promise<Reply> {
  const response = await fetch(url, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** The ids that the server gave. */
export async function send(server: RunningServer, ...events: readonly unknown[]): Promise<readonly string[]> {
  const { status, body } = await request(`${server.url}/e/test`, events);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body.ids;
}

/** The runs of a function that have ended, once there are so many; the newest first. */
export async function endedRuns(server: RunningServer, fn: string, count = 1): Promise<readonly Answer[]> {
  let runs: readonly Answer[] = [];
  await eventually(async () => {
    runs = (await request(`${server.url}/api/v1/runs?fn=handyman-app-${fn}&limit=100`)).body.data;
    return runs.filter(({ endedAt }) => endedAt !== null).length;
  }).toBeGreaterThanOrEqual(count);
  return Promise.all(runs.map(async ({ id }) => (await request(`${server.url}/api/v1/runs/${id}`)).body.data));
}

/** What will be so by itself: soon on a calm machine, and on a busy one some time. */
export function eventually<Value>(read: () => Value | Promise<Value>) {
  return expect.poll(read, { timeout: 25_000, interval: 20 });
}

let accounts = 0;

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

export async function registerAccount(app: AppProcess, about: Readonly<Record<string, unknown>> = {}): Promise<Account> {
  accounts += 1;
  const email = `person-${accounts}-${process.pid}@example.com`;
  const password = "correct horse";
  const { status, body } = await request(`${app.url}/api/auth/register`, { email, password, firstName: "Ada", lastName: "Low", ...about });
  expect({ status, body }).toMatchObject({ status: 201 });
  const login = await request(`${app.url}/api/auth/login`, { email, password });
  return { id: body.user._id, email, password, token: login.body.token };
}
