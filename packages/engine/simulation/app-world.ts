// One process on the shipped store in virtual time, whose app is a function of a test. The file outlives the process.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call, type Engine, type EngineOptions, type Occurrence } from "@stepwell/engine";
import { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type JsonObject, parseRegisterRequest, type Reply, type RunId } from "@stepwell/protocol";
import type { RunReport, Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";

export interface AppWorldParts {
  readonly app: (call: Call) => Reply | Promise<Reply>;
  /** The options of each function, by its id; each is started by the event of its name. */
  readonly functions: Readonly<Record<string, object>>;
  readonly attempts?: number;
  readonly options?: Partial<EngineOptions>;
  readonly seed?: number;
}

export class AppWorld {
  readonly clock = new VirtualClock();
  readonly told: Occurrence[] = [];
  readonly #parts: AppWorldParts;
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-app-"));
  #store: Store | undefined;
  #engine: Engine | undefined;

  constructor(parts: AppWorldParts) {
    this.#parts = parts;
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error("no process has been started");
    return this.#engine;
  }

  /** A new process on the same file; whatever the one before had in memory is gone. */
  async startAnew(): Promise<void> {
    this.clock.clear();
    const { app, options, seed = 1 } = this.#parts;
    await this.#store?.close();
    this.#store = await openSqliteStore({ file: join(this.#folder, "a.db"), now: this.clock.now(), synchronous: "off", reader: "inline" });
    this.#engine = buildEngine({
      store: this.#store,
      transport: { inProcess: false, call: async (call) => app(call) },
      clock: this.clock,
      random: new SeededRandom(seed),
      ...(options === undefined ? {} : { options }),
      observer: { emit: (occurrence) => void this.told.push(occurrence) },
    });
    await this.#engine.start();
    await this.sync(this.#parts.functions);
  }

  async sync(functions: AppWorldParts["functions"]): Promise<void> {
    const { attempts = 5 } = this.#parts;
    const step = { id: "step", name: "step", retries: { attempts: attempts - 1 } };
    const body = {
      appName: "app",
      url: "http://localhost:1/",
      sdk: "js:v4",
      functions: Object.entries(functions).map(([id, more]) => ({
        id,
        name: id,
        triggers: [{ event: id }],
        steps: { step: { ...step, runtime: { type: "http", url: `http://localhost:1/?fnId=${id}` } } },
        ...more,
      })),
    };
    const parsed = parseRegisterRequest(JSON.stringify(body));
    if (parsed.kind !== "register") throw new Error(parsed.message);
    const outcome = this.engine.syncApp(parsed.request);
    await this.settle();
    const { kind } = await outcome;
    if (kind !== "synced") throw new Error(`the app was ${kind}`);
  }

  async send(name: string, events: readonly JsonObject[] = [{}]): Promise<void> {
    const sent = this.engine.sendEvents({ events: events.map((data) => ({ name, data })) });
    sent.catch(() => undefined);
    await this.settle();
    const { kind } = await sent;
    if (kind !== "accepted") throw new Error(`the events were ${kind}`);
  }

  /** To the end of what needs no time. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  /** Lives so long, awake whenever something is due. */
  async live(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    for (;;) {
      await this.settle();
      const next = this.clock.nextAt;
      if (next === undefined || next > until) break;
      this.clock.moveTo(Math.max(next, this.clock.now()));
    }
    this.clock.moveTo(until);
    await this.settle();
  }

  async runs(): Promise<readonly RunReport[]> {
    return (await this.engine.reports.listRuns({}, { limit: 500 })).rows;
  }

  async attempts(runId: RunId) {
    return this.engine.reports.runAttempts(runId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
