// Alerts over the store that ships, with the clock in the test's hand and channels that are real servers of this machine.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BreakerReport } from "@stepwell/engine";
import { VirtualClock } from "@stepwell/engine/testing";
import { epochMs, type RunId } from "@stepwell/protocol";
import type { BacklogReport, FailureGroupReport, SettingsStore, Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { onTestFinished } from "vitest";
import { AlertKeeper } from "../src/alerts/alert-keeper.ts";
import { noticeDeliverer } from "../src/alerts/deliver-notice.ts";
import { readAlertSettings } from "../src/alerts/read-alert-settings.ts";
import { addressGuard } from "../src/transport/address-guard.ts";
import { httpGateway } from "../src/transport/http-gateway.ts";

const t0 = Date.UTC(2026, 0, 1);

export interface HookServer {
  readonly url: string;
  /** The bodies that came, and their headers. */
  readonly received: { readonly body: Record<string, unknown>; readonly headers: Readonly<Record<string, unknown>> }[];
  /** What it answers with. */
  status: number;
}

export async function hookServer(): Promise<HookServer> {
  const hook: HookServer & { url: string } = { url: "", received: [], status: 200 };
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    hook.received.push({ body: JSON.parse(text), headers: request.headers });
    response.writeHead(hook.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  hook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return hook;
}

export interface MailServer {
  readonly smtp: string;
  readonly received: { readonly from: string; readonly to: readonly string[]; readonly subject: string; readonly text: string }[];
}

/** A mail server that wants a password. */
export async function mailServer(): Promise<MailServer> {
  const received: MailServer["received"] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    logger: false,
    onAuth(auth, _session, done) {
      if (auth.username === "ops" && auth.password === "p@ss") done(null, { user: "ops" });
      else done(new Error("who are you?"));
    },
    onData(stream, session, done) {
      simpleParser(stream).then(({ subject = "", text = "" }) => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({ from: mailFrom === false ? "" : mailFrom.address, to: rcptTo.map(({ address }) => address), subject, text });
        done();
      }, done);
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { smtp: `smtp://ops:p%40ss@127.0.0.1:${(server.server.address() as AddressInfo).port}`, received };
}

export interface AlertWorldOptions {
  readonly alerts: unknown;
  /** Private addresses are refused, as in production, but for these. */
  readonly guarded?: { readonly allowed: readonly string[] };
}

export class AlertWorld implements AsyncDisposable {
  readonly clock = new VirtualClock(t0);
  readonly failures: string[] = [];
  /** How often its setting was written. */
  writes = 0;
  /** What is due and not taken up. */
  backlog: readonly BacklogReport[] = [];
  /** Groups of failures. */
  errors: readonly FailureGroupReport[] = [];
  /** What breakers say. */
  breakers: readonly BreakerReport[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-alerts-"));
  readonly #options: AlertWorldOptions;
  readonly #gateway: ReturnType<typeof httpGateway>;
  #store: Store | undefined;
  #keeper: AlertKeeper | undefined;

  private constructor(options: AlertWorldOptions) {
    this.#options = options;
    const { guarded } = options;
    this.#gateway = httpGateway({
      msMax: 5_000,
      ...(guarded === undefined ? {} : { guard: addressGuard({ ranges: "private", ...guarded }) }),
    });
  }

  static async open(options: AlertWorldOptions): Promise<AlertWorld> {
    const world = new AlertWorld(options);
    await world.restart();
    return world;
  }

  get keeper(): AlertKeeper {
    if (this.#keeper === undefined) throw new Error("the process has not been started");
    return this.#keeper;
  }

  /** A new process over the same file. */
  async restart(): Promise<void> {
    await this.#keeper?.stop();
    await this.#store?.close();
    const store = await openSqliteStore({ file: join(this.#folder, "a.db"), now: this.clock.now(), synchronous: "off", reader: "inline" });
    this.#store = store;
    const reading = readAlertSettings(this.#options.alerts, {});
    if (reading.kind === "refused") throw new Error(reading.problems.join("\n"));
    this.#keeper = new AlertKeeper({
      ...{ settings: reading.settings, clock: this.clock, store: this.#counted(store.settings) },
      deliver: noticeDeliverer({ gateway: this.#gateway, server: "node-1" }),
      onFailure: (message) => this.failures.push(message),
    });
    await this.#keeper.start({
      backlog: async () => this.backlog,
      failures: async (since) => this.errors.filter(({ state, lastAt }) => state === "open" && lastAt >= since),
      findFailure: async (fingerprint) => this.errors.find((each) => each.fingerprint === fingerprint),
      breakers: () => this.breakers,
      isKnownFunction: () => true,
    });
  }

  #counted(settings: SettingsStore): SettingsStore {
    return {
      get: (name) => settings.get(name),
      set: (name, value) => {
        this.writes += 1;
        return settings.set(name, value);
      },
    };
  }

  /** Runs that end now. */
  ends(slug: string, status: "completed" | "failed", count: number): void {
    const runId = "01J00000000000000000000000" as RunId;
    for (let n = 0; n < count; n += 1)
      this.keeper.emit({ kind: "run.ended", at: this.clock.now(), runId, slug, status, queuedAt: this.clock.now() });
  }

  /** Lets time pass, look by look; each has ended before the next begins. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    for (let next = this.clock.nextAt; next !== undefined && next <= until; next = this.clock.nextAt) {
      const before = this.keeper.lookedAt;
      this.clock.moveTo(next);
      while (this.keeper.lookedAt === before) await new Promise((resolve) => setImmediate(resolve));
    }
    this.clock.moveTo(until);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper?.stop();
    await this.#gateway.close();
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const at = (ms: number) => epochMs(t0 + ms);
