// Timers: what ends in a decision. The store keeps them in order of their due time; the engine decides.

import type { EpochMs, JsonText, StoreSeq } from "@stepwell/protocol";
import type { WaitRecord } from "./waits.ts";

/**
 * `start_deadline`, `finish_deadline`: of a run, by its id. `cancel_run`: a child that ends with its parent, by its id.
 * `tell_end`: of a run that a start of its singleton has ended, by its id. `cron`: a schedule, by function and expression.
 * `bulk_cancel`, `bulk_redrive`: a cancellation, or a redrive, of many runs, by its own id. `debounce`, `batch`: a run that is
 * being collected, by its id.
 */
export type TimerKind =
  | "start_deadline"
  | "finish_deadline"
  | "cancel_run"
  | "tell_end"
  | "cron"
  | "bulk_cancel"
  | "bulk_redrive"
  | "debounce"
  | "batch";

export interface TimerRecord {
  readonly seq: StoreSeq;
  readonly kind: TimerKind;
  /** What it is about; unique with the kind. */
  readonly subject: string;
  readonly dueAt: EpochMs;
  readonly data?: JsonText;
}

/** Tells a timer from what it was before it was set again: a unit that acts on one shows the due time it saw. */
export interface TimerRef {
  readonly kind: TimerKind;
  readonly subject: string;
  readonly dueAt: EpochMs;
}

export interface TimersStore {
  /** What is due, in the order of due times: timers, and waits whose time is over. `nextDueAt`: of the first that is not. */
  due(params: { readonly now: EpochMs; readonly limit: number }): Promise<{
    readonly timers: readonly TimerRecord[];
    readonly waits: readonly WaitRecord[];
    readonly nextDueAt?: EpochMs;
  }>;
  list(params: { readonly kind: TimerKind }): Promise<readonly TimerRecord[]>;
  get(params: { readonly kind: TimerKind; readonly subject: string }): Promise<TimerRecord | undefined>;
}

/** A deadline that is born with a run and dies with it. */
export interface RunTimer {
  readonly kind: "start_deadline" | "finish_deadline";
  readonly dueAt: EpochMs;
}
