// A small world without chance, for races that are written down: a process on a store, whose commits and calls are held,
// lost and let go by hand.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call, type Engine } from "@stepwell/engine";
import { ScriptedApp, type ScriptedFunction, SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type EventIdSeed, epochMs, parseRegisterRequest, type RegisterRequest, type Reply } from "@stepwell/protocol";
import type { CommitParams, CommitResult, Store, Unit } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { type Row, Watcher } from "./watcher.ts";

const statusNames = ["queued", "running", "completed", "failed", "cancelled", "skipped"];

/** What a function is registered with besides its id; without triggers it starts by its own name. */
export interface CaseFunction extends ScriptedFunction {
  readonly config?: Readonly<Record<string, unknown>>;
}

type Fits = (units: readonly Unit[]) => boolean;

interface Held {
  readonly fits: Fits;
  readonly go: Promise<void>;
}

export class ScriptedWorld implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly app = new ScriptedApp();
  readonly calls: Call[] = [];
  readonly batches: (readonly Unit[])[] = [];
  /** When set, replies wait for it. */
  replyWhen: ((call: Call) => Promise<void> | undefined) | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-case-"));
  readonly #file = join(this.#folder, "case.db");
  readonly #functions: readonly CaseFunction[];
  readonly #watcher = new Watcher(this.#file);
  readonly #random = new SeededRandom(1);
  #losing: Fits | undefined;
  #held: Held[] = [];
  #failing: string | undefined;
  #life = 0;
  #store: Store | undefined;
  #engine: Engine | undefined;

  constructor(functions: readonly CaseFunction[]) {
    this.#functions = functions;
    for (const scripted of functions) this.app.add(scripted);
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error("no process lives");
    return this.#engine;
  }

  /** A process opens the file and starts; the one before it is no more. */
  async start(): Promise<void> {
    this.kill();
    await this.#store?.close();
    const life = this.#life;
    const store = await openSqliteStore({ file: this.#file, now: this.clock.now(), synchronous: "off", reader: "inline" });
    const isAlive = (): boolean => this.#life === life;
    const engine = buildEngine({
      store: this.#between(store, isAlive),
      transport: { inProcess: false, call: (call) => this.#answer(call, isAlive) },
      clock: this.#clockWhile(isAlive),
      random: this.#random,
    });
    this.#store = store;
    this.#engine = engine;
    const started = engine
      .start()
      .then(() => (engine.functions().length === 0 ? engine.syncApp(registrationOf(this.#functions)) : undefined));
    await this.settle();
    await started;
  }

  /** The process does nothing more; what it held stays as it is. */
  kill(): void {
    this.#life += 1;
    this.#engine = undefined;
    this.#held = [];
  }

  /** Without a seed of its own always the same send: a second one is a sender's retry. */
  async send(name: string, data: Readonly<Record<string, unknown>> = {}, nth = 0): Promise<void> {
    const seed: EventIdSeed = { senderNowAt: epochMs(Date.UTC(2026, 0, 1)), entropy: new Uint8Array(10).fill(nth) };
    await this.during(this.engine.sendEvents({ events: [{ name, data }], seed }));
  }

  /** The app lists these functions and no others. */
  register(functions: readonly CaseFunction[]): ReturnType<Engine["syncApp"]> {
    return this.engine.syncApp(registrationOf(functions));
  }

  /** Lets everything happen while something is waited for. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    work.catch(() => undefined); // It is awaited below, after the turns that settle it.
    await this.settle();
    return work;
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    await this.settle();
    for (let next = this.clock.nextAt; next !== undefined && next <= until; next = this.clock.nextAt) {
      this.clock.moveTo(next);
      await this.settle();
    }
    this.clock.moveTo(until);
    await this.settle();
  }

  /** Until nothing is left that time would bring. */
  async runUntilQuiet(): Promise<void> {
    await this.settle();
    for (let next = this.clock.nextAt; next !== undefined; next = this.clock.nextAt) {
      this.clock.moveTo(next);
      await this.settle();
    }
  }

  /** Batches that fit do not reach the store before they are let go. */
  hold(fits: Fits): () => Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const held = { fits, go: promise };
    this.#held.push(held);
    return async () => {
      this.#held = this.#held.filter((each) => each !== held);
      resolve();
      await this.settle();
    };
  }

  /** The next batch that fits is committed, and its answer is lost. */
  loseAnswerOf(fits: Fits): void {
    this.#losing = fits;
  }

  /** The next operation of this name, e.g. `runs.load`, fails. */
  failNext(operation: string): void {
    this.#failing = operation;
  }

  all(sql: string, ...params: readonly (string | number)[]): readonly Row[] {
    return this.#watcher.all(sql, ...params);
  }

  statuses(): readonly string[] {
    return this.all("select status from runs order by seq").map((row) => statusNames[Number(row["status"])] ?? "");
  }

  stepsRun(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.app.finished].map(([key, count]) => [key.split(" ")[1] ?? "", count]));
  }

  /** How many units of each batch had an effect of the kind; batches without one are left out. */
  batchesWith(kind: string): readonly number[] {
    return this.batches
      .map((units) => units.filter((unit) => unit.kind === "call" && unit.effects.some((effect) => effect.kind === kind)).length)
      .filter((count) => count > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    this.#watcher.close();
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #between(store: Store, isAlive: () => boolean): Store {
    const part = (name: string, target: object): object =>
      new Proxy(target, {
        get: (_, method) => {
          const value: unknown = Reflect.get(target, method, target);
          if (typeof value !== "function") return value;
          return (...params: readonly unknown[]): unknown => {
            if (this.#failing === `${name}.${String(method)}`) {
              this.#failing = undefined;
              return Promise.reject(new Error("the store failed"));
            }
            return Reflect.apply(value, target, params);
          };
        },
      });
    return new Proxy(store, {
      get: (_, name) => {
        if (name === "commit") return (units: readonly Unit[], params: CommitParams) => this.#commit(store, units, params, isAlive);
        const value: unknown = Reflect.get(store, name, store);
        if (name === "holder") return value;
        return typeof value === "object" && value !== null ? part(String(name), value) : value;
      },
    });
  }

  async #commit(store: Store, units: readonly Unit[], params: CommitParams, isAlive: () => boolean): Promise<CommitResult> {
    this.batches.push(units);
    for (const { go } of this.#held.filter(({ fits }) => fits(units))) await go;
    if (!isAlive()) return new Promise(() => undefined);
    const result = await store.commit(units, params);
    if (this.#losing?.(units) === true) {
      this.#losing = undefined;
      throw new Error("the answer was lost");
    }
    return isAlive() ? result : new Promise(() => undefined);
  }

  async #answer(call: Call, isAlive: () => boolean): Promise<Reply> {
    this.calls.push({ ...call, memos: new Map(call.memos) });
    const reply = this.app.answer(call);
    await this.replyWhen?.(call);
    return isAlive() ? reply : new Promise(() => undefined);
  }

  #clockWhile(isAlive: () => boolean): VirtualClock {
    const { clock } = this;
    const unlessDead = (callback: () => void) => (): void => {
      if (isAlive()) callback();
    };
    return {
      now: () => clock.now(),
      stopwatchMs: () => 0,
      wakeAt: (at: Parameters<VirtualClock["wakeAt"]>[0], callback: () => void) => clock.wakeAt(at, unlessDead(callback)),
      after: (ms: number, callback: () => void) => clock.after(ms, unlessDead(callback)),
      defer: (callback: () => void) => clock.defer(unlessDead(callback)),
    } as unknown as VirtualClock;
  }
}

export async function startScripted(functions: readonly CaseFunction[]): Promise<ScriptedWorld> {
  const world = new ScriptedWorld(functions);
  await world.start();
  return world;
}

function registrationOf(list: readonly CaseFunction[]): RegisterRequest {
  const functions = list.map(({ slug, config }) => ({
    id: slug,
    name: slug,
    triggers: [{ event: slug }],
    steps: { step: { id: "step", name: "step", runtime: { type: "http", url: `http://localhost:1/?fnId=${slug}` } } },
    ...config,
  }));
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "sim", url: "http://localhost:1/", sdk: "js:v4", functions }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  return parsed.request;
}
