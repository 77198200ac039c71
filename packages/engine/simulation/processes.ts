// Processes: an engine on an opened store. When one dies, or is taken for dead, another opens the file.

import { clockOver, type Engine, type EngineOptions, type Occurrence, type Platform } from "@stepwell/engine";
import type { SeededRandom } from "@stepwell/engine/testing";
import { type EpochMs, epochMs, type RegisterRequest, StepwellError } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import type { AppSide } from "./app-side.ts";
import type { Build } from "./build.ts";
import type { FarSide } from "./far-side.ts";
import { faultyStore } from "./faulty-store.ts";
import { type Holder, ProcessDied, type Surroundings } from "./surroundings.ts";
import type { WallClock } from "./wall-clock.ts";

export interface ProcessParts {
  readonly world: Surroundings;
  readonly build: Build;
  readonly file: string;
  readonly wall: WallClock;
  readonly random: SeededRandom;
  readonly options: Partial<EngineOptions>;
  readonly appSide: AppSide;
  readonly farSide: FarSide;
  /** How apps that are not known register themselves. */
  readonly registrations: () => readonly RegisterRequest[];
  readonly onCommit: () => void;
  readonly onOccurrence: (occurrence: Occurrence, holder: Holder) => void;
}

export interface Process extends Holder {
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

export class Processes {
  readonly #parts: ProcessParts;
  #owner: Process | undefined;
  #asleep: Process[] = [];
  /** What the store last failed with, for whoever looks into a violation. */
  #lastFailure: string | undefined;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
  }

  /** Whoever owns the file. */
  get owner(): Process | undefined {
    return this.#owner;
  }

