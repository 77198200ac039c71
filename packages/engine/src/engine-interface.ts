// What an engine can be asked. `buildEngine` (engine.ts) makes one from its parts.

import type {
  CheckpointOp,
  ConfigProblem,
  EpochMs,
  ErrorCode,
  EventId,
  EventIdSeed,
  IncomingEvent,
  InvokePayload,
  ItemId,
  JsonText,
  LogEntry,
  RegisterRequest,
  RunId,
} from "@stepwell/protocol";
import type {
  AppRecord,
  EndedStatus,
  FailureState,
  FunctionId,
  FunctionRecord,
  MetadataEntry,
  QueueMeasure,
  ReportsStore,
  RunReport,
  Store,
} from "@stepwell/store";
import type { BreakerReport } from "./admission/breakers.ts";
import type { BreakerOverrides } from "./admission/with-breaker.ts";
import type { RerunParams, RerunResult } from "./events/rerun-request.ts";
import type { Explanations } from "./explanations/explanations.ts";
import type { RunPhase } from "./runs/run-phase-report.ts";
import type { ScheduleReport } from "./schedules/list-schedules.ts";
import type { Clock } from "./seams/clock.ts";
import type { Gateway } from "./seams/gateway.ts";
import type { Observer } from "./seams/observer.ts";
import type { Random } from "./seams/random.ts";
import type { Transport } from "./seams/transport.ts";
import type { BulkCancels } from "./timers/bulk-cancels.ts";
import type { BulkRedrives } from "./timers/bulk-redrives.ts";

export interface EngineParts {
  readonly store: Store;
  readonly transport: Transport;
  /** Makes the requests that steps ask for; without it such steps are refused. */
  readonly gateway?: Gateway;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer?: Observer;
  readonly options?: Partial<EngineOptions>;
}

export interface EngineOptions {
  /** `dev` takes functions whose options this server does not act on yet, with a warning; `start` refuses them. */
  readonly mode: "dev" | "start";
  /** A fixed time between attempts instead of the back-off table. */
  readonly retryIntervalMs: number | undefined;
  /** Calls under way at once, over all apps. */
  readonly callsInFlightMax: number;
  /** Runs that were born leased and wait in memory for a free call; further ones queue as rows. */
  readonly bornLeasedMax: number;
  readonly retention: RetentionRules;
  /** Breakers of functions by their slugs, `*` for all others: official SDKs cannot send them. `false`: none. */
  readonly circuitBreakers?: BreakerOverrides;
  /** Calls meet injected faults, so many of all: from 0 to 1. For `dev` alone. */
  readonly chaos?: { readonly rate: number };
}

/** How long history stays. Absent numbers mean: for ever. Nothing goes within a lookback or a dedupe window (24 h). */
export interface RetentionRules {
  readonly runsMs?: number;
  readonly failedMs?: number;
  /** Groups of failures, from the last failure on, once their runs are gone. */
  readonly failuresMs?: number;
  readonly eventsMs?: number;
  /** Attempts of runs that stay themselves. */
  readonly tracesMs?: number;
  readonly runsMax?: number;
}

export interface Engine {
  readonly breakers: {
    /** Those that are open, or have counted something. */
    list(): readonly BreakerReport[];
    /** Closes one by hand. False: there is none of this id. */
    reset(id: string): Promise<boolean>;
  };
  readonly now: () => EpochMs;
  readonly reports: ReportsStore;
  readonly gauges: () => EngineGauges;

  /** Takes over what a dead holder held, loads the apps and begins to claim. Resolves when the engine is ready. */
  start(): Promise<void>;
  /** Stops claiming, waits up to `graceMs` for calls under way, hands the rest back and resolves when it is quiet. */
  stop(params: { readonly graceMs: number }): Promise<void>;

  /** Records events with all they start; resolves after the commit. All of them or none. */
  sendEvents(params: SendEventsParams): Promise<SendEventsResult>;
  /** Wakes the run that waits for the signal, or keeps the signal for the first that will. */
  sendSignal(params: SendSignalParams): Promise<SendSignalResult>;
  /** Starts one run of one function, whatever its triggers are; resolves after the commit. */
  invokeFunction(params: InvokeFunctionParams): Promise<InvokeFunctionResult>;
  /** Takes an app's functions as a whole, or refuses them as a whole, naming every problem. */
  syncApp(request: RegisterRequest): Promise<SyncAppOutcome>;
  /** Remembers that an app could not be reached or read; its functions stay. `undefined` clears it. */
  setAppError(params: { readonly appName: string; readonly error: string | undefined }): Promise<void>;
  /** The app and its functions are no more; they are back with its next registration. */
  removeApp(params: RemoveAppParams): Promise<RemoveAppResult>;
  /** Saves steps in the middle of a call: all or none, fenced by the call's generation. */
  checkpoint(params: CheckpointParams): Promise<CheckpointResult>;
  cancelRun(params: { readonly runId: RunId; readonly reason: string }): Promise<CancelRunResult>;
  /** Starts a run with the events of another; `from` keeps what that one had done before a step. */
  rerun(params: RerunParams): Promise<RerunResult>;
  readonly bulkCancels: BulkCancels;
  readonly bulkRedrives: BulkRedrives;
  /** Says what a person thinks of a group of failures. False: there is no such group. */
  setFailureState(params: { readonly fingerprint: string; readonly state: FailureState }): Promise<boolean>;

