// Hands the store what was decided in one turn of the event loop as one batch.
//
// W1. Units are committed in the order in which they were handed in; one batch is under way at a time.
// W2. A batch holds at most `rowsMax` rows (by estimate), which adapts to what a commit takes: the driver of SQLite is
//     synchronous, and a long commit is a long turn of the event loop.
// W3. A batch that fails as a whole fails each of its units with the same error: nothing of it was recorded, or nobody
//     knows. The caller finds out by reading; it never assumes.

import type { CommitResult, Effect, Mark, Store, Unit, UnitOutcome, WakeHint } from "@stepwell/store";
import type { Clock } from "../seams/clock.ts";

const rowsPerBatchMax = 2_000;
/** So many rows take two milliseconds; where they take longer it is the disk, which fewer rows do not make faster. */
const rowsPerBatchMin = 500;
/** Above this a batch took too long, and the next one is smaller. */
const commitMsMax = 16;
const commitMsGood = 10;

interface Pending {
  readonly unit: Unit;
  readonly resolve: (outcome: UnitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface WriterTotals {
  batches: number;
  units: number;
  commitMs: number;
}

export interface BatchWriterParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly onWake: (wake: WakeHint) => void;
  /** Each unit of a batch that was committed, in their order, before anybody who waits for one goes on. */
  readonly onCommitted?: (unit: Unit, outcome: UnitOutcome) => void;
  /** How far this holder has looked at what events wake and cancel, before the batch. */
  readonly matched?: () => Mark | undefined;
  /** A batch failed: what became of it is unknown, and whoever would have been told of it looks for itself. */
  readonly onUnknown?: () => void;
}

export class BatchWriter {
  readonly totals: WriterTotals = { batches: 0, units: 0, commitMs: 0 };
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #parts: BatchWriterParts;
  #pending: Pending[] = [];
  #isScheduled = false;
  #isFlushing = false;
  #rowsMax = rowsPerBatchMax;
  /** Units handed in, and those that have their outcome. */
  #handedIn = 0;
  #settled = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(parts: BatchWriterParts) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#parts = parts;
  }

  /** Resolves with what became of the unit, once its batch is durable. */
  commit(unit: Unit): Promise<UnitOutcome> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ unit, resolve, reject });
      this.#handedIn += 1;
      this.#schedule();
    });
  }

  /** Resolves when everything that has been handed in has its outcome. */
  flushed(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count: this.#handedIn, resolve }));
  }

  /** Nothing is waiting and no batch is under way. */
  get isIdle(): boolean {
    return this.#pending.length === 0 && !this.#isFlushing;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isFlushing) return;
    this.#isScheduled = true;
    this.#clock.defer(() => {
      this.#isScheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#take();
    if (batch.length === 0) return;
    this.#isFlushing = true;
    const before = this.#clock.stopwatchMs();
    try {
      const units = batch.map(unitOf);
      const matched = this.#parts.matched?.();
      const now = this.#clock.now();
      const result = await this.#store.commit(units, matched === undefined ? { now } : { now, matched });
      this.#adapt(this.#clock.stopwatchMs() - before);
      this.#settle(batch, result);
    } catch (error) {
      for (const pending of batch) pending.reject(error);
      this.#parts.onUnknown?.();
    } finally {
      this.#isFlushing = false;
      this.#tellFlushed(batch.length);
      if (this.#pending.length > 0) this.#schedule();
    }
  }

  #tellFlushed(count: number): void {
    this.#settled += count;
    while ((this.#waiting[0]?.count ?? Number.POSITIVE_INFINITY) <= this.#settled) this.#waiting.shift()?.resolve();
  }

  #settle(batch: readonly Pending[], result: CommitResult): void {
    this.totals.batches += 1;
    this.totals.units += batch.length;
    const { outcomes } = result;
    for (let index = 0; index < batch.length; index += 1) {
      const outcome = outcomes[index];
      if (outcome === undefined) batch[index]?.reject(new Error("the store gave fewer outcomes than it was given units"));
      else this.#settleOne(batch[index], outcome);
    }
    const { ready, dueAt, timerDueAt } = result.wake;
    if (ready || dueAt !== undefined || timerDueAt !== undefined) this.#parts.onWake(result.wake);
  }

  #settleOne(pending: Pending | undefined, outcome: UnitOutcome): void {
    if (pending === undefined) return;
    this.#parts.onCommitted?.(pending.unit, outcome);
    pending.resolve(outcome);
  }

  #take(): readonly Pending[] {
    let rows = 0;
    let count = 0;
    for (const { unit } of this.#pending) {
      rows += rowsOf(unit);
      if (count > 0 && rows > this.#rowsMax) break;
      count += 1;
    }
    if (count === this.#pending.length) {
      const all = this.#pending;
      this.#pending = [];
      return all;
    }
    return this.#pending.splice(0, count);
  }

  #adapt(tookMs: number): void {
    this.totals.commitMs += tookMs;
    if (tookMs > commitMsMax) this.#rowsMax = Math.max(rowsPerBatchMin, this.#rowsMax >> 1);
    else if (tookMs < commitMsGood) this.#rowsMax = Math.min(rowsPerBatchMax, this.#rowsMax + 100);
  }
}

function unitOf(pending: Pending): Unit {
  return pending.unit;
}

function rowsOfEffects(effects: readonly Effect[]): number {
  let rows = effects.length;
  for (const effect of effects) if (effect.kind === "record_logs") rows += effect.lines.length;
  return rows;
}

/** An estimate is enough: it bounds a batch, it promises nothing. */
function rowsOf(unit: Unit): number {
  switch (unit.kind) {
    case "accept": {
      let rows = 0;
      for (const { starts, outcomes } of unit.events) rows += 1 + starts.length + outcomes.length;
      return rows;
    }
    case "call":
      return 1 + rowsOfEffects(unit.effects);
    case "advance_cursor":
      return 1 + 2 * unit.starts.length + unit.outcomes.length;
    case "start_pending":
      return 4 + 2 * unit.joins;
    case "looked":
      return unit.waitSeqs.length;
    case "append_logs": {
      let rows = 1;
      for (const { lines } of unit.entries) rows += 1 + lines.length;
      return rows;
    }
    case "set_metadata":
      return 1 + unit.entries.length;
    case "rerun":
      return 4 + unit.keep.length;
    case "resolve_wait":
      return 3;
    case "cancel":
    case "release":
    case "drop_wait":
    case "signal":
    case "set_timer":
    case "set_failure_state":
      return 2;
    default:
      return unit satisfies never;
  }
}
