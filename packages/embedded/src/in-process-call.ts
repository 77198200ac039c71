import type { Call, CallReply, CheckpointResult } from "@stepwell/engine";
import { formatDuration, type LogLine, type Reply, type StepRunOp } from "@stepwell/protocol";
import {
  beginFunction,
  checkpointLimits,
  type Executable,
  type ExecutionHooks,
  type ParkedExecution,
  promisedReply,
  type ReplyTaker,
  type StepCall,
} from "stepwell/internals";
import { boundReply } from "./bound-reply.ts";
import type { QueuedCall } from "./call-queue.ts";
import { CallRequest } from "./call-request.ts";
import type { CallWatch, WatchedCall } from "./call-watch.ts";
import type { InProcessTransportParts } from "./in-process-transport.ts";
import { microtasksDone } from "./microtasks-done.ts";
import type { ParkedExecutions } from "./parked-executions.ts";

/** What calls share. */
export interface CallSurroundings {
  readonly parts: InProcessTransportParts;
  readonly watch: CallWatch;
  readonly parked: ParkedExecutions;
  /** After a close nothing of a call is heard; while it drains none begins another step. */
  state: "open" | "draining" | "closed";
}

type Saved = "saved" | "stale" | "failed";

/** One call: what its execution is given, and who takes what comes of it. One object, because a call should leave little behind. */
export class InProcessCall implements ExecutionHooks, ReplyTaker, WatchedCall, QueuedCall {
  readonly startedAt: number;
  step: string | undefined;
  readonly nextMoment = microtasksDone;
  readonly now: () => number;
  readonly transportOf: InProcessTransportParts["transportOf"];
  readonly #limits: ExecutionHooks | undefined;
  readonly #surroundings: CallSurroundings;
  readonly #executable: Executable;
  readonly #call: Call;
  readonly #resolve: (reply: CallReply) => void;

  constructor(surroundings: CallSurroundings, executable: Executable, call: Call, resolve: (reply: CallReply) => void) {
    this.startedAt = surroundings.watch.now();
    this.now = surroundings.parts.now;
    this.transportOf = surroundings.parts.transportOf;
    this.#surroundings = surroundings;
    this.#executable = executable;
    this.#call = call;
    this.#resolve = resolve;
    this.#limits = call.stepId === undefined && !call.plan ? limitsOf(executable) : undefined;
  }

  get slug(): string {
    return this.#call.target.slug;
  }

  get runId(): string {
    return this.#call.runId;
  }

  get runAhead(): boolean {
    return this.#limits !== undefined;
  }

  get unsavedMax(): number | undefined {
    return this.#limits?.unsavedMax;
  }

  get unsavedMsMax(): number | undefined {
    return this.#limits?.unsavedMsMax;
  }

  get maxRuntimeMs(): number | undefined {
    return this.#limits?.maxRuntimeMs;
  }

  begin(): void {
    if (this.#surroundings.state === "closed") return;
    try {
      const { around } = this.#surroundings.parts;
      if (around === undefined) this.#execute(this, this);
      else
        around(this.#call, this.#copied(), (hooks) => promisedReply((taker) => this.#execute(hooks, taker))).then(
          (reply) => this.take(reply),
          (error: unknown) => this.fault(error),
        );
    } catch (error) {
      this.fault(error);
    }
  }

  /** In an execution that was kept, where there is one and it can; else from the first line on. */
  #execute(hooks: ExecutionHooks, taker: ReplyTaker): void {
    const { parked } = this.#surroundings;
    const { runId, stepId } = this.#call;
    const request = new CallRequest(this.#call);
    const kept = parked.find(runId, this.#executable);
    if (kept !== undefined && stepId !== undefined && kept.runPlanned(request, hooks, taker)) return;
    if (kept !== undefined && stepId === undefined) {
      parked.drop(runId);
      if (kept.resume(request, hooks, taker)) return;
    }
    beginFunction(this.#executable, request, hooks, taker);
  }

  take(reply: Reply): void {
    this.#end(boundReply(reply));
  }

  fault(error: unknown): void {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    this.#end({ kind: "error", code: "internal_error", error: { name, message }, noRetry: false });
  }

  onOverdue(): void {
    const msMax = this.#surroundings.parts.callMsMax;
    const what = this.step === undefined ? "it awaits something outside of its steps" : `its step "${this.step}" is still open`;
    const message = `the call of ${this.slug} did not end within ${formatDuration(msMax)} (callMsMax): ${what}`;
    this.#end({ kind: "error", code: "request_duration_too_long", error: { name: "RequestDurationTooLong", message }, noRetry: false });
  }

  #end(reply: CallReply): void {
    const { state, watch } = this.#surroundings;
    if (state === "closed") return;
    watch.end(this);
    this.#resolve(reply);
  }

  onRun(step: StepCall | undefined): void {
    this.step = step?.name;
  }

  onParked(parked: ParkedExecution): void {
    this.#surroundings.parked.put(this.runId, this.#executable, parked);
  }

  async appendLogs(lines: readonly LogLine[]): Promise<void> {
    await this.#surroundings.parts.appendLogs({ runId: this.#call.runId, entries: [{ lines }] });
  }

  checkpoint(ops: readonly StepRunOp[]): Promise<Saved> {
    const { state, parts } = this.#surroundings;
    if (state === "closed") return never;
    // What is finished is recorded with the reply, and the next step is begun by whoever opens the file next.
    if (state === "draining") return Promise.resolve("failed");
    const { runId, itemId, generation } = this.#call;
    return parts.checkpoint({ runId, itemId, generation, ops }).then((result) => this.#afterCheckpoint(result));
  }

  #afterCheckpoint({ kind }: CheckpointResult): Saved | Promise<never> {
    if (this.#surroundings.state === "closed") return never;
    if (kind === "saved") return "saved";
    return kind === "too_large" ? "failed" : "stale";
  }

  /** The hooks as an object of its own, to be copied and changed. */
  #copied(): ExecutionHooks {
    return {
      now: this.now,
      transportOf: this.transportOf,
      nextMoment: this.nextMoment,
      onRun: (step) => this.onRun(step),
      onParked: (parked) => this.onParked(parked),
      appendLogs: (lines) => this.appendLogs(lines),
      ...(this.#limits === undefined ? { runAhead: false } : { ...this.#limits, checkpoint: (ops) => this.checkpoint(ops) }),
    };
  }
}

const never = new Promise<never>(() => undefined);

/** Read once for each: a function's options do not change. */
const limitsByExecutable = new WeakMap<Executable, { readonly limits: ExecutionHooks | undefined }>();

function limitsOf(executable: Executable): ExecutionHooks | undefined {
  let known = limitsByExecutable.get(executable);
  if (known === undefined) {
    known = { limits: checkpointLimits(executable) };
    limitsByExecutable.set(executable, known);
  }
  return known.limits;
}
