// Calls functions in this process.
//
// P1. User code gets what it would get over HTTP: values that went through JSON, its own for each call.
// P2. Whatever user code does is a reply. A fault of the SDK is one too.
// P3. What a reply may hold is bounded as it is over HTTP.
// P4. A call has an end, though code cannot be stopped: what it does after its end has no effect. After `close` nothing does.

import type { AppendLogsParams, Call, CallReply, CallTarget, CheckpointParams, CheckpointResult, Transport } from "@stepwell/engine";
import { type EpochMs, isInProcessUrl, type Reply } from "@stepwell/protocol";
import type { ExecutionHooks } from "stepwell/internals";
import { CallQueue } from "./call-queue.ts";
import { CallWatch, type WatchedCall } from "./call-watch.ts";
import type { FunctionTable } from "./function-table.ts";
import { type CallSurroundings, InProcessCall } from "./in-process-call.ts";
import { ParkedExecutions } from "./parked-executions.ts";

export interface InProcessTransportParts {
  readonly functions: FunctionTable;
  /** How long a call may take, in ms of real time. */
  readonly callMsMax: number;
  readonly checkpoint: (params: CheckpointParams) => Promise<CheckpointResult>;
  /** Takes log lines that no step wrote. */
  readonly appendLogs: (params: AppendLogsParams) => Promise<unknown>;
  readonly now: () => EpochMs;
  /** Where goes what runs send through a client; `undefined`: where other code sends. */
  readonly transportOf: NonNullable<ExecutionHooks["transportOf"]>;
  /** Stands between a call and the function, for tests: gives `execute` its hooks, and what comes of it or something else. */
  readonly around?: (call: Call, hooks: ExecutionHooks, execute: (hooks: ExecutionHooks) => Promise<Reply>) => Promise<Reply>;
}

export class InProcessTransport implements Transport {
  readonly inProcess = true;
  readonly #queue = new CallQueue();
  readonly #surroundings: CallSurroundings;

  constructor(parts: InProcessTransportParts) {
    const watch = new CallWatch({ msMax: parts.callMsMax });
    this.#surroundings = { parts, watch, parked: new ParkedExecutions(), state: "open" };
  }

  reaches({ url, appName, slug }: CallTarget): boolean {
    return isInProcessUrl(url) && this.#surroundings.parts.functions.find(appName, slug) !== undefined;
  }

  call(call: Call): Promise<CallReply> {
    const { state, parts, watch } = this.#surroundings;
    if (state === "closed") return never;
    const { appName, slug } = call.target;
    const executable = parts.functions.find(appName, slug);
    if (executable === undefined) return Promise.resolve(gone(slug));
    return new Promise((resolve) => {
      const inProcess = new InProcessCall(this.#surroundings, executable, call, resolve);
      watch.begin(inProcess);
      this.#queue.add(inProcess);
    });
  }

  /** Calls under way, the oldest first, with the steps they are at. */
  openCalls(): readonly WatchedCall[] {
    return this.#surroundings.watch.open();
  }

  /** No further step is begun in a call. */
  drain(): void {
    if (this.#surroundings.state === "open") this.#surroundings.state = "draining";
  }

  /** What is still under way is never heard of again: the store it would be recorded in is about to close. */
  close(): void {
    this.#surroundings.state = "closed";
    this.#surroundings.watch.stop();
    this.#surroundings.parked.clear();
  }
}

const never = new Promise<never>(() => undefined);

function gone(slug: string): CallReply {
  const message = `the function ${slug} is not among those that this process was given`;
  return { kind: "error", code: "function_not_found", error: { name: "FunctionNotFound", message }, noRetry: false };
}
