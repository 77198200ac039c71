// One open engine: the file, the functions and what runs them. Handles of the same file share it.
//
// H1. Functions are known to the transport before the engine is told of them, so that no run is claimed that cannot be called.
// H2. Their clients send to the engine before a run can be claimed too, and what is under way may send until it is cut off.
// H3. A host is stopped once, by whoever holds its newest handle; what stops it first makes it go from the open engines.

import { buildEngine, type Engine, type EngineOptions, type Observer, type Occurrence, systemClock, systemRandom } from "@stepwell/engine";
import { epochMs, limits, StepwellError } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import type { StepwellFunction } from "stepwell";
import type { ClientTransport, Executable } from "stepwell/internals";
import { type RoutedEngine, routeClient } from "./client-router.ts";
import { fetchGateway } from "./fetch-gateway.ts";
import { appsOf, FunctionTable } from "./function-table.ts";
import { InProcessTransport } from "./in-process-transport.ts";
import { registerApps } from "./register-apps.ts";
import { sendInProcess } from "./send-in-process.ts";
import { stopped } from "./stopped.ts";

export interface HostOptions {
  readonly file: string;
  readonly callMsMax?: number;
  readonly engine: Partial<EngineOptions>;
}

type Listener = (occurrence: Occurrence) => void;

export class EngineHost {
  readonly file: string;
  readonly store: Store;
  readonly engine: Engine;
  /** Through this handles and clients send; after a stop it says so instead of trying a server over HTTP. */
  readonly transport: ClientTransport = sendInProcess(() => {
    if (this.isStopping) throw stopped();
    return this.engine;
  });
  /** Whoever has it may stop the engine. */
  newestHandle: object | undefined;
  readonly #transport: InProcessTransport;
  readonly #transportOfRuns: ClientTransport = sendInProcess(() => {
    if (this.#isClosed) throw stopped();
    return this.engine;
  });
  readonly #route: RoutedEngine = { transport: this.transport, isOpen: () => !this.isStopping, choose: unclear };
  readonly #functions = new FunctionTable();
  readonly #listeners = new Set<Listener>();
  readonly #complainedOf = new WeakSet<Listener>();
  readonly #stopListeners = new Set<() => void>();
  readonly #onStopped: () => void;
  #stopping: Promise<void> | undefined;
  #isClosed = false;

  constructor(store: Store, { file, callMsMax = limits.callMsMax, engine }: HostOptions, onStopped: () => void) {
    this.file = file;
    this.store = store;
    this.#onStopped = onStopped;
    this.#transport = new InProcessTransport({
      functions: this.#functions,
      callMsMax,
      checkpoint: (params) => this.engine.checkpoint(params),
      appendLogs: (params) => this.engine.appendLogs(params),
      now: () => this.engine.now(),
      // Of a client that is another engine's alone, what is sent is for that one.
      transportOf: (client) => (this.#functions.hasApp(client.id) ? this.#transportOfRuns : undefined),
    });
    this.engine = buildEngine({
      store,
      transport: this.#transport,
      gateway: fetchGateway({ msMax: callMsMax }),
      clock: systemClock(store.lastNow, (byMs) => this.#observer.emit({ kind: "clock.jumped_back", at: epochMs(Date.now()), byMs })),
      random: systemRandom(),
      observer: this.#observer,
      options: { ...engine, mode: "start" },
    });
  }

  readonly #observer: Observer = {
    emit: (occurrence) => {
      for (const listener of this.#listeners) this.#tell(listener, occurrence);
    },
  };

  /** What a listener throws is its own affair: it is told to people, once, and stops no run. */
  #tell(listener: Listener, occurrence: Occurrence): void {
    const complain = (error: unknown): void => {
      if (this.#complainedOf.has(listener)) return;
      this.#complainedOf.add(listener);
      console.error(`a listener of engine.observe failed at "${occurrence.kind}"; further failures of it are not told`, error);
    };
    try {
      const heard: unknown = listener(occurrence);
      if (heard instanceof Promise) heard.catch(complain);
    } catch (error) {
      complain(error);
    }
  }

  async start(functions: readonly StepwellFunction[]): Promise<void> {
    await this.#take(functions, async () => {
      await this.engine.start();
      await registerApps(this.engine, functions);
    });
  }

  /** Other code for the same file: what its apps ran before is replaced. */
  async takeFunctions(functions: readonly StepwellFunction[]): Promise<void> {
    await this.#take(functions, () => registerApps(this.engine, functions));
  }

  /** Where `register` fails everything is as before. */
  async #take(functions: readonly StepwellFunction[], register: () => Promise<void>): Promise<void> {
    const before = this.#functions.take(functions);
    const unroute = [...appsOf(functions).values()].map(({ client }) => routeClient(client, this.#route));
    try {
      await register();
    } catch (error) {
      for (const each of unroute) each();
      this.#functions.restore(before);
      throw error;
    }
  }

  /** What is called by this id; `undefined`: nothing of this process. */
  executableOf(slug: string): Executable | undefined {
    return this.#functions.findBySlug(slug);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Told when the engine begins to stop. The returned function ends that. */
  onStop(listener: () => void): () => void {
    if (this.isStopping) queueMicrotask(listener);
    this.#stopListeners.add(listener);
    return () => void this.#stopListeners.delete(listener);
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  stop(params: { readonly graceMs: number }): Promise<void> {
    this.#stopping ??= this.#stop(params);
    return this.#stopping;
  }

  async #stop(params: { readonly graceMs: number }): Promise<void> {
    this.#transport.drain();
    try {
      await this.engine.stop(params);
    } finally {
      for (const listener of this.#stopListeners) listener();
      this.#isClosed = true;
      this.#transport.close();
      await this.store.close();
      this.#onStopped();
    }
  }
}

function unclear({ id }: StepwellFunction["client"], { length }: readonly RoutedEngine[]): never {
  throw new StepwellError("engine_unclear", `${length} engines are open that run functions of "${id}"`, {
    retryable: false,
    advice: "Send by `engine.send` of the one that is meant, or give each engine functions of a client of its own.",
  });
}
