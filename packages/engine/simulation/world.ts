// The shipped engine on the shipped SQLite store, with time, chance, the app and everything that goes wrong drawn from
// one seed. A "process" is an engine on an opened store; when it dies, another opens the file.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { buildEngine, type Call, type Engine, type Transport } from "@stepwell/engine";
import { ScriptedApp, SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type EventIdSeed, epochMs, parseRegisterRequest, type Reply, type RunId } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { generateFunction } from "./generate-program.ts";
import { type Faults, fairWeather } from "./swarm.ts";

/** The process is no more: nothing it would have done next happens. */
class ProcessDied extends Error {}

export interface WorldOptions {
  readonly seed: number;
  readonly functions?: number;
  /** A broken build, to see whether it is noticed: it stands between the engine and the store. */
  readonly sabotage?: (store: Store, file: string) => Store;
}

interface Process {
  readonly engine: Engine;
  readonly store: Store;
  isDead: boolean;
  /** Whoever waits for an answer of a process that dies sees the connection end. */
  readonly died: Promise<undefined>;
  readonly die: () => void;
}

export class World {
  readonly clock = new VirtualClock();
  readonly app = new ScriptedApp();
  readonly file: string;
  /** What senders were told is accepted: the event's id, and how many functions it starts. */
  readonly acknowledged = new Map<string, number>();
  readonly cancelled = new Set<string>();
  readonly faultCounts = new Map<string, number>();
  faults: Faults = fairWeather;
  readonly #folder: string;
  readonly #chance: SeededRandom;
  readonly #engineRandom: SeededRandom;
  readonly #options: WorldOptions;
  readonly #slugs: readonly string[];
  #process: Process | undefined;
  #reader: DatabaseSync | undefined;
  /** Sends that have not been acknowledged. */
  unacknowledged = 0;
  readonly #recentCalls: Call[] = [];

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), "stepwell-sim-"));
    this.file = join(this.#folder, "sim.db");
    this.#chance = new SeededRandom(options.seed);
    this.#engineRandom = new SeededRandom(options.seed ^ 0x5bd1e995);
    this.#slugs = Array.from({ length: options.functions ?? 4 }, (_, index) => `sim-f${index}`);
    for (const slug of this.#slugs) this.app.add(generateFunction(this.#chance, slug));
  }

  get chance(): SeededRandom {
    return this.#chance;
  }

  get engine(): Engine | undefined {
    return this.#process?.engine;
  }

  /** A connection of its own that only reads, for the invariants. */
  get reader(): DatabaseSync {
    this.#reader ??= new DatabaseSync(this.file, { readOnly: true });
    return this.#reader;
  }

  async close(): Promise<void> {
    this.#reader?.close();
    if (this.#process !== undefined) await this.#close(this.#process);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Starts a process when none lives, and lets it register its functions. A fault may kill it on the way. */
  async ensureProcess(): Promise<Process | undefined> {
    if (this.#process !== undefined) return this.#process;
    const mine: { process: Process | undefined } = { process: undefined };
    const faults = { beforeCommit: () => this.#beforeCommit(mine), afterCommit: () => this.#afterCommit(mine) };
    const opened = await openSqliteStore({ file: this.file, now: this.clock.now(), synchronous: "off", reader: "inline", faults });
    const store = this.#options.sabotage?.(opened, this.file) ?? opened;
    const engine = buildEngine({ store, transport: this.#transport(mine), clock: this.#clockOf(mine), random: this.#engineRandom });
    const { promise: died, resolve } = Promise.withResolvers<undefined>();
    const process: Process = {
      engine,
      store,
      isDead: false,
      died,
      die() {
        process.isDead = true;
        resolve(undefined);
      },
    };
    mine.process = process;
    this.#process = process;
    const isUp = await this.#guard(async () => {
      await engine.start();
      if (engine.functions().length === 0) await engine.syncApp(this.#registration());
      return true;
    });
    // A process that cannot start ends, and its supervisor tries again.
    if (isUp !== true) process.die();
    return this.#process;
  }

  /** Sends an event that starts some functions, and goes on sending it until it is acknowledged, as SDKs do. */
  send(): void {
    const entropy = Uint8Array.from({ length: 10 }, () => this.#chance.below(256));
    const seed: EventIdSeed = { senderNowAt: this.clock.now(), entropy };
    const name = this.#chance.pick([...this.#slugs, "sim/all", "sim/none"]);
    const delayed = this.#chance.chance(0.1) ? { ts: epochMs(this.clock.now() + 60_000) } : {};
    this.unacknowledged += 1;
    void this.#sendUntilAccepted(name, delayed, seed);
  }

  cancelSomething(): void {
    const alive = this.reader.prepare("select id from runs where ended_at is null order by seq").all();
    const engine = this.#process?.engine;
    if (alive.length === 0 || engine === undefined) return;
    const runId = String(this.#chance.pick(alive)["id"]) as RunId;
    this.#count("cancel");
    void this.#guard(async () => {
      const result = await engine.cancelRun({ runId, reason: "simulation" });
      if (result.kind === "cancelled") this.cancelled.add(runId);
    });
  }

  /** A checkpoint of an earlier call comes late: it must not be taken, unless that call is still the present one. */
  sendStaleCheckpoint(): void {
    const call = this.#recentCalls.length === 0 ? undefined : this.#chance.pick(this.#recentCalls);
    const engine = this.#process?.engine;
    if (call === undefined || engine === undefined) return;
    this.#count("staleCheckpoint");
    void this.#guard(() => engine.checkpoint({ runId: call.runId, itemId: call.itemId, generation: call.generation - 1, ops: [] }));
  }

  async restart(): Promise<void> {
    this.#count("restart");
    this.#process?.die();
    await this.settle();
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.#bury();
      if (this.#process === undefined) await this.ensureProcess();
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  #registration(): Parameters<Engine["syncApp"]>[0] {
    const functions = this.#slugs.map((slug) => ({
      id: slug,
      name: slug,
      triggers: [{ event: slug }, { event: "sim/all" }],
      steps: {
        step: { id: "step", name: "step", runtime: { type: "http", url: `http://localhost:1/?fnId=${slug}` }, retries: { attempts: 8 } },
      },
    }));
    const parsed = parseRegisterRequest(JSON.stringify({ appName: "sim", url: "http://localhost:1/", sdk: "js:v4", functions }));
    if (parsed.kind !== "register") throw new Error(parsed.message);
    return parsed.request;
  }

  async #sendUntilAccepted(name: string, extra: object, seed: EventIdSeed): Promise<void> {
    for (;;) {
      const engine = this.#process?.engine;
      if (engine !== undefined) {
        const result = await this.#guard(() => engine.sendEvents({ events: [{ name, data: { n: 1 }, ...extra }], seed }));
        if (result?.kind === "accepted") {
          const starts = name === "sim/all" ? this.#slugs.length : name === "sim/none" ? 0 : 1;
          for (const id of result.ids) this.acknowledged.set(id, starts);
          this.unacknowledged -= 1;
          return;
        }
      }
      await new Promise<void>((resolve) => this.clock.wakeAt(epochMs(this.clock.now() + 100), resolve));
    }
  }

  #transport(mine: { process: Process | undefined }): Transport {
    return {
      inProcess: false,
      call: (call) =>
        new Promise<Reply>((resolve) => {
          if (mine.process?.isDead === true) return;
          this.#recentCalls.push(call);
          if (this.#recentCalls.length > 20) this.#recentCalls.shift();
          const reply = this.app.answer(call);
          if (this.#happens("doubleCall")) this.app.answer(call);
          const isLost = this.#happens("loseReply");
          const delayMs = this.#happens("lateReply") ? 3_600_000 : this.#chance.below(50);
          this.clock.wakeAt(epochMs(this.clock.now() + delayMs), () =>
            resolve(
              isLost
                ? { kind: "error", code: "http_unreachable", error: { name: "HttpUnreachable", message: "lost" }, noRetry: false }
                : reply,
            ),
          );
        }),
    };
  }

  /** A dead process gets no more turns; one that was only asleep does. */
  #clockOf(mine: { process: Process | undefined }): VirtualClock {
    const { clock } = this;
    const unlessDead = (callback: () => void) => (): void => {
      if (mine.process?.isDead !== true) callback();
    };
    return {
      now: () => clock.now(),
      stopwatchMs: () => 0,
      wakeAt: (at: Parameters<VirtualClock["wakeAt"]>[0], callback: () => void) => clock.wakeAt(at, unlessDead(callback)),
      defer: (callback: () => void) => clock.defer(unlessDead(callback)),
    } as unknown as VirtualClock;
  }

  #beforeCommit(mine: { process: Process | undefined }): void {
    if (mine.process?.isDead === true) throw new ProcessDied("a dead process writes nothing");
    if (mine.process === undefined) return;
    if (this.#happens("crashBeforeCommit")) this.#die(mine.process);
    if (this.#happens("failBeforeCommit")) throw new Error("the disk is full, for a moment");
  }

  #afterCommit(mine: { process: Process | undefined }): void {
    if (mine.process === undefined) return;
    if (this.#happens("crashAfterCommit")) this.#die(mine.process);
    if (this.#happens("loseAnswer")) throw new Error("the answer of the commit was lost");
  }

  #die(process: Process): never {
    process.die();
    throw new ProcessDied("the process died");
  }

  /** What a dead process held open is closed by the system. */
  async #bury(): Promise<void> {
    const process = this.#process;
    if (process === undefined || !process.isDead) return;
    this.#process = undefined;
    await this.#close(process);
  }

  async #close(process: Process): Promise<void> {
    await process.store.close().catch(() => undefined);
  }

  #happens(fault: keyof Faults): boolean {
    const rate = this.faults[fault];
    if (rate === 0 || !this.#chance.chance(rate)) return false;
    this.#count(fault);
    return true;
  }

  #count(fault: string): void {
    this.faultCounts.set(fault, (this.faultCounts.get(fault) ?? 0) + 1);
  }

  /** Failures of the store and deaths of the process are faults of this world; anything else is a mistake. */
  async #guard<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await (this.#process === undefined ? work() : Promise.race([work(), this.#process.died]));
    } catch (error) {
      if (
        error instanceof ProcessDied ||
        (error instanceof Error &&
          /disk is full|answer of the commit|database is not open|statement has been finalized/.test(error.message))
      )
        return undefined;
      throw error;
    }
  }
}
