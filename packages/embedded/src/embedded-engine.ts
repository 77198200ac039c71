// A handle on the engine of a file. Those that a hot reload leaves behind go on working, and stop nothing.

import type { Engine, Occurrence } from "@stepwell/engine";
import { parseRunId, StepwellError } from "@stepwell/protocol";
import type { EventPayload, StepwellFunction } from "stepwell";
import type { InvokeArguments, JsonOutputOf } from "stepwell/internals";
import type { EngineHost } from "./engine-host.ts";
import { invokePayload } from "./invoke-payload.ts";
import { type RunReader, runReader } from "./run-reader.ts";
import type { RunView, StartedRunId } from "./run-view.ts";
import { sendByClients } from "./send-by-clients.ts";
import { stopped } from "./stopped.ts";

/** @typeParam Sent - What it sends: by `createEngine` an event that the functions' client knows, where it has types. */
export interface EmbeddedEngine<Sent = EventPayload<object>> extends AsyncDisposable {
  /** The database file. */
  readonly file: string;
  /** It takes nothing any more: it stops, or has stopped. */
  readonly isStopped: boolean;
  readonly runs: RunReader;
  /**
   * Stores events with all they start, and resolves then: what it acknowledged survives a power cut. All of them or none.
   *
   * They go through the client of the functions, as its own `send` does: schemas and middleware hold. Of several clients it is
   * the one whose `schemas` know the events, else the first.
   *
   * @throws {StepwellError} `invalid_event` and others of the same kind, `event_data_invalid`, `engine_stopped`.
   */
  send(events: Sent | readonly Sent[]): Promise<{ readonly ids: readonly string[] }>;
  /** Wakes the run that waits for the signal, or keeps the signal for the first that will. */
  sendSignal(signal: { readonly signal: string; readonly data?: unknown }): Promise<{ readonly runId: string | undefined }>;
  /**
   * Starts one run of a function, whatever its triggers are. The data goes through the middleware of the function's client, as
   * events that it sends do.
   *
   * @throws {StepwellError} `function_not_found`, `rate_limited`, `function_skipped`, `invalid_event`,
   *   `event_data_invalid`: the data fits no schema of the function's triggers.
   */
  invoke<Target extends StepwellFunction | string>(
    target: Target,
    ...payload: InvokeArguments<Target>
  ): Promise<{ readonly runId: StartedRunId<JsonOutputOf<Target>> }>;
  /**
   * Resolves with the run when it is over, however it ended. Of a run that `invoke` started TypeScript knows the output.
   *
   * @throws {StepwellError} `run_not_found`; `engine_stopped` when the engine stops first.
   */
  result<Output = unknown>(runId: string | StartedRunId<Output>): Promise<RunView<Output>>;
  /** @throws {StepwellError} `run_not_found`, `run_already_ended`. */
  cancel(runId: string): Promise<void>;
  /**
   * Tells what happens, as logs and metrics hear it; payloads are never in it. The returned function ends that. What a listener
   * throws is written to the console, and nothing else comes of it.
   */
  observe(listener: (occurrence: Occurrence) => void): () => void;
  /** The engine itself, for what has no method here. */
  readonly engine: Engine;
  /**
   * Takes no more work, waits `graceMs` (10 seconds) for calls under way, hands the rest back and closes the file. Of a handle
   * that a later `createEngine` for the same file has replaced it does nothing.
   */
  stop(params?: { readonly graceMs?: number }): Promise<void>;
}

type Client = StepwellFunction["client"];

const graceMsDefault = 10_000;

export class EngineHandle implements EmbeddedEngine {
  readonly #host: EngineHost;
  readonly #clients: readonly Client[];
  readonly runs: RunReader;

  constructor(host: EngineHost, clients: readonly Client[]) {
    this.#host = host;
    this.#clients = clients;
    const { engine } = host;
    const reader = runReader({
      reports: engine.reports,
      functionIdOf: async (slug) => engine.findFunction(slug)?.id,
      phaseOf: (run) => engine.phaseOf(run),
    });
    this.runs = {
      get: (runId) => this.#read(reader.get(runId)) as never,
      list: (query) => this.#read(reader.list(query)),
      steps: (runId) => this.#read(reader.steps(runId)),
    };
  }

