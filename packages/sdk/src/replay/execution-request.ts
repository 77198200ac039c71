import type { LogLine, StepId, StepRunOp } from "@stepwell/protocol";
import type { ReceivedEvent } from "../define/event.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { StepCall, StepWork } from "../step/step-call.ts";
import type { Memos } from "./memos.ts";
import type { PlaceOfSender } from "./place.ts";
import type { ReplyTaker } from "./reply-taker.ts";

/** What waits until no promise can go on. */
export interface Waiting {
  onMoment(): void;
}

/** One call of a function, whatever brought it. */
export interface ExecutionRequest {
  readonly runId: string;
  /** The events that started the run; more than one only for a batch. */
  readonly events: readonly ReceivedEvent[];
  readonly memos: Memos;
  /** From 0. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Hashed id of the one step to be run; absent: go on wherever the function stands. */
  readonly stepId?: string | undefined;
  /** Report a new step instead of running it: siblings of it are under way. */
  readonly plan: boolean;
  /** As the server asks for it; below 1: it does not mind. */
  readonly version: number;
  /** The server is ours: it calls off the losers of races, and keeps what steps return beyond JSON. */
  readonly isOwnServer: boolean;
  /** The run repeats another, and remembers what it was given for steps that its code has yet to come to. */
  readonly isRerun?: true | undefined;
  readonly requestId?: string;
  readonly jobId?: string;
}

export interface ExecutionOptions {
  /** Whose option says when what failed is tried again; absent: nothing does. */
  readonly retried: StepwellFunction | undefined;
  /** Whoever keeps executions may keep this one. */
  readonly isKept: boolean;
}

/** An execution that goes on where it stands. False: it cannot, and the call is replayed as any other. */
export interface ParkedExecution {
  /** Runs the code of the step that the call is for. */
  runPlanned(request: ExecutionRequest, hooks: ExecutionHooks, taker: ReplyTaker): boolean;
  /** Goes on with what became of its steps. Once: afterwards it is another call's execution, which may be parked again. */
  resume(request: ExecutionRequest, hooks: ExecutionHooks, taker: ReplyTaker): boolean;
}

/** What the execution needs of its surroundings. */
export interface ExecutionHooks extends PlaceOfSender {
  /** Epoch milliseconds; the system's clock by default. */
  readonly now?: () => number;
  /** Tells `work` once no promise of user code can go on any more; where it is absent in the next turn of the event loop. */
  readonly nextMoment?: (work: Waiting) => void;
  /**
   * Saves finished steps while the function goes on. `stale`: a later call is under way, stop. Absent: a reply is made
   * in its place.
   */
  readonly checkpoint?: (ops: readonly StepRunOp[]) => Promise<"saved" | "stale" | "failed">;
  /** Code may run past a finished step up to the next one, so that the last step and the end are one reply. On by default. */
  readonly runAhead?: boolean;
  /** So many finished steps, or the oldest of them for so long in ms, may be unsaved before another begins; 1 by default. */
  readonly unsavedMax?: number | undefined;
  readonly unsavedMsMax?: number | undefined;
  /** After so long no further step is begun in this call, in ms. */
  readonly maxRuntimeMs?: number | undefined;
  /** How long a call for one step looks for it while user code awaits things of its own, in ms. */
  readonly findStepMs?: number;
  /** Told which step's code begins to run, and `undefined` when that is over. */
  readonly onRun?: (step: StepCall | undefined) => void;
  /** What a step does in place of its own work, for tests. `undefined`: its own. */
  readonly replace?: (step: StepCall, hashed: StepId) => StepWork | undefined;
  /**
   * Told of an execution that has planned steps and can be kept: later calls then run their code, and go on from there, with
   * nothing replayed. Whoever keeps none need not say so.
   */
  readonly onParked?: (parked: ParkedExecution) => void;
  /** Takes lines that no step wrote. What it throws is nobody's business but its own. */
  readonly appendLogs?: (lines: readonly LogLine[]) => Promise<void> | void;
}
