// Calls functions in this process.
//
// P1. User code gets what it would get over HTTP: values that went through JSON, its own for each call.
// P2. Whatever user code does is a reply. A fault of the SDK is one too.
// P3. What a reply may hold is bounded as it is over HTTP.
// P4. A call has an end, though code cannot be stopped: what it does after its end has no effect. After `close` nothing does.

import type { AppendLogsParams, Call, CallReply, CallTarget, CheckpointParams, CheckpointResult, Transport } from "@stepwell/engine";
import { type EpochMs, formatDuration, isInProcessUrl, type Reply } from "@stepwell/protocol";
import { type Executable, type ExecutionHooks, executeFunction } from "stepwell/internals";
import { boundReply } from "./bound-reply.ts";
import { CallHooks, type CallSurroundings } from "./call-hooks.ts";
import { CallQueue } from "./call-queue.ts";
import { CallRequest } from "./call-request.ts";
import { CallWatch, type WatchedCall } from "./call-watch.ts";
import type { FunctionTable } from "./function-table.ts";
import { ParkedExecutions } from "./parked-executions.ts";

export interface InProcessTransportParts {
  readonly functions: FunctionTable;
  /** How long a call may take, in ms of real time. */
  readonly callMsMax: number;
  readonly checkpoint: (params: CheckpointParams) => Promise<CheckpointResult>;
  /** Takes log lines that no step wrote. */
  readonly appendLogs: (params: AppendLogsParams) => Promise<unknown>;
  readonly now: () => EpochMs;
  /** Stands between a call and the function, for tests: gives `execute` its hooks, and what comes of it or something else. */
  readonly around?: (call: Call, hooks: ExecutionHooks, execute: (hooks: ExecutionHooks) => Promise<Reply>) => Promise<Reply>;
}

export class InProcessTransport implements Transport {
  readonly inProcess = true;
  readonly #parts: InProcessTransportParts;
  readonly #watch: CallWatch;
  readonly #parked = new ParkedExecutions();
  readonly #queue = new CallQueue();
  readonly #surroundings: CallSurroundings;
  #isClosed = false;
  #isDraining = false;

  constructor(parts: InProcessTransportParts) {
    this.#parts = parts;
    this.#watch = new CallWatch({ msMax: parts.callMsMax });
    this.#surroundings = {
      now: parts.now,
      checkpoint: parts.checkpoint,
      appendLogs: parts.appendLogs,
      park: (runId, executable, parked) => this.#parked.put(runId, executable, parked),
      state: () => (this.#isClosed ? "closed" : this.#isDraining ? "draining" : "open"),
    };
  }

  reaches({ url, appName, slug }: CallTarget): boolean {
    return isInProcessUrl(url) && this.#parts.functions.find(appName, slug) !== undefined;
  }

  call(call: Call): Promise<CallReply> {
    if (this.#isClosed) return never;
    const { appName, slug } = call.target;
    const executable = this.#parts.functions.find(appName, slug);
    if (executable === undefined) return Promise.resolve(gone(slug));
    return new Promise((resolve) => {
      const end = (reply: CallReply): void => {
        if (this.#isClosed) return;
        this.#watch.end(watched);
        resolve(reply);
      };
      const watched = this.#watch.begin(slug, call.runId, () => end(overdue(watched, this.#parts.callMsMax)));
      this.#queue.add(() => {
        this.#execute(executable, call, watched).then(
          (reply) => end(boundReply(reply)),
          (error: unknown) => end(failedByUs(error)),
        );
      });
    });
  }

  /** Calls under way, the oldest first, with the steps they are at. */
  openCalls(): readonly WatchedCall[] {
    return this.#watch.open();
  }

  #execute(executable: Executable, call: Call, watched: WatchedCall): Promise<Reply> {
    const { around } = this.#parts;
    const hooks = new CallHooks(this.#surroundings, executable, call, watched);
    if (around === undefined) return this.#run(executable, call, hooks);
    return around(call, hooks.copied, (more) => this.#run(executable, call, more));
  }

  /** In an execution that was kept, where there is one and it can; else from the first line on. */
  #run(executable: Executable, call: Call, hooks: ExecutionHooks): Promise<Reply> {
    const request = new CallRequest(call);
    const parked = this.#parked.find(call.runId, executable);
    if (parked === undefined) return executeFunction(executable, request, hooks);
    if (call.stepId !== undefined) return parked.runPlanned(request, hooks) ?? executeFunction(executable, request, hooks);
    this.#parked.drop(call.runId);
    return parked.resume(request, hooks) ?? executeFunction(executable, request, hooks);
  }

  /** No further step is begun in a call. */
  drain(): void {
    this.#isDraining = true;
  }

  /** What is still under way is never heard of again: the store it would be recorded in is about to close. */
  close(): void {
    this.#isClosed = true;
    this.#watch.stop();
    this.#parked.clear();
  }
}

const never = new Promise<never>(() => undefined);

function gone(slug: string): CallReply {
  const message = `the function ${slug} is not among those that this process was given`;
  return { kind: "error", code: "function_not_found", error: { name: "FunctionNotFound", message }, noRetry: false };
}

function overdue({ slug, step }: WatchedCall, msMax: number): CallReply {
  const what = step === undefined ? "it awaits something outside of its steps" : `its step "${step}" is still open`;
  const message = `the call of ${slug} did not end within ${formatDuration(msMax)} (callMsMax): ${what}`;
  return { kind: "error", code: "request_duration_too_long", error: { name: "RequestDurationTooLong", message }, noRetry: false };
}

function failedByUs(error: unknown): CallReply {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { kind: "error", code: "internal_error", error: { name, message }, noRetry: false };
}
