import type { AppendLogsParams, Call, CheckpointParams, CheckpointResult } from "@stepwell/engine";
import type { LogLine, StepRunOp } from "@stepwell/protocol";
import { checkpointLimits, type Executable, type ExecutionHooks, type ParkedExecution, type StepCall } from "stepwell/internals";
import type { WatchedCall } from "./call-watch.ts";
import { microtasksDone } from "./microtasks-done.ts";

/** What calls share. */
export interface CallSurroundings {
  readonly now: () => number;
  readonly checkpoint: (params: CheckpointParams) => Promise<CheckpointResult>;
  readonly appendLogs: (params: AppendLogsParams) => Promise<unknown>;
  readonly park: (runId: string, executable: Executable, parked: ParkedExecution) => void;
  /** After a close nothing of a call is heard; while it drains none begins another step. */
  readonly state: () => "open" | "draining" | "closed";
}

type Saved = "saved" | "stale" | "failed";

/** What the execution of one call is given. A class, because a call should leave little behind. */
export class CallHooks implements ExecutionHooks {
  readonly now: () => number;
  readonly nextMoment = microtasksDone;
  readonly runAhead: boolean;
  declare readonly checkpoint?: (ops: readonly StepRunOp[]) => Promise<Saved>;
  declare readonly unsavedMax?: number;
  declare readonly unsavedMsMax?: number;
  declare readonly maxRuntimeMs?: number;
  readonly #surroundings: CallSurroundings;
  readonly #executable: Executable;
  readonly #call: Call;
  readonly #watched: WatchedCall;

  constructor(surroundings: CallSurroundings, executable: Executable, call: Call, watched: WatchedCall) {
    this.#surroundings = surroundings;
    this.#executable = executable;
    this.#call = call;
    this.#watched = watched;
    this.now = surroundings.now;
    const limits = call.stepId === undefined && !call.plan ? limitsOf(executable) : undefined;
    this.runAhead = limits !== undefined;
    if (limits === undefined) return;
    this.checkpoint = (ops) => this.#save(ops);
    if (limits.unsavedMax !== undefined) this.unsavedMax = limits.unsavedMax;
    if (limits.unsavedMsMax !== undefined) this.unsavedMsMax = limits.unsavedMsMax;
    if (limits.maxRuntimeMs !== undefined) this.maxRuntimeMs = limits.maxRuntimeMs;
  }

  onRun(step: StepCall | undefined): void {
    this.#watched.step = step?.name;
  }

  onParked(parked: ParkedExecution): void {
    this.#surroundings.park(this.#call.runId, this.#executable, parked);
  }

  async appendLogs(lines: readonly LogLine[]): Promise<void> {
    await this.#surroundings.appendLogs({ runId: this.#call.runId, entries: [{ lines }] });
  }

  /** The same as an object of its own, to be copied and changed. */
  get copied(): ExecutionHooks {
    return {
      ...this,
      onRun: (step) => this.onRun(step),
      onParked: (parked) => this.onParked(parked),
      appendLogs: (lines) => this.appendLogs(lines),
    };
  }

  async #save(ops: readonly StepRunOp[]): Promise<Saved> {
    const { state, checkpoint } = this.#surroundings;
    const { runId, itemId, generation } = this.#call;
    if (state() === "closed") return never;
    // What is finished is recorded with the reply, and the next step is begun by whoever opens the file next.
    if (state() === "draining") return "failed";
    const { kind } = await checkpoint({ runId, itemId, generation, ops });
    if (state() === "closed") return never;
    if (kind === "saved") return "saved";
    return kind === "too_large" ? "failed" : "stale";
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