  /** What a process that is no more held open is closed by the system, and its supervisor starts another. */
  async supervise(): Promise<void> {
    if (this.#owner !== undefined && this.#owner.fate !== "alive") {
      const gone = this.#owner;
      this.#owner = undefined;
      await gone.opened.close().catch(() => undefined);
    }
    if (this.#owner === undefined) await this.#open();
  }

  /** A simulated step is over. */
  grow(): void {
    for (const process of [...this.#asleep, ...(this.#owner === undefined ? [] : [this.#owner])]) {
      process.age += 1;
      process.isYoung = process.age < youngSteps;
    }
    for (const process of this.#asleep.filter(({ age }) => age > asleepStepsMax)) process.fate = "dead";
    this.#asleep = this.#asleep.filter(({ fate }) => fate === "asleep");
  }

  killOwner(): void {
    if (this.#owner !== undefined) this.#kill(this.#owner);
  }

  /** Whoever was taken for dead is. */
  killAsleep(): void {
    for (const process of this.#asleep) process.fate = "dead";
    this.#asleep = [];
  }

  /** It is taken for dead, and goes on: its store is the successor's, which knows it no more. */
  fallAsleep(): void {
    const process = this.#owner;
    if (process === undefined || !process.hasTakenOver) return;
    process.fate = "asleep";
    process.age = 0;
    process.hangUp();
    this.#asleep.push(process);
  }

  drain(): void {
    const process = this.#owner;
    if (process === undefined || process.isStopping) return;
    process.isStopping = true;
    void process.engine.stop({ graceMs: 1_000 }).then(() => this.#kill(process));
  }

  /** Asks whoever listens; `undefined`: nobody answered, or the server failed. */
  async request<Result>(work: (engine: Engine) => Promise<Result>): Promise<Result | undefined> {
    const process = this.#owner;
    return process?.isListening === true ? this.#ask(process, () => work(process.engine)) : undefined;
  }

  /** Whoever owns the file, for whoever looks into a violation. */
  describe(): string {
    if (this.#owner === undefined) return "nobody owns the file";
    const { id, fate, hasTakenOver, isListening, isStopping, engine } = this.#owner;
    const { callsInFlight, runsInMemory } = engine.gauges();
    const lastFailure = this.#lastFailure;
    return JSON.stringify({ id, fate, hasTakenOver, isListening, isStopping, callsInFlight, runsInMemory, lastFailure });
  }

  async close(): Promise<void> {
    await this.#owner?.opened.close().catch(() => undefined);
  }

  /** Starts a process, and lets the app register its functions. A fault may kill it on the way. */
  async #open(): Promise<void> {
    const { world, build, file, wall, appSide, farSide, random, options, onOccurrence } = this.#parts;
    const mine: { process: Process | undefined } = { process: undefined };
    const faults = { beforeCommit: () => this.#beforeCommit(mine), afterCommit: () => this.#afterCommit(mine) };
    const opened = await build.openStore({ file, now: epochMs(wall.now()), synchronous: "off", reader: "inline", faults });
    const { promise: died, resolve } = Promise.withResolvers<undefined>();
    const holder: Holder = { id: opened.holder.id, fate: "alive", isYoung: true };
    const clock = clockOver(this.#platformOf(holder), opened.lastNow);
    const now = (): EpochMs => clock.now();
    const engine = build.buildEngine({
      store: faultyStore(opened, holder, world),
      transport: appSide.transport(holder, now),
      gateway: farSide.gateway(holder, now),
      clock,
      random,
      observer: {
        emit: (occurrence) => {
          onOccurrence(occurrence, holder);
          if (occurrence.kind === "store.failed") this.#lastFailure = `${occurrence.during}: ${occurrence.message}`;
        },
      },
      options,
    });
    const process: Process = Object.assign(holder, {
      engine,
      opened,
      now,
      died,
      hangUp: () => resolve(undefined),
      hasTakenOver: false,
      isListening: false,
      isStopping: false,
      age: 0,
    });
    mine.process = process;
    this.#owner = process;
    void this.#start(process);
  }

  async #start(process: Process): Promise<void> {
    const { engine } = process;
    const isUp = await this.#ask(process, async () => {
      await engine.start();
      process.hasTakenOver = true;
      this.#parts.world.check();
      const known = new Set(engine.apps().map(({ name }) => name));
      for (const request of this.#parts.registrations()) if (!known.has(request.appName)) await engine.syncApp(request);
      return true;
    });
    process.isListening = isUp === true;
    // A process that cannot start ends, and its supervisor tries again.
    if (!process.isListening && process.fate === "alive") this.#kill(process);
  }

  #platformOf(holder: Holder): Platform {
    const { world, wall } = this.#parts;
    const unlessDead = (callback: () => void) => (): void => {
      if (holder.fate !== "dead") callback();
    };
    return {
      lookMsMax,
      wallNow: () => wall.now(),
      after: (ms, callback) => world.clock.wakeAt(epochMs(world.clock.now() + ms), unlessDead(callback)),
      defer: (callback) => world.clock.defer(unlessDead(callback)),
      stopwatchMs: () => 0,
    };
  }

  #beforeCommit({ process }: { readonly process: Process | undefined }): void {
    if (process === undefined) return;
    if (this.#parts.world.happens("crashBeforeCommit")) this.#die(process);
    if (this.#parts.world.happens("failBeforeCommit")) throw new Error("the disk is full, for a moment");
  }

  #afterCommit({ process }: { readonly process: Process | undefined }): void {
    if (process === undefined) return;
    this.#parts.onCommit();
    if (this.#parts.world.happens("crashAfterCommit")) this.#die(process);
    if (this.#parts.world.happens("loseAnswer")) throw new Error("the answer of the commit was lost");
  }

  #die(process: Process): never {
    this.#kill(process);
    throw new ProcessDied("the process died");
  }

  #kill(process: Process): void {
    process.fate = "dead";
    process.hangUp();
  }

  /** Failures of the store, deaths of the process and what asks to be sent again are of this world; anything else is a mistake. */
  async #ask<Result>(process: Process, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await Promise.race([work(), process.died]);
    } catch (error) {
      if (error instanceof StepwellError && error.retryable) return undefined;
      if (error instanceof Error && /disk is full|answer of the commit/.test(error.message)) return undefined;
      throw error;
    }
  }
}
