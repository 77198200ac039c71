// Cancels many runs by a filter, slice by slice. Each cancellation is a timer whose data holds its filter and its place.
//
// B1. The timer moves on after the runs of its slice have ended. Whoever dies in between has the slice looked at again:
//     a run ends once, so twice is once.
// B2. Runs are looked at in the order in which they came, and those that came in time are all met, also those that an event
//     with many functions starts a little later.
// B3. One that is over stays readable for a while; then the timer is due for the last time and goes.

import { type EpochMs, limits, type RunId, type RunStatus, type StoreSeq } from "@stepwell/protocol";
import type { RunReport, Store, TimerRecord, UnitOutcome } from "@stepwell/store";
import type { Expression } from "../expression/compile.ts";
import { newId, type Random } from "../seams/random.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import { type BulkCancelFilter, type BulkCancelState, readBulkCancel, writeBulkCancel } from "./bulk-cancel-state.ts";
import type { BulkCancel, BulkCancelPreview, BulkCancels, CreateBulkCancelParams, CreateBulkCancelResult } from "./bulk-cancels.ts";
import { decideSlice } from "./decide-slice.ts";
import { conditionOf, invalidExpression, RunSelection } from "./run-selection.ts";

export interface BulkCancellerParts {
  readonly store: Store;
  readonly writer: BatchWriter;
  readonly random: Random;
  readonly now: () => EpochMs;
  readonly cancel: (params: { readonly runId: RunId; readonly reason: string }) => Promise<UnitOutcome>;
  /** The status people see. */
  readonly statusOf: (run: RunReport) => string;
}

const kind = "bulk_cancel";
const alive: readonly RunStatus[] = ["queued", "running"];
const sampleLength = 5;
const cursorsPerLook = 100;

export class BulkCanceller implements BulkCancels {
  readonly #parts: BulkCancellerParts;
  readonly #selection: RunSelection;

  constructor(parts: BulkCancellerParts) {
    this.#parts = parts;
    this.#selection = new RunSelection({ store: parts.store, now: parts.now, statuses: alive });
  }

  async create({ filter, reason, about }: CreateBulkCancelParams): Promise<CreateBulkCancelResult> {
    const invalid = invalidExpression(filter);
    if (invalid !== undefined) return invalid;
    const { store, writer, random, now } = this.#parts;
    if ((await store.timers.list({ kind })).length >= limits.bulkCancelsMax) return { kind: "too_many" };
    const createdAt = now();
    const id = newId<RunId>(createdAt, random) as string;
    const state: BulkCancelState = {
      status: "running",
      filter,
      reason,
      createdAt,
      position: 0 as StoreSeq,
      looked: 0,
      cancelled: 0,
      about,
    };
    await writer.commit({ kind: "set_timer", timer: kind, subject: id, next: { dueAt: createdAt, data: writeBulkCancel(state) } });
    return { kind: "created", bulkCancel: { id, ...state } };
  }

  async list(): Promise<readonly BulkCancel[]> {
    const timers = await this.#parts.store.timers.list({ kind });
    return timers.flatMap((timer) => bulkCancelOf(timer) ?? []).reverse();
  }

  async find(id: string): Promise<BulkCancel | undefined> {
    const timer = await this.#parts.store.timers.get({ kind, subject: id });
    return timer === undefined ? undefined : bulkCancelOf(timer);
  }

  async abort(id: string): Promise<BulkCancel | undefined> {
    const { store, writer, now } = this.#parts;
    for (;;) {
      const timer = await store.timers.get({ kind, subject: id });
      const state = readBulkCancel(timer?.data);
      if (timer === undefined || state === undefined) return undefined;
      if (state.status !== "running") return { id, ...state };
      const aborted: BulkCancelState = { ...state, status: "aborted", endedAt: now() };
      const dueAt = (now() + limits.bulkCancelKeptMs) as EpochMs;
      const next = { dueAt, data: writeBulkCancel(aborted) };
      const outcome = await writer.commit({ kind: "set_timer", timer: kind, subject: id, expected: timer.dueAt, next });
      // Otherwise a slice has moved it on meanwhile.
      if (outcome.kind === "committed") return { id, ...aborted };
    }
  }

  async remove(id: string): Promise<boolean> {
    if ((await this.find(id)) === undefined) return false;
    await this.#parts.writer.commit({ kind: "set_timer", timer: kind, subject: id });
    return true;
  }

  async preview(filter: BulkCancelFilter): Promise<BulkCancelPreview> {
    const invalid = invalidExpression(filter);
    if (invalid !== undefined) return invalid;
    const condition = conditionOf(filter);
    const sample: RunReport[] = [];
    let matched = 0;
    for (let position = 0 as StoreSeq, looked = 0; looked < limits.dryRunCountMax; ) {
      const { rows, hasMore } = await this.#selection.slice(filter, position, limits.bulkCancelSliceRunsMax);
      const chosen = await this.#choose(filter, condition, rows);
      sample.push(...chosen.slice(0, sampleLength - sample.length));
      matched += chosen.length;
      looked += rows.length;
      const last = rows.at(-1);
      if (last === undefined || !hasMore) return { kind: "counted", matched, atLeast: false, sample };
      position = last.seq;
    }
    return { kind: "counted", matched, atLeast: true, sample };
  }

  /** The handler of the timer. */
  async fire(timer: TimerRecord): Promise<void> {
    const { writer, now, cancel } = this.#parts;
    const { subject, dueAt } = timer;
    const state = readBulkCancel(timer.data);
    if (state === undefined || state.status !== "running")
      return void (await writer.commit({ kind: "set_timer", timer: kind, subject, expected: dueAt }));
    const { filter, reason } = state;
    const { rows, hasMore } = await this.#selection.slice(filter, state.position, limits.bulkCancelSliceRunsMax);
    const chosen = await this.#choose(filter, conditionOf(filter), rows);
    const outcomes = await Promise.all(chosen.map((run) => cancel({ runId: run.id, reason })));
    const next = decideSlice({
      ...{ state, dueAt, hasMore, now: now() },
      last: rows.at(-1)?.seq,
      looked: rows.length,
      cancelled: outcomes.filter((outcome) => outcome.kind === "committed").length,
      startsAreOpen: await this.#startsAreOpen(filter),
    });
    const data = writeBulkCancel(next.state);
    await writer.commit({ kind: "set_timer", timer: kind, subject, expected: dueAt, next: { dueAt: next.dueAt, data } });
  }

  #choose(filter: BulkCancelFilter, condition: Expression | undefined, rows: readonly RunReport[]): Promise<readonly RunReport[]> {
    const { shown } = filter;
    const candidates = shown === undefined ? rows : rows.filter((run) => shown.includes(this.#parts.statusOf(run)));
    return this.#selection.choose(condition, candidates);
  }

  async #startsAreOpen({ runs: { queuedTo } }: BulkCancelFilter): Promise<boolean> {
    const { cursors } = this.#parts.store;
    if (cursors.openCount === 0) return false;
    const open = await cursors.list({ limit: cursorsPerLook });
    return open.some(({ event }) => queuedTo === undefined || event.receivedAt < queuedTo);
  }
}

function bulkCancelOf({ subject, data }: TimerRecord): BulkCancel | undefined {
  const state = readBulkCancel(data);
  return state === undefined ? undefined : { id: subject, ...state };
}
