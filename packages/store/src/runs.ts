// Runs and their journals, as the engine needs them to make a call.

import type { EpochMs, ItemId, JsonText, RunId, RunStatus, StepId, StoreSeq } from "@stepwell/protocol";
import type { EnvironmentId, FunctionId } from "./apps.ts";
import type { StoredEvent } from "./events.ts";
import type { StepInput } from "./rerun.ts";

export type EndedStatus = "completed" | "failed" | "cancelled" | "skipped";

/** The part of a run's row that a call depends on. */
export interface RunRecord {
  readonly seq: StoreSeq;
  readonly id: RunId;
  readonly environmentId: EnvironmentId;
  readonly functionId: FunctionId;
  readonly status: RunStatus;
  readonly queuedAt: EpochMs;
  readonly startedAt?: EpochMs;
  readonly endedAt?: EpochMs;
  /** Of the run's own item: which call of it is the present one. */
  readonly generation: number;
  readonly attempt: number;
  readonly leaseLosses: number;
  /** Settled steps: the length of the stack, and the place of the next one. */
  readonly journalLength: number;
  readonly stateBytes: number;
  /** -1 until the SDK has answered with one. */
  readonly version: number;
  readonly plan: boolean;
  readonly emptyReplies: number;
  /** How much earlier it stands in its lane than its age says; absent: not at all. */
  readonly priorityMs?: number;
  /** What made the run, where it is not an event that somebody sent: `invoke`, `schedule`, `rerun`. */
  readonly origin?: string;
}

/** One settled step, in the order in which steps settled. */
export interface JournalEntry {
  readonly stepId: StepId;
  /** From 1. */
  readonly ord: number;
  readonly memo: JsonText;
  /** The step's name, where it failed for good. */
  readonly failedName?: string;
}

/** What a call is built from. */
export interface RunState {
  readonly run: RunRecord;
  readonly events: readonly StoredEvent[];
  readonly entries: readonly JournalEntry[];
  /** Of a run that repeats another from a step on, with other arguments for that step. */
  readonly stepInput?: StepInput;
  /** Queue items of the run besides its own. While there are none, memory may be trusted. */
  readonly otherItems: number;
}

export interface LoadParams {
  readonly runSeq: StoreSeq;
  /** Entries up to this place only: the snapshot that a parallel step was planned on. Absent: all. */
  readonly journalLength?: number;
}

export interface RunsStore {
  /** One for each param, in order; `undefined` where the run is gone. */
  load(params: readonly LoadParams[]): Promise<readonly (RunState | undefined)[]>;
  /** By its public id. */
  find(runId: RunId): Promise<RunRecord | undefined>;
}

/** What the server itself does for a step, instead of a call of the app. */
export interface StepRequest {
  readonly op: "Gateway" | "AIGateway";
  readonly name: string;
  readonly body: JsonText;
}

/** A claimed item: what to call, and as which generation. */
export interface ClaimedItem {
  /** `own`: the run's item (a start, a discovery, the end of a sleep). `step`: one planned step. */
  readonly kind: "own" | "step";
  readonly itemId: ItemId;
  /** Of a `step` item. */
  readonly itemSeq?: StoreSeq;
  readonly stepId?: StepId;
  /** Of a `step` item: how many steps were settled when it was planned. */
  readonly snapshotLength?: number;
  /** Of a `step` item that was planned with one, until the step has its result. */
  readonly request?: StepRequest;
  readonly race: boolean;
  readonly runSeq: StoreSeq;
  readonly runId: RunId;
  readonly functionId: FunctionId;
  readonly generation: number;
  readonly attempt: number;
  readonly leaseLosses: number;
  readonly laneKey: string;
  readonly rank: number;
  readonly dueAt: EpochMs;
}
