// The shipped engine on the shipped SQLite store, with time, chance, the app and everything that goes wrong drawn from
// one seed. A "process" is an engine on an opened store; when it dies, another opens the file.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clockOver, type Engine, type EngineOptions, type Platform } from "@stepwell/engine";
import { ScriptedApp, SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type EpochMs, epochMs, type RunId } from "@stepwell/protocol";
import type { CommitParams, Store, Unit } from "@stepwell/store";
import { AppSide } from "./app-side.ts";
import { type Build, soundBuild } from "./build.ts";
import { CallWatch } from "./call-watch.ts";
import { faultyStore } from "./faulty-store.ts";
import { generateFunction } from "./generate-program.ts";
import { allInvariants } from "./invariants/all-invariants.ts";
import { LateCopies } from "./late-copies.ts";
import { Ledger } from "./ledger.ts";
import { askForNonsense, type SenderParts, sendSomething } from "./senders.ts";
import { type Holder, ProcessDied, type Surroundings } from "./surroundings.ts";
import { type Faults, fairWeather } from "./swarm.ts";
import { registration } from "./triggers.ts";
import { Watcher } from "./watcher.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly functions?: number;
  /** What is simulated; a broken build, to see whether it is noticed. */
  readonly build?: Build;
}

interface Process extends Holder {
  readonly engine: Engine;
  /** The store it opened, without what this world puts between. */
  readonly opened: Store;
  readonly now: () => EpochMs;
  /** Whoever waits for an answer of a process that dies sees the connection end. */
  readonly died: Promise<undefined>;
  readonly hangUp: () => void;
  hasTakenOver: boolean;
  /** It has started and knows its functions. */
  isListening: boolean;
  isStopping: boolean;
  /** Simulated steps: of its life as owner, or of that beside its successor. */
  age: number;
}

/** So many simulated steps a process is new. */
const youngSteps = 5;
/** So long a process that was taken for dead goes on beside its successor, in simulated steps. */
const asleepStepsMax = 40;
/** A clock looks at the wall at least so often; a shorter time would make simulated steps of nothing. */
const lookMsMax = 600_000;

export class World implements Surroundings {
  readonly clock = new VirtualClock();
  readonly app = new ScriptedApp();
  readonly ledger = new Ledger();
  readonly watch: CallWatch;
  readonly watcher: Watcher;
  readonly chance: SeededRandom;
  readonly faultCounts = new Map<string, number>();
  faults: Faults = fairWeather;
  /** Transactions of the store that went through. */
  commits = 0;
  setBackMs = 0;
  /** The first thing that was wrong. */
  violation: string | undefined;
  /** What the store last failed with, for whoever looks into a violation. */
  lastFailure: string | undefined;
  readonly #folder: string;
  readonly #file: string;
  readonly #build: Build;
  readonly #engineRandom: SeededRandom;
  readonly #slugs: readonly string[];
  readonly #appSide: AppSide;
  readonly #senders: SenderParts;
  readonly #copies = new LateCopies(this);
  readonly #functionSlugs = new Map<number, string>();
  readonly #options: Partial<EngineOptions>;
  #process: Process | undefined;
  #asleep: Process[] = [];
  /** How far the wall clock is from time as it passes. */
  #wallSkewMs = 0;
  #latestNow = 0;
  #revision = 0;
  #isSurprised = false;

