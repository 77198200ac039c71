// An engine and a store that ship, behind the routes, and an app without a network: what a request to any endpoint needs.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call, type Engine, systemClock, systemRandom } from "@stepwell/engine";
import { asJson, epochMs, hashStepId, type Op, type Reply } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { AlertKeeper } from "../src/alerts/alert-keeper.ts";
import { createApp, type HttpApp } from "../src/create-app.ts";
import type { AppSyncer } from "../src/discovery/sync-url.ts";
import { loadKeyRing } from "../src/keys/key-ring.ts";
import { loadSignIn } from "../src/sign-in/sign-in.ts";

const signingKey = "signkey-test-8ee2262a15e8d3c42d6a840db7af3de2aab08ef632b32a37a687f24b34dba3ff";

/** One that counts, and never opens. */
const circuitBreakers = { "shop-good": { failures: 1_000, windowMs: 60_000, cooldownMs: 1_000, halfOpen: 1 } };

export type Mode = "dev" | "start";

export interface Answer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at, not used.
  readonly body: any;
}

export class EndpointWorld implements AsyncDisposable {
  readonly mode: Mode;
  /** What the server reported as a mistake of its own. */
  readonly mistakes: unknown[] = [];
  readonly engine: Engine;
  /** Which people sign in with, until somebody asks for another. */
  password = "";
  readonly #store: Store;
  readonly #folder: string;
  readonly #app: HttpApp;
  #last = 0;

  private constructor(mode: Mode, engine: Engine, store: Store, folder: string, app: (world: EndpointWorld) => HttpApp) {
    this.mode = mode;
    this.engine = engine;
    this.#store = store;
    this.#folder = folder;
    this.#app = app(this);
  }

  static async open(mode: Mode): Promise<EndpointWorld> {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-endpoints-"));
    const store = await openSqliteStore({ file: join(folder, "e.db"), now: epochMs(Date.now()), synchronous: "off", reader: "inline" });
    const transport = { inProcess: false, call: (call: Call) => answer(call) };
    const engine = buildEngine({
      store,
      transport,
      clock: systemClock(store.lastNow),
      random: systemRandom(),
      options: { circuitBreakers },
    });
    await engine.start();
    const given = mode === "dev" ? { signingKeys: [], eventKeys: [] } : { signingKeys: [signingKey], eventKeys: ["event-key"] };
    const keys = await loadKeyRing({ given, store: store.settings, wallNow: Date.now });
    const signIn = await loadSignIn({ store: store.settings, wallNow: Date.now, sleep: async () => undefined });
    const alerts = new AlertKeeper({
      settings: {
        rules: [{ name: "backlog", kind: "backlog-age", aboveMs: 60_000, channels: ["ops"] }],
        channels: [{ name: "ops", kind: "slack", url: "https://slack.invalid/x" }],
      },
      ...{ store: store.settings, clock: systemClock(store.lastNow), deliver: async () => undefined },
    });
    const settings = { mode, version: "0", keys, signIn, alerts, allowHosts: [], storeKind: "sqlite", discovery: false } as const;
    const world = new EndpointWorld(mode, engine, store, folder, ({ mistakes }) =>
      createApp({ engine, settings, syncer: quietSyncer(engine), onError: (error) => mistakes.push(error) }),
    );
    world.password = (await signIn.makeMissing()) ?? "";
    const registered = await world.ask("POST", "/fn/register", { body: JSON.stringify(registration("shop")) });
    if (registered.status !== 200) throw new Error(registered.text);
    return world;
  }

