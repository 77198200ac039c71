// What people and programs read: lists, one run, its trace. Never on the hot path; a store may answer from elsewhere
// (SQLite: a read-only connection in a worker thread), and always sees what was committed before the question.

import type { EpochMs, EventId, JsonText, LogLevel, LogLine, RunId, RunStatus, StepId, StoreSeq } from "@stepwell/protocol";
import type { AppId, EnvironmentId, FunctionId } from "./apps.ts";
import type { OutcomeKind, StoredEvent } from "./events.ts";
import type { FailureGroupFilter, FailureGroupReport, FailureState } from "./failures.ts";
import type { MetadataReport } from "./metadata.ts";
import type { WhyReports } from "./why-reports.ts";

export interface RunReport {
  readonly seq: StoreSeq;
  readonly id: RunId;
  readonly environmentId: EnvironmentId;
  readonly functionId: FunctionId;
  readonly functionSlug: string;
  readonly functionName: string;
  readonly appId: AppId;
  readonly appName: string;
  /** As stored: queued, running, or the end. */
  readonly status: RunStatus;
  readonly queuedAt: EpochMs;
  readonly startedAt?: EpochMs;
  readonly endedAt?: EpochMs;
  readonly attempt: number;
  readonly stepsKnown: number;
  readonly stepsSettled: number;
  readonly stepsFailed: number;
  readonly eventId?: EventId;
  readonly eventName?: string;
  /** The expression of the schedule that made it. */
  readonly cron?: string;
  readonly eventCount: number;
  readonly output?: JsonText;
  readonly error?: JsonText;
  readonly cancelReason?: string;
  /** Of a run that failed: its group, and the run that repeats it. */
  readonly failure?: { readonly fingerprint: string; readonly redrivenAs?: RunId };
  readonly warnings?: JsonText;
  /** What made the run, where it is not an event that somebody sent: `invoke`, `schedule`, `rerun`. */
  readonly origin?: string;
  /** Of a run that repeats another. */
  readonly rerun?: RerunReport;
  /** The run that waits, or waited, for its end. */
  readonly parent?: { readonly runId: RunId; readonly stepId: StepId };
  /** How many runs it invoked. */
  readonly childCount: number;
  /** Since when its app does not list the function any more. */
  readonly functionArchivedAt?: EpochMs;
  /** Of a run that is alive and has keys: its constraints. */
  readonly laneKey?: string;
  /** What of the run is alive, from which its shown status is computed. */
  readonly live?: {
    readonly held: boolean;
    /** The earliest item that is not held: what it is and when it is due. */
    readonly nextDueAt?: EpochMs;
    readonly nextAttempt?: number;
    readonly nextStepId?: StepId;
    readonly nextStepName?: string;
    readonly sleeping: boolean;
    /** Of what it waits for besides, that which ends first. */
    readonly waitsFor?: WaitReport & {
      readonly stepId: StepId;
      readonly stepName: string;
      /** How many steps of the run wait so, this one included. */
      readonly count: number;
    };
  };
}

/** What a run repeats; the runs may be gone. */
export interface RerunReport {
  readonly of: RunId;
  /** Where the chain of repetitions began. */
  readonly first: RunId;
  readonly fromStep?: StepId;
  /** The arguments of that step, where they were changed. */
  readonly input?: JsonText;
  readonly name?: string;
}

/** What a step waits for. */
export interface WaitReport {
  readonly kind: "event" | "signal" | "invoke";
  /** Of the event or the signal; the slug of an invoked function. */
  readonly name: string;
  readonly until: EpochMs;
  /** The condition of a wait for an event. */
  readonly expression?: string;
}

/** A run that a step invoked. */
export interface ChildReport {
  readonly runId: RunId;
  readonly functionSlug: string;
  readonly status: RunStatus;
}

export interface StepReport {
  readonly stepId: StepId;
  readonly op: string;
  readonly stepType?: string;
  readonly name: string;
  /** `dropped`: it ends without a result, as the loser of a race, or because it was open when its run ended. */
  readonly state: "reported" | "planned" | "sleeping" | "waiting" | "dropped" | "completed" | "failed";
  readonly ord?: number;
  /** What its code is called with, as a list. */
  readonly input?: JsonText;
  readonly memo?: JsonText;
  /** The event that ended its wait. */
  readonly eventId?: EventId;
  readonly waitsFor?: WaitReport;
  readonly child?: ChildReport;
  readonly startedAt?: EpochMs;
  readonly endedAt?: EpochMs;
  readonly dueAt?: EpochMs;
  readonly attempt: number;
  readonly group?: number;
  /** Its result is that of the run which this one repeats, or was given with the order to repeat it. */
  readonly kept?: "reused" | "overridden";
}

export interface AttemptReport {
  readonly stepId?: StepId;
  readonly attempt: number;
  readonly generation: number;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  readonly httpStatus?: number;
  readonly errorCode?: string;
  readonly error?: JsonText;
  readonly retryAt?: EpochMs;
  readonly steps: number;
  /** What chaos did to the call. */
  readonly injected?: string;
}

