// An engine on the shipped store whose app and third parties are functions of a test, in a process that can end.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { buildEngine, type Call, type Engine } from "@stepwell/engine";
import { type ScriptedGateway, SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { parseRegisterRequest, type Reply } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";

export interface GatewayWorldParts {
  readonly app: (call: Call) => Reply;
  readonly gateway: ScriptedGateway;
  /** Attempts of a function; without it five. */
  readonly attempts?: number;
  /** Of each commit whether the process dies before it or after it. */
  readonly faults?: () => "before" | "after" | undefined;
}

class Death extends Error {}

export class GatewayWorld {
  readonly clock = new VirtualClock();
  readonly calls: Call[] = [];
  readonly #parts: GatewayWorldParts;
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-gateway-"));
  #store: Store | undefined;
  #engine: Engine | undefined;
  #isDead = true;

  constructor(parts: GatewayWorldParts) {
    this.#parts = parts;
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error("no process has been started");
    return this.#engine;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error("no process has been started");
    return this.#store;
  }

  /** A new process on the same file; whatever the one before had in memory is gone. */
  async startAnew(): Promise<void> {
    this.clock.clear();
    const { app, gateway, faults, attempts = 5 } = this.#parts;
    const process = { isDead: false };
    const die = (when: "before" | "after"): void => {
      if (process.isDead || this.#isDead || faults?.() !== when) return;
      process.isDead = true;
      this.#isDead = true;
      throw new Death();
    };
    await this.#store?.close();
    const store = await openSqliteStore({
      file: join(this.#folder, "g.db"),
      now: this.clock.now(),
      synchronous: "off",
      reader: "inline",
      faults: { beforeCommit: () => die("before"), afterCommit: () => die("after") },
    });
    const transport = {
      inProcess: false,
      call: async (call: Call): Promise<Reply> => {
        if (process.isDead) return new Promise(() => undefined);
        this.calls.push({ ...call, memos: new Map(call.memos) });
        return app(call);
      },
    };
    const ofProcess = {
      send: (...args: Parameters<ScriptedGateway["send"]>) =>
        process.isDead ? new Promise<never>(() => undefined) : gateway.send(...args),
    };
    this.#store = store;
    this.#engine = buildEngine({ store, transport, gateway: ofProcess, clock: this.clock, random: new SeededRandom(1) });
    await this.#engine.start();
    await this.#engine.syncApp(registration(attempts - 1));
    this.#isDead = false;
  }

  async send(): Promise<void> {
    const sent = this.engine.sendEvents({ events: [{ name: "g", data: {} }] });
    sent.catch(() => undefined);
    await this.settle();
    await sent;
  }

  /** To the end of what needs no time. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3 && !this.#isDead; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  /** Lives until nothing is left to do; a process that dies is started anew. */
  async runUntilQuiet(): Promise<void> {
    for (;;) {
      await this.settle();
      if (this.#isDead) {
        await this.startAnew();
        continue;
      }
      const next = this.clock.nextAt;
      if (next === undefined) return;
      this.clock.moveTo(next);
    }
  }

  async memos(): Promise<readonly unknown[]> {
    const { rows } = await this.engine.reports.listRuns({}, { limit: 10 });
    const steps = await Promise.all(rows.map(({ id }) => this.engine.reports.runSteps(id)));
    return steps.flat().map(({ memo }) => (memo === undefined ? undefined : JSON.parse(memo)));
  }

  async statuses(): Promise<readonly string[]> {
    return (await this.engine.reports.listRuns({}, { limit: 10 })).rows.map(({ status }) => status);
  }

  count(table: "queue_items" | "step_requests" | "attempts"): number {
    const db = new DatabaseSync(join(this.#folder, "g.db"), { readOnly: true });
    const row = db.prepare(`select count(*) as count from ${table}`).get();
    db.close();
    return Number(row?.["count"]);
  }

  /** Whether the text stands anywhere in the files of the store. */
  isOnDisk(text: string): boolean {
    return readdirSync(this.#folder).some((name) => readFileSync(join(this.#folder, name)).includes(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function registration(retries: number): Parameters<Engine["syncApp"]>[0] {
  const url = "http://localhost:1/?fnId=sim-g";
  const step = { id: "step", name: "step", runtime: { type: "http", url }, retries: { attempts: retries } };
  const listed = [{ id: "sim-g", name: "g", triggers: [{ event: "g" }], steps: { step } }];
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "sim", url: "http://localhost:1/", sdk: "js:v4", functions: listed }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  return parsed.request;
}