  /** Notes about a run and its steps: all of them, or none where it would be too much. */
  setMetadata(params: SetMetadataParams): Promise<SetMetadataResult>;
  /** Log lines of a run that no call brought; what is beyond the limits is cut, with a marker. */
  appendLogs(params: AppendLogsParams): Promise<{ readonly kind: "appended" | "not_found" }>;
  /**
   * Lowers a limit for the runs of one function until the engine stops, or takes that back (`max` absent), for tests. False:
   * it is no number that lowers the limit, or none was set.
   */
  setRunLimit(params: SetRunLimitParams): boolean;
  /** From memory; archived functions are left out. */
  apps(): readonly AppRecord[];
  functions(): readonly FunctionRecord[];
  /** By slug, `app/function` or UUID. */
  findFunction(name: string): FunctionRecord | undefined;
  /** What functions ask for, with their next times. */
  schedules(): Promise<readonly ScheduleReport[]>;
  /** The status people see, with what memory knows and the store does not: whether a call is under way. */
  phaseOf(run: RunReport): RunPhase;
  /** Why a run does not move, and what became of an event. */
  readonly why: Explanations;
  /** Depth and age of the queue, for metrics. */
  measureQueue(): Promise<QueueMeasure>;
}

export interface SendEventsParams {
  readonly events: readonly IncomingEvent[];
  /** Of the request: the same seed gives the same ids, so that a retried send is stored once. */
  readonly seed?: EventIdSeed;
}

export interface SendEventsResult {
  readonly kind: "accepted";
  readonly ids: readonly EventId[];
}

export interface SendSignalParams {
  readonly signal: string;
  readonly data: JsonText;
}

export type SendSignalResult =
  | { readonly kind: "received"; readonly runId: RunId }
  /** Nobody waits: the signal is kept for the first wait of its name. */
  | { readonly kind: "kept" };

export interface InvokeFunctionParams {
  /** By slug, `app/function` or UUID. */
  readonly functionName: string;
  readonly payload: InvokePayload;
  /** One run for each function and key, for as long as keys are remembered (`dedupeWindowMs`). */
  readonly idempotencyKey?: string;
  readonly startAt?: EpochMs;
  readonly seed?: EventIdSeed;
}

export type InvokeFunctionResult =
  | { readonly kind: "started"; readonly eventId: EventId; readonly runId: RunId }
  /** The key, or the payload's own id, has started this run before; nothing was started now. */
  | { readonly kind: "duplicate"; readonly eventId: EventId; readonly runId: RunId }
  /** Nothing was started: the key of the function's `rateLimit` lets the next one in at `nextAt`. */
  | { readonly kind: "rate_limited"; readonly eventId: EventId; readonly nextAt: EpochMs }
  /** The run was skipped: the run `by` has the function's singleton. */
  | { readonly kind: "skipped"; readonly eventId: EventId; readonly runId: RunId; readonly by: RunId }
  | { readonly kind: "function_not_found" };

export type SyncAppOutcome =
  | { readonly kind: "synced"; readonly app: AppRecord; readonly modified: boolean; readonly warnings: readonly string[] }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string; readonly problems: readonly ConfigProblem[] };

export interface RemoveAppParams {
  readonly appName: string;
  /** `drain`: runs under way are called to their end. `cancel`: they are cancelled, in slices, over restarts too. */
  readonly runs: "drain" | "cancel";
}

export type RemoveAppResult =
  /** The runs end by a cancellation of many, of this id. */
  | { readonly kind: "removed"; readonly cancellationId?: string }
  | { readonly kind: "not_found" }
  /** So many cancellations are remembered that there is no room for this one; nothing was done. */
  | { readonly kind: "too_many" };

export interface CheckpointParams {
  readonly runId: RunId;
  readonly itemId: ItemId | RunId;
  readonly generation: number;
  readonly ops: readonly CheckpointOp[];
}

export type CheckpointResult =
  | { readonly kind: "saved" }
  /** A later call of the item is under way, or it is no longer in hand: the sender must stop. */
  | { readonly kind: "stale" }
  | { readonly kind: "run_ended"; readonly status: EndedStatus }
  | { readonly kind: "not_found" }
  | { readonly kind: "too_large"; readonly message: string };

export type RunLimitName = "stepsPerRunMax" | "runStateBytesMax";

export interface SetRunLimitParams {
  readonly functionId: FunctionId;
  readonly limit: RunLimitName;
  readonly max: number | undefined;
}

export interface SetMetadataParams {
  readonly runId: RunId;
  readonly entries: readonly MetadataEntry[];
}

export type SetMetadataResult =
  | { readonly kind: "set" | "not_found" }
  | { readonly kind: "too_large"; readonly limit: "metadataSpanBytesMax" | "metadataRunBytesMax" };

export interface AppendLogsParams {
  readonly runId: RunId;
  readonly entries: readonly LogEntry[];
}

export type CancelRunResult =
  | { readonly kind: "cancelled" }
  | { readonly kind: "already_ended"; readonly status: EndedStatus }
  | { readonly kind: "not_found" };

/** Running totals and present values, for metrics. Totals count since the engine was built. */
export interface EngineGauges {
  readonly eventsAccepted: number;
  readonly runsStarted: number;
  readonly runsCompleted: number;
  readonly runsFailed: number;
  readonly runsCancelled: number;
  readonly stepsSettled: number;
  readonly attemptsFailed: number;
  readonly callsMade: number;
  readonly callsInFlight: number;
  readonly runsInMemory: number;
  readonly commits: number;
  readonly rowsWritten: number;
  readonly batches: number;
  readonly units: number;
  readonly commitMs: number;
}
