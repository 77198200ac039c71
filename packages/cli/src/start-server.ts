// Puts a server together: store, engine, HTTP, and the watch over apps. `dev`, `start` and tests all begin here.

import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { buildEngine, type Clock, type Engine, type EngineOptions, type Observer, systemClock, systemRandom } from "@stepwell/engine";
import { type ErrorCode, epochMs, limits } from "@stepwell/protocol";
import {
  AlertKeeper,
  type AlertSettings,
  AppWatcher,
  addressGuard,
  appSyncer,
  createApp,
  type HttpApp,
  type HttpServer,
  httpGateway,
  httpTransport,
  type KeyRing,
  loadKeyRing,
  loadSignIn,
  MetricsTally,
  measuredTransport,
  noticeDeliverer,
  type SignIn,
  serve,
  storeFacts,
} from "@stepwell/server";
import type { Store } from "@stepwell/store";
import { hideDatabase, openDatabase } from "@stepwell/store-sqlite";
import { version } from "./version.ts";

export interface StartServerOptions {
  readonly mode: "dev" | "start";
  readonly hosts: readonly string[];
  readonly port: number;
  /** The database file; absent: a temporary one that is gone at the end. */
  readonly file?: string;
  /** Of the settings; those in the database come on top where keys are asked for. */
  readonly eventKeys: readonly string[];
  readonly signingKeys: readonly string[];
  /** Whether keys are asked for, and made where there are none. Default: in `start`. */
  readonly asksForKeys?: boolean;
  /** Told once of keys that were made, after they were stored: nobody can read them again. */
  readonly onKeysMade?: (keys: MadeKeys, file: string) => void;
  /** Told once of the password of the people who look after the server, at its first start. */
  readonly onPasswordMade?: (password: string, file: string) => void;
  readonly allowHosts: readonly string[];
  /** In `start`: addresses of the link and of metadata, and ranges of them, that apps may be called at. */
  readonly allowCallsTo?: readonly string[];
  /** How long a call may take, in ms; `limits.callMsMax` without it. */
  readonly callMsMax?: number;
  readonly appUrls: readonly string[];
  /** Whom to tell of what; absent: nobody of anything. */
  readonly alerts?: AlertSettings;
  readonly onAlertFailure?: (message: string) => void;
  readonly discovers: boolean;
  /** Without what dashboards read. */
  readonly noUi?: boolean;
  readonly discoverPorts: readonly number[];
  readonly pollMs: number;
  readonly engine: Partial<EngineOptions>;
  readonly observer?: Observer;
  /** Engine time; the machine's without it. */
  readonly clock?: Clock;
  readonly onAppFailure?: (url: string, message: string, code?: ErrorCode) => void;
  readonly onError?: (error: unknown, about: { readonly method: string; readonly path: string }) => void;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly file: string;
  readonly engine: Engine;
  readonly store: Store;
  /** Stops taking work, waits for calls under way, and closes. Called twice it is the same stop. */
  stop(graceMs: number): Promise<void>;
  /** After a stop: every call under way came back in time. The work of those that did not goes on at the next start. */
  readonly isDrained: boolean;
}