  constructor(options: WorldOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), "stepwell-sim-"));
    this.#file = join(this.#folder, "sim.db");
    this.#build = options.build ?? soundBuild;
    this.watcher = new Watcher(this.#file);
    this.watch = new CallWatch(this);
    this.chance = new SeededRandom(options.seed);
    this.#engineRandom = new SeededRandom(options.seed ^ 0x5bd1e995);
    this.#slugs = Array.from({ length: options.functions ?? 4 }, (_, index) => `sim-f${index}`);
    for (const slug of this.#slugs) this.app.add(generateFunction(this.chance, slug));
    this.#options = this.chance.chance(0.3) ? { retention: { runsMs: 1_800_000, eventsMs: 2_400_000 } } : {};
    const request = <Result>(work: (engine: Engine) => Promise<Result>): Promise<Result | undefined> => this.#request(work);
    this.#appSide = new AppSide({ world: this, app: this.app, watch: this.watch, request, onCall: (runId) => this.#copies.onCall(runId) });
    this.#senders = { world: this, ledger: this.ledger, slugs: this.#slugs, request };
  }

  get store(): Store | undefined {
    return this.#process?.opened;
  }

  get engine(): Engine | undefined {
    return this.#process?.engine;
  }

  /** Engine time of the process that lives. */
  get engineNow(): number | undefined {
    return this.#process?.now();
  }

  /** Whoever owns the file, for whoever looks into a violation. */
  describe(): string {
    const process = this.#process;
    if (process === undefined) return "nobody owns the file";
    const { id, fate, hasTakenOver, isListening, isStopping, engine } = process;
    const { callsInFlight, runsInMemory } = engine.gauges();
    return JSON.stringify({ id, fate, hasTakenOver, isListening, isStopping, callsInFlight, runsInMemory, lastFailure: this.lastFailure });
  }

  async close(): Promise<void> {
    this.watcher.close();
    if (this.#process !== undefined) await this.#process.opened.close().catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  // Faults and findings.

  happens(fault: keyof Faults): boolean {
    const rate = this.faults[fault];
    if (rate === 0 || !this.chance.chance(rate)) return false;
    this.count(fault);
    return true;
  }

  count(fault: keyof Faults): void {
    this.faultCounts.set(fault, (this.faultCounts.get(fault) ?? 0) + 1);
  }

  violate(message: string): void {
    this.violation ??= message;
  }

  surprise(): void {
    this.#isSurprised = true;
  }

  keepCopy(holder: Holder, units: readonly Unit[], params: CommitParams): void {
    this.#copies.keep({ holder, units, params });
  }

  check(): void {
    const { retention } = this.#options;
    const view = {
      watcher: this.watcher,
      changes: this.watcher.takeChanges(),
      ledger: this.ledger,
      watch: this.watch,
      ownerId: this.#process?.hasTakenOver === true ? this.#process.id : undefined,
      prunedBefore: retention === undefined ? undefined : this.#latestNow - Math.min(retention.runsMs ?? 0, retention.eventsMs ?? 0),
      functionSlug: (id: number) => this.#slugOf(id),
    };
    for (const invariant of allInvariants) {
      const wrong = invariant.check(view);
      if (wrong !== undefined) this.violate(`${invariant.name}: ${wrong}`);
    }
  }

  // What people do.

  send(): void {
    void sendSomething(this.#senders);
  }

  /** One thing besides sending that people, their programs and their machines do, each as often as it was drawn. */
  async disturb(): Promise<void> {
    if (this.happens("cancel")) this.#cancelSomething();
    if (this.chance.chance(this.faults.staleCheckpoint)) void this.#appSide.sendStaleCheckpoint();
    if (this.happens("refusedRequest")) void askForNonsense(this.#senders);
    if (this.happens("refusedSync")) void this.#sync(true);
    if (this.happens("sync")) void this.#sync(false);
    if (this.happens("clockForward")) this.#wallSkewMs += this.chance.pick([1_000, 60_000, 3_600_000]);
    if (this.happens("clockBack")) this.#setBack(this.chance.pick([1_000, 30_000, 3_600_000]));
    if (this.happens("drain")) this.#drain();
    if (this.happens("sleepThrough")) this.#process = this.#fallAsleep();
    if (this.happens("restart") || this.#isSurprised) {
      this.#isSurprised = false;
      if (this.#process !== undefined) this.#kill(this.#process);
    }
    await this.settle();
  }

  /** The weather clears: whoever was taken for dead is. */
  calm(): void {
    this.faults = fairWeather;
    for (const process of this.#asleep) process.fate = "dead";
    this.#asleep = [];
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.#bury();
      if (this.#process === undefined) await this.#open();
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  /** Everything that needs no time, then time up to the next thing, and what comes so soon after it that it is one turn. */
  async step(togetherMs: number): Promise<void> {
    await this.settle();
    const next = this.clock.nextAt;
    if (next !== undefined) this.clock.moveTo(Math.max(next, this.clock.now()) + togetherMs);
    await this.settle();
    for (const process of [...this.#asleep, ...(this.#process === undefined ? [] : [this.#process])]) {
      process.age += 1;
      process.isYoung = process.age < youngSteps;
    }
    for (const process of this.#asleep.filter(({ age }) => age > asleepStepsMax)) process.fate = "dead";
    this.#asleep = this.#asleep.filter(({ fate }) => fate === "asleep");
    this.check();
  }

  // Processes.

  /** Starts a process, and lets it register its functions. A fault may kill it on the way. */
  async #open(): Promise<void> {
    const mine: { process: Process | undefined } = { process: undefined };
    const faults = { beforeCommit: () => this.#beforeCommit(mine), afterCommit: () => this.#afterCommit(mine) };
    const opened = await this.#build.openStore({
      file: this.#file,
      now: epochMs(this.#wallNow()),
      synchronous: "off",
      reader: "inline",
      faults,
    });
    const { promise: died, resolve } = Promise.withResolvers<undefined>();
    const holder: Holder = { id: opened.holder.id, fate: "alive", isYoung: true };
    const clock = clockOver(this.#platformOf(holder), opened.lastNow);
    const now = (): EpochMs => clock.now();
    const engine = this.#build.buildEngine({
      store: faultyStore(opened, holder, this),
      transport: this.#appSide.transport(holder, now),
      clock,
      random: this.#engineRandom,
      observer: {
        emit: (occurrence) => {
          if (occurrence.kind === "store.failed") this.lastFailure = `${occurrence.during}: ${occurrence.message}`;
        },
      },
      options: this.#options,
    });
    const process: Process = Object.assign(holder, {
      engine,
      opened,
      now,
      died,
      hangUp: () => resolve(undefined),
      hasTakenOver: false,
      age: 0,
      isListening: false,
      isStopping: false,
    });
    mine.process = process;
    this.#process = process;
    void this.#start(process);
  }

  async #start(process: Process): Promise<void> {
    const { engine } = process;
    const isUp = await this.#ask(process, async () => {
      await engine.start();
      process.hasTakenOver = true;
      this.check();
      if (engine.functions().length === 0) await engine.syncApp(registration({ slugs: this.#slugs, revision: this.#revision }));
      return true;
    });
    process.isListening = isUp === true;
    // A process that cannot start ends, and its supervisor tries again.
    if (!process.isListening && process.fate === "alive") this.#kill(process);
  }

  #platformOf(holder: Holder): Platform {
    const unlessDead = (callback: () => void) => (): void => {
      if (holder.fate !== "dead") callback();
    };
    return {
      lookMsMax,
      wallNow: () => this.#wallNow(),
      after: (ms, callback) => this.clock.wakeAt(epochMs(this.clock.now() + ms), unlessDead(callback)),
      defer: (callback) => this.clock.defer(unlessDead(callback)),
      stopwatchMs: () => 0,
    };
  }

  #wallNow(): number {
    const wall = this.clock.now() + this.#wallSkewMs;
    this.#latestNow = Math.max(this.#latestNow, wall);
    return wall;
  }

  #beforeCommit({ process }: { readonly process: Process | undefined }): void {
    if (process === undefined) return;
    if (this.happens("crashBeforeCommit")) this.#die(process);
    if (this.happens("failBeforeCommit")) throw new Error("the disk is full, for a moment");
  }

  #afterCommit({ process }: { readonly process: Process | undefined }): void {
    if (process === undefined) return;
    this.commits += 1;
    if (this.happens("crashAfterCommit")) this.#die(process);
    if (this.happens("loseAnswer")) throw new Error("the answer of the commit was lost");
  }

  #die(process: Process): never {
    this.#kill(process);
    throw new ProcessDied("the process died");
  }

  #kill(process: Process): void {
    process.fate = "dead";
    process.hangUp();
  }

  /** It is taken for dead, and goes on: its store is the successor's, which knows it no more. */
  #fallAsleep(): Process | undefined {
    const process = this.#process;
    if (process === undefined || !process.hasTakenOver) return process;
    process.fate = "asleep";
    process.age = 0;
    process.hangUp();
    this.#asleep.push(process);
    return process;
  }

  #setBack(byMs: number): void {
    this.#wallSkewMs -= byMs;
    this.setBackMs += byMs;
  }

  #drain(): void {
    const process = this.#process;
    if (process === undefined || process.isStopping) return;
    process.isStopping = true;
    void process.engine.stop({ graceMs: 1_000 }).then(() => this.#kill(process));
  }

  /** What a process that is no more held open is closed by the system. */
  async #bury(): Promise<void> {
    const process = this.#process;
    if (process === undefined || process.fate === "alive") return;
    this.#process = undefined;
    await process.opened.close().catch(() => undefined);
  }

  // Requests.

  #cancelSomething(): void {
    const alive = this.watcher.all("select id from runs where ended_at is null order by seq");
    if (alive.length === 0) return;
    const runId = String(this.chance.pick(alive)["id"]) as RunId;
    void this.#request(async (engine) => {
      const result = await engine.cancelRun({ runId, reason: "simulation" });
      if (result.kind === "cancelled") this.ledger.cancelled.add(runId);
    });
  }

  async #sync(isBroken: boolean): Promise<void> {
    this.#revision += 1;
    const request = registration({ slugs: this.#slugs, revision: this.#revision, isBroken });
    const result = await this.#request((engine) => engine.syncApp(request));
    if (!isBroken || result === undefined) return;
    if (result.kind !== "refused" || result.message.length < 20) this.violate(`I8 a registration that nobody can read was ${result.kind}`);
    if (this.watcher.one("select 1 from functions where name = 'must not be seen'") !== undefined)
      this.violate("I8 a registration that was refused has left a function");
  }

  /** Asks whoever listens. */
  async #request<Result>(work: (engine: Engine) => Promise<Result>): Promise<Result | undefined> {
    const process = this.#process;
    return process?.isListening === true ? this.#ask(process, () => work(process.engine)) : undefined;
  }

  /** Failures of the store and deaths of the process are faults of this world; anything else is a mistake. */
  async #ask<Result>(process: Process, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await Promise.race([work(), process.died]);
    } catch (error) {
      if (error instanceof Error && /disk is full|answer of the commit/.test(error.message)) return undefined;
      throw error;
    }
  }

  #slugOf(functionId: number): string {
    let slug = this.#functionSlugs.get(functionId);
    if (slug === undefined) {
      slug = String(this.watcher.one("select slug from functions where id = ?", functionId)?.["slug"]);
      this.#functionSlugs.set(functionId, slug);
    }
    return slug;
  }
}