  get file(): string {
    return this.#host.file;
  }

  get isStopped(): boolean {
    return this.#host.isStopping;
  }

  get engine(): Engine {
    return this.#host.engine;
  }

  send(events: EventPayload | readonly EventPayload[]): Promise<{ readonly ids: readonly string[] }> {
    return sendByClients(this.#clients, this.#host.transport, events);
  }

  sendSignal(signal: { readonly signal: string; readonly data?: unknown }): Promise<{ readonly runId: string | undefined }> {
    return this.#host.transport.sendSignal(signal);
  }

  async invoke(target: StepwellFunction | string, payload: { readonly data?: unknown } = {}): Promise<{ readonly runId: string }> {
    const functionName = typeof target === "string" ? target : target.slug;
    const checked = await invokePayload(payload, { target: this.#host.executableOf(functionName), clients: this.#clients });
    const result = await this.#open().invokeFunction({ functionName, payload: checked });
    switch (result.kind) {
      case "started":
      case "duplicate":
        return { runId: result.runId };
      case "function_not_found":
        throw refused("function_not_found", `no function is called "${functionName.slice(0, 80)}"`, "Give it to createEngine.");
      case "rate_limited":
        throw refused("rate_limited", `the rate limit of ${functionName} is used up until ${new Date(result.nextAt).toISOString()}`);
      case "skipped":
        throw refused("function_skipped", `the run ${result.by} has the singleton of ${functionName}`);
      default:
        return result satisfies never;
    }
  }

  async result<Output = unknown>(runId: string): Promise<RunView<Output>> {
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    const stopListening = this.#host.listen((occurrence) => {
      if (occurrence.kind === "run.ended" && occurrence.runId === runId) resolve();
    });
    const stopWaiting = this.#host.onStop(() => reject(stopped()));
    // It may stop while the run is looked for, when nobody awaits its end yet.
    ended.catch(() => undefined);
    try {
      const run = await this.#find<Output>(runId);
      if (run.endedAt !== undefined) return run;
      await ended;
      return await this.#find<Output>(runId);
    } finally {
      stopListening();
      stopWaiting();
    }
  }

  async cancel(runId: string): Promise<void> {
    const id = parseRunId(runId);
    const result =
      id === undefined
        ? ({ kind: "not_found" } as const)
        : await this.#open().cancelRun({ runId: id, reason: "cancelled by the application" });
    if (result.kind === "not_found") throw notFound(runId);
    if (result.kind === "already_ended") throw refused("run_already_ended", `the run ${runId} is over: ${result.status}`);
  }

  observe(listener: (occurrence: Occurrence) => void): () => void {
    return this.#host.listen(listener);
  }

  async stop({ graceMs = graceMsDefault }: { readonly graceMs?: number } = {}): Promise<void> {
    if (this.#host.newestHandle === this) await this.#host.stop({ graceMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Runs can be read until the file is closed. */
  async #read<Value>(reading: Promise<Value>): Promise<Value> {
    try {
      return await reading;
    } catch (error) {
      throw this.#host.isStopping ? stopped() : error;
    }
  }

  #open(): Engine {
    if (this.#host.isStopping) throw stopped();
    return this.#host.engine;
  }

  async #find<Output>(runId: string): Promise<RunView<Output>> {
    const run = await this.runs.get<Output>(runId);
    if (run === undefined) throw notFound(runId);
    return run;
  }
}

function notFound(runId: string): StepwellError {
  return refused("run_not_found", `there is no run ${runId.slice(0, 80)}`);
}

function refused(code: StepwellError["code"], message: string, advice?: string): StepwellError {
  return new StepwellError(code, message, { retryable: false, ...(advice === undefined ? {} : { advice }) });
}
