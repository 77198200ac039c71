// What a call asks to be recorded of its run: the parts of a `CallUnit`.

import type { EpochMs, ItemId, JsonText, LogEntry, StepId } from "@stepwell/protocol";
import type { RecordMetadata } from "./metadata.ts";
import type { AcceptedEvent, NotStarted } from "./units.ts";
import type { EventMatch, Mark } from "./waits.ts";

export type Effect =
  | SettleStep
  | OpenGroup
  | PlanStep
  | UnplanStep
  | BeginSleep
  | BeginWait
  | DropSteps
  | RecordAttempt
  | RecordLogs
  | RecordMetadata
  | WarnRun;

/** Tells whoever looks at the run. The same text is kept once, and of a run `runWarningsMax` texts. */
export interface WarnRun {
  readonly kind: "warn_run";
  readonly text: string;
}

/**
 * Registers what a step waits for. Once per run and step: reported again it changes nothing. What can end it at once
 * (a kept signal, a conflict, a child that will not run) does so in the same unit.
 */
export interface BeginWait {
  readonly kind: "begin_wait";
  readonly stepId: StepId;
  readonly op: "WaitForEvent" | "WaitForSignal" | "InvokeFunction";
  readonly name: string;
  readonly race: boolean;
  /** As of `SettleStep`. */
  readonly wake: "group" | "always";
  readonly startedAt: EpochMs;
  readonly dueAt: EpochMs;
  readonly waitsFor:
    | ({ readonly kind: "event"; readonly since: Mark; readonly lookBackFrom?: EpochMs; readonly cutsLookBack?: boolean } & EventMatch)
    /** One wait for a name: a second one fails with `conflictMemo`, or replaces the first, which then resolves with null. */
    | { readonly kind: "signal"; readonly signal: string; readonly onConflict: "fail" | "replace"; readonly conflictMemo: JsonText }
    /** The event that starts the child is written with it; `starts[0]` is the child. */
    | {
        readonly kind: "invoke";
        readonly child: AcceptedEvent;
        /** The child is cancelled when its parent is, or when the wait is over. */
        readonly cancelsChild: boolean;
        /** What the step ends with, failed, when the child does not start: by what became of the start instead. */
        readonly notStartedMemos: Readonly<Record<NotStarted["kind"], JsonText>>;
      }
    /** What the step asks for there is not: it fails with this, unless it was reported before and waits already. */
    | { readonly kind: "refused"; readonly memo: JsonText };
}

/**
 * Losers of a race: their waits, sleeps, invokes and requests go, without a result, and code of the app that has failed is not
 * tried again. Unknown and settled ids are left alone, and so is code that runs or is yet to begin.
 */
export interface DropSteps {
  readonly kind: "drop_steps";
  readonly stepIds: readonly StepId[];
}

/** Gives a step its one result. The first wins; a second leaves the first as it is, and still wakes. */
export interface SettleStep {
  readonly kind: "settle_step";
  readonly stepId: StepId;
  readonly op: string;
  readonly name: string;
  readonly stepType?: string | undefined;
  /** What its code was called with, as a list. A result that comes too late leaves that of the first. */
  readonly input?: JsonText | undefined;
  /** As later calls carry it: `{"data":…}`, `{"error":…}` or a bare value. */
  readonly memo: JsonText;
  readonly failed: boolean;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  /** Failed attempts of this step before this result. */
  readonly attempt: number;
  /**
   * Whether the run's own item becomes due: `never` (this lease goes on itself, or a checkpoint), `group` (when nothing
   * of the pending group is open any more, or the step was reported alone) or `always` (a race, or an SDK of execution
   * version 1).
   */
  readonly wake: "never" | "group" | "always";
}

/**
 * Begins a group of steps that were reported together; it replaces an earlier group. Comes before the effects that plan
 * its steps. A step that is settled, or was reported before as part of a race, does not count as open.
 */
export interface OpenGroup {
  readonly kind: "open_group";
  readonly steps: readonly { readonly stepId: StepId; readonly op: string; readonly name: string; readonly race: boolean }[];
}

/** Gives a reported step an item of its own. Once per run and step, for the life of the run. */
export interface PlanStep {
  readonly kind: "plan_step";
  readonly stepId: StepId;
  readonly itemId: ItemId;
  readonly op: string;
  readonly name: string;
  readonly stepType?: string;
  readonly race: boolean;
  readonly dueAt: EpochMs;
  readonly rank: number;
  /** As of `SettleStep`. */
  readonly input?: JsonText;
  /** What the server itself is to do for this step, instead of a call of the app. Without credentials. */
  readonly request?: JsonText;
  /** The holder of the run has room for it: its item is born held, with generation 1, and need not be claimed. */
  readonly wantsLease?: boolean;
}

/**
 * A planned step that the app does not know: it counts as open no longer, and is as if it had only been reported, so that it can be
 * planned again. Its next item begins with `attempt`. A step that is settled, or is not planned, stays as it is.
 */
export interface UnplanStep {
  readonly kind: "unplan_step";
  readonly stepId: StepId;
  readonly attempt: number;
  /** As of `SettleStep`. */
  readonly wake: "group" | "always";
}

/** A sleep. `itemId` absent: the run's own item sleeps (then `next` is `queue`); else the sleep has an item of its own. */
export interface BeginSleep {
  readonly kind: "begin_sleep";
  readonly stepId: StepId;
  readonly itemId?: ItemId;
  readonly name: string;
  readonly race: boolean;
  readonly dueAt: EpochMs;
  readonly startedAt: EpochMs;
  readonly rank: number;
}

/** A call that failed, waited, or carried several steps leaves a row; of others the journal says enough. */
export interface RecordAttempt {
  readonly kind: "record_attempt";
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

/** Log lines. Beyond the limits of the attempt and of the run they are cut, as `fitLogs` says. */
export type RecordLogs = LogEntry & { readonly kind: "record_logs" };