export interface ItemReport {
  readonly id: string;
  readonly stepId?: StepId;
  readonly state: "parked" | "ready" | "held";
  readonly dueAt: EpochMs;
  readonly attempt: number;
}

export interface RunFilter {
  readonly environmentId?: EnvironmentId;
  readonly statuses?: readonly RunStatus[];
  readonly functionIds?: readonly FunctionId[];
  readonly appIds?: readonly AppId[];
  readonly eventId?: EventId;
  readonly eventName?: string;
  /** Runs that this one invoked. */
  readonly parentRunId?: RunId;
  readonly queuedFrom?: EpochMs;
  readonly queuedTo?: EpochMs;
  /** Failed runs of these groups, by fingerprint. */
  readonly failures?: readonly string[];
  /** Failed runs of groups in these states. */
  readonly failureStates?: readonly FailureState[];
}

export interface PageParams {
  /** 1 to 200. */
  readonly limit: number;
  /** Rows before this place (older). Absent: from the newest. */
  readonly before?: StoreSeq;
  /** Rows after this place (newer); wins over `before`. */
  readonly after?: StoreSeq;
}

export interface Page<Row> {
  /** Newest first. */
  readonly rows: readonly Row[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

export interface OutcomeReport {
  readonly functionId: FunctionId;
  readonly functionSlug: string;
  readonly kind: OutcomeKind;
  readonly detail?: string;
  /** Of `debounced`: the event that the run is for, as long as it is known. */
  readonly keptEventId?: EventId;
}

export interface EventFilter {
  readonly ids?: readonly EventId[];
  readonly environmentId?: EnvironmentId;
  readonly names?: readonly string[];
  readonly receivedFrom?: EpochMs;
  readonly receivedTo?: EpochMs;
}

/** A line of a run's log. */
export interface LogReport extends LogLine {
  /** Its place among the lines of the run, in the order of their arrival. */
  readonly seq: number;
  readonly stepId?: StepId;
  readonly attempt?: number;
  /** It is no line but the mark behind which lines were left out: at the limit of the attempt, or of the run. */
  readonly cut?: "step" | "run";
}

export interface LogFilter {
  readonly stepId?: StepId;
  readonly levels?: readonly LogLevel[];
}

export interface LogPage {
  readonly limit: number;
  /** Lines behind this place. */
  readonly after: number;
}

export interface LogCount {
  readonly stepId?: StepId;
  readonly attempt?: number;
  readonly lines: number;
}

export interface BacklogReport {
  readonly functionSlug: string;
  /** When its oldest item became due. */
  readonly since: EpochMs;
  readonly items: number;
}

export interface ReportsStore extends WhyReports {
  listRuns(filter: RunFilter, page: PageParams): Promise<Page<RunReport>>;
  /** Counts up to `cap`; more is `atLeast`. */
  countRuns(filter: RunFilter, cap: number): Promise<{ readonly count: number; readonly atLeast: boolean }>;
  getRun(runId: RunId): Promise<RunReport | undefined>;
  /** A unique beginning of an id, at least six characters: the run, or how many match. */
  findRunByPrefix(prefix: string): Promise<{ readonly runId?: RunId; readonly matches: number }>;
  runEvents(runId: RunId): Promise<readonly StoredEvent[]>;
  runSteps(runId: RunId): Promise<readonly StepReport[]>;
  runAttempts(runId: RunId): Promise<readonly AttemptReport[]>;
  runItems(runId: RunId): Promise<readonly ItemReport[]>;
  /** In the order of their arrival. */
  runLogs(runId: RunId, filter: LogFilter, page: LogPage): Promise<{ readonly lines: readonly LogReport[]; readonly hasMore: boolean }>;
  /** How many lines each attempt has; attempts without one are left out. */
  runLogCounts(runId: RunId): Promise<readonly LogCount[]>;
  /** What is noted about a run and its steps, in no order that matters. */
  runMetadata(runId: RunId): Promise<readonly MetadataReport[]>;
  listEvents(filter: EventFilter, page: PageParams): Promise<Page<StoredEvent>>;
  getEvent(eventId: EventId): Promise<StoredEvent | undefined>;
  /** The runs an event started, oldest first, and the recorded reasons for those it did not. */
  eventRuns(eventId: EventId): Promise<readonly RunReport[]>;
  eventOutcomes(eventId: EventId): Promise<readonly OutcomeReport[]>;
  /** Functions with work that is due and not taken up, the one that waits longest first: since when, and how much. */
  backlog(params: { readonly now: EpochMs }): Promise<readonly BacklogReport[]>;
  /** Groups of failures, by the last failure of each. */
  listFailures(filter: FailureGroupFilter, page: PageParams): Promise<Page<FailureGroupReport>>;
  countFailures(filter: FailureGroupFilter): Promise<Readonly<Record<FailureState, number>>>;
  /** By a unique beginning of its fingerprint: the group, or how many match. */
  findFailure(prefix: string): Promise<{ readonly group?: FailureGroupReport; readonly matches: number }>;
  /** Rows and bytes, for the start-up screen and metrics. */
  size(): Promise<{ readonly runs: number; readonly events: number; readonly bytes: number }>;
}