  /** With the key, unless another one is given. */
  async ask(
    method: string,
    path: string,
    init: { readonly body?: string; readonly headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const auth = this.mode === "start" ? { authorization: `Bearer ${signingKey}` } : {};
    const headers = { host: "localhost:8288", ...auth, ...init.headers };
    const body = init.body === undefined ? {} : { body: init.body };
    const response = await this.#app.fetch(new Request(`http://localhost:8288${path}`, { method, headers, ...body }));
    const text = await response.text();
    return { status: response.status, text, body: jsonOf(text) };
  }

  /** Another word each time. */
  word(): string {
    this.#last += 1;
    return `w${this.#last}`;
  }

  async send(name: string, data: object = {}): Promise<string> {
    const { ids } = await this.engine.sendEvents({ events: [{ name, data: { ...data } }] });
    return ids[0] ?? "";
  }

  /** Until a schedule has made its first run. */
  async tick(): Promise<void> {
    while (!(await this.engine.schedules()).some(({ lastRunId }) => lastRunId !== undefined))
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** A run of one of the functions, once it is as it will stay. */
  async run(kind: "good" | "slow" | "hang" | "signal" | "bad", data: object = {}): Promise<string> {
    const eventId = await this.send(`shop/${kind}`, data);
    const settled = { good: "completed", slow: "waiting", hang: "running", signal: "waiting", bad: "failed" } as const;
    for (;;) {
      const [run] = await this.engine.reports.eventRuns(eventId as never);
      if (run === undefined) throw new Error("the event started nothing");
      if (this.engine.phaseOf(run).status === settled[kind]) return run.id;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.stop({ graceMs: 0 });
    await this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Addresses that are asked to register: none is called. */
const quietSyncer = (engine: Engine): AppSyncer => ({
  sync: async () => ({ kind: "synced" }),
  register: (request) => engine.syncApp(request),
  rivals: () => [],
  rivalUrls: () => [],
  forget: () => undefined,
  refused: () => undefined,
  lastRegisteredAt: () => undefined,
  failures: () => [{ url: "http://localhost:9/", message: "nobody is there", triedAt: 1 }],
});

/** `good` runs a step and ends, `bad` runs one and fails, `slow` sleeps, `hang` does not answer, `signal` waits for the signal that its event names. */
function answer({ target, memos, events }: Call): Promise<Reply> {
  const step: Op = { kind: "StepRun", id: hashStepId("charge"), name: "charge", race: false, data: asJson({ charged: 42 }) };
  const ops = (op: Op): Promise<Reply> => Promise.resolve({ kind: "ops", ops: [op], version: 2, noRetry: false, sdk: "js:v4" });
  switch (target.slug.split("-")[1]) {
    case "hang":
      return new Promise(() => undefined);
    case "slow":
      return memos.size === 0 ? ops(step) : ops({ kind: "Sleep", id: hashStepId("nap"), name: "nap", race: false, target: "1h" });
    case "signal": {
      const { signal } = JSON.parse(events[0]?.data ?? "{}") as { readonly signal: string };
      if (memos.size > 0) break;
      return ops({ kind: "WaitForSignal", id: hashStepId("s"), name: "s", race: false, signal, timeout: "1h", conflict: "fail" });
    }
    case "bad": {
      const error = { name: "CardTimeout", message: "no answer in 250 ms", stack: "CardTimeout\n    at charge (/app/billing.ts:1:1)" };
      if (memos.size > 0) return Promise.resolve({ kind: "error", code: "function_error", error, noRetry: true });
      return ops(step);
    }
    default:
      if (memos.size === 0) return ops(step);
  }
  return Promise.resolve({ kind: "result", data: asJson({ ok: true }), sdk: "js:v4" });
}

export function registration(appName: string, url = "http://localhost:1/api/inngest"): object {
  const triggers = {
    good: [{ event: `${appName}/good`, expression: "event.data.n != 3" }],
    slow: [{ event: `${appName}/slow` }],
    hang: [{ event: `${appName}/hang` }],
    signal: [{ event: `${appName}/signal` }],
    bad: [{ event: `${appName}/bad` }],
    tick: [{ cron: "TZ=Europe/Paris 0 2 * * *" }],
    often: [{ cron: "* * * * * *" }],
  };
  const functions = Object.entries(triggers).map(([name, list]) => ({
    id: `${appName}-${name}`,
    name,
    triggers: list,
    steps: { step: { id: "step", name: "step", runtime: { type: "http", url } } },
  }));
  return { appName, url, sdk: "js:v4.24.0", functions };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A text, or nothing.
  }
}
