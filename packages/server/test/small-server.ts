// A server in memory over the engine and the store that ship, with an app that a function plays.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call, type Engine, systemClock, systemRandom } from "@stepwell/engine";
import { epochMs, type Reply } from "@stepwell/protocol";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { createApp } from "../src/create-app.ts";
import { appSyncer } from "../src/discovery/sync-url.ts";
import { KeyRing } from "../src/keys/key-ring.ts";
import type { ServerSettings } from "../src/settings.ts";

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used.
  readonly body: any;
}

export interface SmallServer {
  readonly engine: Engine;
  /** What went wrong in a route, and should not have. */
  readonly mistakes: readonly unknown[];
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** A body that is no text is sent as JSON. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  ask(method: string, path: string): Promise<Answer>;
  stop(): Promise<void>;
}

export interface SmallServerParams {
  /** Of the app `shop`, whose function `x` starts with the event `shop/x`. */
  readonly functions: readonly string[];
  readonly answer: (call: Call) => Reply;
  readonly settings?: Partial<ServerSettings>;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function smallServer({ functions, answer, settings: more, headers: shared }: SmallServerParams): Promise<SmallServer> {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-server-"));
  const store = await openSqliteStore({ file: join(folder, "s.db"), now: epochMs(Date.now()), synchronous: "off", reader: "inline" });
  const transport = { inProcess: false, call: async (call: Call) => answer(call) };
  const options = { retryIntervalMs: 1 };
  const engine = buildEngine({ store, transport, clock: systemClock(store.lastNow), random: systemRandom(), options });
  await engine.start();
  const settings: ServerSettings = {
    mode: "dev",
    version: "1.2.3",
    keys: new KeyRing({ given: { signingKeys: [], eventKeys: [] }, wallNow: Date.now }),
    allowHosts: [],
    storeKind: "sqlite",
    discovery: false,
    ...more,
  };
  const mistakes: unknown[] = [];
  const syncer = appSyncer({ engine, settings, wallNow: Date.now });
  const app = createApp({ engine, settings, syncer, onError: (error) => mistakes.push(error) });
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const headers = { host: "localhost:8288", ...shared, ...(init.headers as Record<string, string>) };
    const response = await app.fetch(new Request(`http://localhost:8288${path}`, { ...init, headers }));
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return { status: response.status, body: isJson && text !== "" ? JSON.parse(text) : text };
  };
  const server: SmallServer = {
    engine,
    mistakes,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, body, headers = {}) =>
      ask(path, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) }),
    ask: (method, path) => ask(path, { method }),
    async stop() {
      await engine.stop({ graceMs: 100 });
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const registered = await server.post("/fn/register", {
    appName: "shop",
    url: "http://localhost:1/api/inngest",
    sdk: "js:v4.24.0",
    functions: functions.map((name) => ({
      id: `shop-${name}`,
      name,
      triggers: [{ event: `shop/${name}` }],
      steps: { step: { id: "step", name: "step", runtime: { type: "http", url: "http://localhost:1/" }, retries: { attempts: 1 } } },
    })),
  });
  if (registered.status !== 200) throw new Error(`the app was not taken: ${JSON.stringify(registered.body)}`);
  return server;
}
