// What is asked to answer "why?", beside what lists and traces read. Every question looks at a bounded number of rows.

import type { EpochMs, EventId, JsonText, RunId, StepId } from "@stepwell/protocol";
import type { FunctionId } from "./apps.ts";
import type { CollectRun } from "./pending.ts";
import type { ChildReport, WaitReport } from "./reports.ts";

/** A step that waits for something besides the clock and the app. */
export interface OpenWaitReport extends WaitReport {
  readonly stepId: StepId;
  readonly stepName: string;
  readonly startedAt?: EpochMs;
  readonly child?: ChildReport;
  /** An equality that the event must satisfy besides the expression: a path in it, and the JSON of the value. */
  readonly term?: { readonly path: string; readonly value: JsonText };
}

/** A run that is being collected, and does not exist yet. */
export interface PendingReport {
  readonly runId: RunId;
  readonly functionId: FunctionId;
  readonly functionSlug: string;
  readonly kind: CollectRun["kind"];
  readonly key: string;
  readonly openedAt: EpochMs;
  readonly dueAt: EpochMs;
  /** Later events do not move it beyond. */
  readonly hardDueAt?: EpochMs;
  /** Events that were collected so far. */
  readonly joins: number;
  /** The event that a debounce keeps, the first one of a batch. */
  readonly eventId?: EventId;
}

/** A run of a lane that began after it had waited. */
export interface ReleaseReport {
  readonly queuedAt: EpochMs;
  readonly startedAt: EpochMs;
}

export interface FailedAttemptReport {
  readonly stepId?: StepId;
  readonly attempt: number;
  readonly endedAt: EpochMs;
  readonly errorCode: string;
  readonly message?: string;
}

/** A step that was woken by an event. */
export interface WakeReport {
  readonly runId: RunId;
  readonly functionSlug: string;
  readonly stepId: StepId;
  readonly stepName: string;
}

/** A function that an event still starts. */
export interface RestReport {
  readonly functionId: FunctionId;
  readonly functionSlug: string;
  readonly runId: RunId;
}

export interface WhyReports {
  /** What the run's steps wait for, the one that ends first at the beginning. */
  runWaits(runId: RunId, limit: number): Promise<readonly OpenWaitReport[]>;
  pendingRun(runId: RunId): Promise<PendingReport | undefined>;
  /** The last one that failed. */
  failedAttempt(runId: RunId): Promise<FailedAttemptReport | undefined>;
  /**
   * Runs of the lane of this one that were accepted before it and began after they had waited, in the order of their beginning.
   * Only so many runs of the function are looked at.
   */
  laneReleases(runId: RunId, limit: number): Promise<readonly ReleaseReport[]>;
  eventWakes(eventId: EventId, limit: number): Promise<readonly WakeReport[]>;
  /** What a cursor has not come to. */
  eventRest(eventId: EventId, limit: number): Promise<readonly RestReport[]>;
  /** A unique beginning of an id, at least six characters: the event, or how many match. */
  findEventByPrefix(prefix: string): Promise<{ readonly eventId?: EventId; readonly matches: number }>;
}
