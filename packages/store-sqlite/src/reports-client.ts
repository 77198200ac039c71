// The store's side of the reports worker. The worker starts with the first question.

import { Worker } from "node:worker_threads";
import { StepwellError } from "@stepwell/protocol";
import type { ReportsStore } from "@stepwell/store";

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

const methods = [
  "listRuns",
  "countRuns",
  "getRun",
  "findRunByPrefix",
  "runEvents",
  "runSteps",
  "runAttempts",
  "runItems",
  "runLogs",
  "runLogCounts",
  "runMetadata",
  "listEvents",
  "getEvent",
  "eventRuns",
  "eventOutcomes",
  "backlog",
  "listFailures",
  "countFailures",
  "findFailure",
  "runWaits",
  "pendingRun",
  "failedAttempt",
  "laneReleases",
  "eventWakes",
  "eventRest",
  "findEventByPrefix",
  "size",
] as const satisfies readonly (keyof ReportsStore)[];

export class ReportsClient {
  readonly #file: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** The seam, every operation of it a question to the worker. */
  get reports(): ReportsStore {
    const entries = methods.map((method) => [method, (...args: readonly unknown[]) => this.#ask(method, args)]);
    return Object.fromEntries(entries) as unknown as ReportsStore;
  }

  /** Moves the log into the database, off this thread. */
  checkpoint(): Promise<void> {
    return this.#ask("checkpoint", []);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker?.terminate();
    this.#fail(closed());
  }

  #ask(method: string, args: readonly unknown[]): Promise<never> {
    // A thread that was ended answers nobody, and a new one would have the file of a store that is closed.
    if (this.#isClosed) return Promise.reject(closed());
    this.#worker ??= this.#start();
    // Somebody waits for an answer: the process stays for it, and for nothing else of the worker.
    this.#worker.ref();
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker?.postMessage({ id, method, args });
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("./reports-worker.ts", import.meta.url), { workerData: { file: this.#file } });
    worker.on("message", ({ id, value, error }: { readonly id: number; readonly value: never; readonly error?: string }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      // While it is ended, whoever closes it waits for that and for nothing else.
      if (this.#waiting.size === 0 && !this.#isClosed) worker.unref();
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new StepwellError("store_unavailable", error, { retryable: true }));
    });
    worker.on("error", (error) => {
      this.#worker = undefined;
      this.#fail(
        new StepwellError(
          "store_unavailable",
          `the reader of the database stopped: ${error instanceof Error ? error.message : String(error)}`,
          { retryable: true },
        ),
      );
    });
    return worker;
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function closed(): StepwellError {
  return new StepwellError("store_unavailable", "the store was closed", { retryable: false });
}
