// An engine on the shipped store, in virtual time, whose apps register anew while their runs are under way.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call, type CallTarget, type Engine, type RunPhase, type SyncAppOutcome } from "@stepwell/engine";
import { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { asJson, type EventIdSeed, epochMs, hashStepId, type Op, parseRegisterRequest, type Reply, type RunId } from "@stepwell/protocol";
import type { RunReport, Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";

/** What a function answers. */
export type Script = (call: Call) => Reply | Promise<Reply>;

export interface SyncedFunction {
  /** Without the app's id. */
  readonly id: string;
  readonly on?: readonly object[];
  readonly retries?: number;
  readonly options?: Readonly<Record<string, unknown>>;
}

export class SyncWorld implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly calls: Call[] = [];
  /** By the whole id of a function. */
  readonly scripts = new Map<string, Script>();
  /** Apps that this process cannot call, by name; looked at when an app is loaded or registers. */
  readonly outOfReach = new Set<string>();
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-sync-"));
  #store: Store | undefined;
  #engine: Engine | undefined;
  #sent = 0;

  static async start(): Promise<SyncWorld> {
    const world = new SyncWorld();
    await world.#open();
    return world;
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error("not started");
    return this.#engine;
  }

  async #open(): Promise<void> {
    const { clock } = this;
    const store = await openSqliteStore({ file: join(this.#folder, "s.db"), now: clock.now(), synchronous: "off", reader: "inline" });
    this.#store = store;
    const transport = {
      inProcess: false,
      reaches: ({ appName }: CallTarget) => !this.outOfReach.has(appName),
      call: (call: Call) => this.#answer(call),
    };
    const options = { retryIntervalMs: 60_000 };
    this.#engine = buildEngine({ store, transport, clock, random: new SeededRandom(7), options });
    await this.#engine.start();
    await this.settle();
  }

  async restart(): Promise<void> {
    const stopped = this.engine.stop({ graceMs: 0 });
    await this.settle();
    await stopped;
    await this.#store?.close();
    this.clock.clear();
    await this.#open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async sync(appName: string, functions: readonly SyncedFunction[], url = `http://${appName}:1/`): Promise<SyncAppOutcome> {
    const listed = functions.map(({ id, on = [{ event: id }], retries = 3, options = {} }) => {
      const slug = `${appName}-${id}`;
      const runtime = { type: "http", url: `${url}?fnId=${slug}` };
      return {
        id: slug,
        name: id,
        triggers: on,
        steps: { step: { id: "step", name: "step", runtime, retries: { attempts: retries } } },
        ...options,
      };
    });
    const parsed = parseRegisterRequest(JSON.stringify({ appName, url, sdk: "js:v4", functions: listed }));
    if (parsed.kind !== "register") throw new Error(parsed.message);
    return this.done(this.engine.syncApp(parsed.request));
  }

  /** Lets the turns pass that the work needs. */
  async done<Result>(work: Promise<Result>): Promise<Result> {
    work.catch(() => undefined);
    await this.settle();
    const result = await work;
    await this.settle();
    return result;
  }

  /** The runs that the event starts, the first one first. */
  async send(name: string, data: Readonly<Record<string, number>> = {}): Promise<readonly RunId[]> {
    this.#sent += 1;
    const seed: EventIdSeed = { senderNowAt: epochMs(this.clock.now()), entropy: new Uint8Array(10).fill(this.#sent) };
    const { ids } = await this.done(this.engine.sendEvents({ events: [{ name, data }], seed }));
    const [eventId] = ids;
    return eventId === undefined ? [] : (await this.engine.reports.eventRuns(eventId)).map(({ id }) => id);
  }

  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    for (let next = this.clock.nextAt; next !== undefined && next <= until; next = this.clock.nextAt) {
      this.clock.moveTo(next);
      await this.settle();
    }
    this.clock.moveTo(epochMs(until));
    await this.settle();
  }

  async run(id: RunId | undefined): Promise<RunReport> {
    const run = id === undefined ? undefined : await this.engine.reports.getRun(id);
    if (run === undefined) throw new Error("there is no such run");
    return run;
  }

  async phase(id: RunId | undefined): Promise<RunPhase> {
    return this.engine.phaseOf(await this.run(id));
  }

  callsOf(slug: string): readonly Call[] {
    return this.calls.filter(({ target }) => target.slug === slug);
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  async #answer(call: Call): Promise<Reply> {
    this.calls.push(call);
    const script = this.scripts.get(call.target.slug);
    return script === undefined ? result("done") : script(call);
  }
}

export function result(data: unknown): Reply {
  return { kind: "result", data: asJson(data), sdk: "js:v4" };
}

export function failed(message = "no"): Reply {
  return { kind: "error", code: "function_error", error: { name: "Error", message }, noRetry: false };
}

export function ops(...list: readonly Op[]): Reply {
  return { kind: "ops", ops: list, version: 2, noRetry: false, sdk: "js:v4" };
}

export function stepOf(name: string): { readonly id: ReturnType<typeof hashStepId>; readonly name: string; readonly race: false } {
  return { id: hashStepId(name), name, race: false };
}

/** First this op, and when it has its result another. */
export function afterStep(op: Op, then: Script): Script {
  return (call) => (call.memos.has(op.id) ? then(call) : ops(op));
}

export function sleep(name: string, target: string): Op {
  return { ...stepOf(name), kind: "Sleep", target };
}