/**
 * Opens the database, listens, and begins to work.
 *
 * @throws {StepwellError} `port_taken`, `database_in_use`; nothing is left open then.
 */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const temporary = options.file === undefined ? mkdtempSync(join(tmpdir(), "stepwell-")) : undefined;
  const file = options.file ?? join(temporary ?? "", "data.db");
  const wallNow = (): number => Date.now();
  const store = await openDatabase({ file, now: epochMs(wallNow()), synchronous: temporary === undefined ? "full" : "off" });
  const { keys, signIn } = await openKeys(store, options, file).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const guard = options.mode === "start" ? addressGuard({ ranges: "link_local", allowed: options.allowCallsTo ?? [] }) : undefined;
  const transport = httpTransport({
    ...(guard === undefined ? {} : { guard }),
    ...(options.callMsMax === undefined ? {} : { callMsMax: options.callMsMax }),
    get signingKey() {
      return keys.signingKeys[0];
    },
    wallNow,
  });
  const gateway = httpGateway({
    ...(options.mode === "start" ? { guard: addressGuard({ ranges: "private", allowed: options.allowCallsTo ?? [] }) } : {}),
    ...(options.callMsMax === undefined ? {} : { msMax: options.callMsMax }),
  });
  const tally = new MetricsTally();
  const others: Observer[] = [tally, ...(options.observer === undefined ? [] : [options.observer])];
  const observer: Observer = {
    emit(occurrence) {
      for (const each of others) each.emit(occurrence);
    },
  };
  const clock =
    options.clock ?? systemClock(store.lastNow, (byMs) => observer.emit({ kind: "clock.jumped_back", at: epochMs(wallNow()), byMs }));
  const alerts = alertsOf(options, { store, clock });
  if (alerts !== undefined) others.push(alerts.keeper);
  const engine = buildEngine({
    store,
    transport: measuredTransport(transport, tally),
    gateway,
    clock,
    random: systemRandom(),
    options: { ...options.engine, mode: options.mode },
    observer,
  });
  const settings = {
    mode: options.mode,
    version,
    keys,
    ...(signIn === undefined ? {} : { signIn }),
    ...(alerts === undefined ? {} : { alerts: alerts.keeper }),
    allowHosts: options.allowHosts,
    ...(guard === undefined ? {} : { guard }),
    storeKind: store.kind,
    project: projectOf(file),
    discovery: options.discovers,
    appUrls: options.appUrls,
    noUi: options.noUi ?? false,
  };
  const syncer = appSyncer({
    engine,
    settings,
    wallNow,
    ownUrl: () => `http://localhost:${http.port}`,
    namedUrls: options.appUrls,
  });
  const app = createApp({
    engine,
    settings,
    syncer,
    tally,
    storeFacts: () => storeFacts(file),
    ...(options.onError === undefined ? {} : { onError: options.onError }),
  });
  const close = async (): Promise<void> => {
    await transport.close();
    await gateway.close();
    await alerts?.close();
    await store.close();
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  const http = await listen(app, options).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  await engine.start().catch(async (error: unknown) => {
    await http.close();
    await close();
    throw error;
  });
  const watcher = new AppWatcher({
    engine,
    syncer,
    urls: options.appUrls,
    discovers: options.discovers,
    extraPorts: options.discoverPorts,
    ownPort: http.port,
    pollMs: options.pollMs,
    ...(options.onAppFailure === undefined ? {} : { onFailure: options.onAppFailure }),
  });
  watcher.start();
  await alerts?.keeper.start({
    backlog: (params) => engine.reports.backlog(params),
    failures: async (lastFrom) => (await engine.reports.listFailures({ states: ["open"], lastFrom }, { limit: 200 })).rows,
    findFailure: async (fingerprint) => (await engine.reports.findFailure(fingerprint)).group,
    breakers: () => engine.breakers.list(),
    isKnownFunction: (slug) => engine.findFunction(slug) !== undefined,
  });

  let isDrained = false;
  let stopping: Promise<void> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    watcher.stop();
    await engine.stop({ graceMs });
    isDrained = engine.gauges().callsInFlight === 0;
    await http.close();
    await close();
  };
  return {
    url: `http://localhost:${http.port}`,
    port: http.port,
    file,
    engine,
    store,
    stop(graceMs) {
      stopping ??= stop(graceMs);
      return stopping;
    },
    get isDrained() {
      return isDrained;
    },
  };
}

interface Alerts {
  readonly keeper: AlertKeeper;
  close(): Promise<void>;
}

/** Webhooks are asked as steps ask: `start` refuses private addresses unless they are allowed. */
function alertsOf(options: StartServerOptions, { store, clock }: { readonly store: Store; readonly clock: Clock }): Alerts | undefined {
  const { alerts: settings, mode, allowCallsTo = [], onAlertFailure } = options;
  if (settings === undefined || settings.rules.length + settings.channels.length === 0) return undefined;
  const gateway = httpGateway({
    msMax: limits.alertDeliveryMsMax,
    ...(mode === "start" ? { guard: addressGuard({ ranges: "private", allowed: allowCallsTo }) } : {}),
  });
  const keeper = new AlertKeeper({
    ...{ settings, clock, store: store.settings, deliver: noticeDeliverer({ gateway, server: hostname() }) },
    ...(onAlertFailure === undefined ? {} : { onFailure: onAlertFailure }),
  });
  return {
    keeper,
    async close() {
      await keeper.stop();
      await gateway.close();
    },
  };
}

export type MadeKeys = Awaited<ReturnType<KeyRing["makeMissing"]>>;

interface Openers {
  readonly keys: KeyRing;
  /** Absent: nobody needs to sign in. */
  readonly signIn?: SignIn;
}

/** What lets programs and people in, and at the first start what is missing of it: kept, then told, each as soon as it is. */
async function openKeys(store: Store, options: StartServerOptions, file: string): Promise<Openers> {
  const asks = options.asksForKeys ?? options.mode === "start";
  const keys = await loadKeyRing({ given: options, ...(asks ? { store: store.settings } : {}), wallNow: Date.now });
  if (!asks) return { keys };
  const made = await keys.makeMissing();
  if (made.length > 0) {
    hideDatabase(file);
    options.onKeysMade?.(made, file);
  }
  const signIn = await loadSignIn({ store: store.settings, wallNow: Date.now, sleep: wait });
  const password = await signIn.makeMissing();
  if (password !== undefined) {
    hideDatabase(file);
    options.onPasswordMade?.(password, file);
  }
  return { keys, signIn };
}

/** The folder people work in: the one of the database, or the one around `.stepwell`. */
function projectOf(file: string): string {
  const folder = dirname(file);
  return basename(basename(folder) === ".stepwell" ? dirname(folder) : folder);
}

/** Every address of a machine that has no IPv6. */
const everyIpv4 = "0.0.0.0";

async function listen(app: HttpApp, { hosts, port }: StartServerOptions): Promise<HttpServer> {
  try {
    return await serve(app, { hosts, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (hosts.includes("::") && (code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL")) return serve(app, { hosts: [everyIpv4], port });
    throw error;
  }
}
