// Repeats many failed runs by a filter, slice by slice. Each redrive is a timer whose data holds its filter and its place.
//
// R1. Each failed run is repeated at most once, whoever asks and however often: the unit that starts the new run notes it on
//     the failed one. So a slice that is looked at again, because its holder died, starts nothing twice.
// R2. No more runs start within a second than was asked for: a slice is at most a second's worth, and the next one waits.
// R3. Runs that it started are none of its business, also when they have failed meanwhile.
// R4. One that is over stays readable for a while; then the timer is due for the last time and goes.

import { type EpochMs, epochMs, limits, type RunId, type RunStatus, type StoreSeq } from "@stepwell/protocol";
import type { RunReport, Store, TimerRecord } from "@stepwell/store";
import type { AcceptContext } from "../events/accept-event.ts";
import { rerun } from "../events/rerun.ts";
import type { RerunResult } from "../events/rerun-request.ts";
import { newId, type Random } from "../seams/random.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import { type BulkRedriveState, readBulkRedrive, writeBulkRedrive } from "./bulk-redrive-state.ts";
import type { BulkRedrive, BulkRedrivePreview, BulkRedrives, CreateBulkRedriveParams, CreateBulkRedriveResult } from "./bulk-redrives.ts";
import { conditionOf, invalidExpression, RunSelection, type RunSelectionFilter } from "./run-selection.ts";

export interface BulkRedriverParts {
  readonly store: Store;
  readonly writer: BatchWriter;
  readonly random: Random;
  readonly context: () => AcceptContext;
}

const kind = "bulk_redrive";
const failed: readonly RunStatus[] = ["failed"];
const sampleLength = 5;
const previewSliceLength = 200;

export class BulkRedriver implements BulkRedrives {
  readonly #parts: BulkRedriverParts;
  readonly #selection: RunSelection;

  constructor(parts: BulkRedriverParts) {
    this.#parts = parts;
    this.#selection = new RunSelection({ store: parts.store, now: () => parts.context().now, statuses: failed });
  }

  async create({ filter, mode, ratePerSecond, about }: CreateBulkRedriveParams): Promise<CreateBulkRedriveResult> {
    const invalid = invalidExpression(filter);
    if (invalid !== undefined) return invalid;
    const { store, writer, random, context } = this.#parts;
    if ((await store.timers.list({ kind })).length >= limits.bulkRedrivesMax) return { kind: "too_many" };
    const createdAt = context().now;
    const id = newId<RunId>(createdAt, random) as string;
    const state: BulkRedriveState = {
      ...{ status: "running", filter, mode, ratePerSecond, createdAt },
      ...{ position: 0 as StoreSeq, looked: 0, started: 0, refused: {}, about },
    };
    await writer.commit({ kind: "set_timer", timer: kind, subject: id, next: { dueAt: createdAt, data: writeBulkRedrive(state) } });
    return { kind: "created", bulkRedrive: { id, ...state } };
  }

  async list(): Promise<readonly BulkRedrive[]> {
    const timers = await this.#parts.store.timers.list({ kind });
    return timers.flatMap((timer) => bulkRedriveOf(timer) ?? []).reverse();
  }

  async find(id: string): Promise<BulkRedrive | undefined> {
    const timer = await this.#parts.store.timers.get({ kind, subject: id });
    return timer === undefined ? undefined : bulkRedriveOf(timer);
  }

  async abort(id: string): Promise<BulkRedrive | undefined> {
    const { store, writer, context } = this.#parts;
    for (;;) {
      const timer = await store.timers.get({ kind, subject: id });
      const state = readBulkRedrive(timer?.data);
      if (timer === undefined || state === undefined) return undefined;
      if (state.status !== "running") return { id, ...state };
      const aborted: BulkRedriveState = { ...state, status: "aborted", endedAt: context().now };
      const next = { dueAt: epochMs(Math.max(context().now + limits.bulkRedriveKeptMs, timer.dueAt + 1)), data: writeBulkRedrive(aborted) };
      const outcome = await writer.commit({ kind: "set_timer", timer: kind, subject: id, expected: timer.dueAt, next });
      // Otherwise a slice has moved it on meanwhile.
      if (outcome.kind === "committed") return { id, ...aborted };
    }
  }

  async preview(filter: RunSelectionFilter): Promise<BulkRedrivePreview> {
    const invalid = invalidExpression(filter);
    if (invalid !== undefined) return invalid;
    const condition = conditionOf(filter);
    const sample: RunReport[] = [];
    const refused = await this.#expired(filter);
    let [eligible, looked] = [0, 0];
    for (let position = 0 as StoreSeq, hasMore = true; hasMore && looked < limits.dryRunCountMax; ) {
      const slice = await this.#selection.slice(filter, position, previewSliceLength);
      for (const run of await this.#selection.choose(condition, slice.rows)) {
        const reason = this.#reasonAgainst(run);
        if (reason !== undefined) refused[reason] = (refused[reason] ?? 0) + 1;
        else eligible += 1;
        if (reason === undefined && sample.length < sampleLength) sample.push(run);
      }
      looked += slice.rows.length;
      position = slice.rows.at(-1)?.seq ?? position;
      hasMore = slice.hasMore;
      if (!hasMore) return { kind: "counted", eligible, refused, atLeast: false, sample };
    }
    return { kind: "counted", eligible, refused, atLeast: true, sample };
  }

  /** The handler of the timer. */
  async fire(timer: TimerRecord): Promise<void> {
    const { writer, context } = this.#parts;
    const { subject, dueAt } = timer;
    const state = readBulkRedrive(timer.data);
    if (state === undefined || state.status !== "running")
      return void (await writer.commit({ kind: "set_timer", timer: kind, subject, expected: dueAt }));
    const beganAt = context().now;
    const size = Math.max(1, Math.min(state.ratePerSecond, limits.bulkRedriveSliceRunsMax));
    const { rows, hasMore } = await this.#selection.slice(state.filter, state.position, size);
    const ours = rows.filter((run) => run.rerun === undefined || run.queuedAt < state.createdAt);
    const results = await this.#redriveAll(await this.#selection.choose(conditionOf(state.filter), ours), state);
    const next = decideRedriveSlice({
      state,
      results,
      looked: rows.length,
      last: rows.at(-1)?.seq,
      hasMore,
      beganAt,
      dueAt,
      now: context().now,
    });
    const data = writeBulkRedrive(next.state);
    await writer.commit({ kind: "set_timer", timer: kind, subject, expected: dueAt, next: { dueAt: next.dueAt, data } });
  }

  #redriveAll(runs: readonly RunReport[], { mode }: BulkRedriveState): Promise<readonly RerunResult["kind"][]> {
    const { store, writer, context } = this.#parts;
    const parts = { reports: store.reports, writer, context: context() };
    const resume = mode === "resume";
    return Promise.all(
      runs.map(async (run) => this.#reasonAgainst(run) ?? (await rerun(parts, { runId: run.id, once: true, resume })).kind),
    );
  }

  #reasonAgainst(run: RunReport): "already_redriven" | "function_not_found" | undefined {
    if (run.failure?.redrivenAs !== undefined) return "already_redriven";
    return run.functionArchivedAt === undefined ? undefined : "function_not_found";
  }

  /** Of groups that are named: failures whose runs retention has taken. */
  async #expired({ runs: { failures = [] } }: RunSelectionFilter): Promise<Record<string, number>> {
    let gone = 0;
    for (const fingerprint of failures) {
      const { group } = await this.#parts.store.reports.findFailure(fingerprint);
      if (group !== undefined) gone += group.count - group.kept;
    }
    return gone === 0 ? {} : { payload_expired: gone };
  }
}

interface RedriveSliceFacts {
  readonly state: BulkRedriveState;
  readonly results: readonly RerunResult["kind"][];
  readonly looked: number;
  readonly last: StoreSeq | undefined;
  readonly hasMore: boolean;
  readonly beganAt: EpochMs;
  /** The due time that was seen: the next one is another, so that nobody carries the slice out twice. */
  readonly dueAt: EpochMs;
  readonly now: EpochMs;
}

/** What follows on one slice, and when. */
function decideRedriveSlice(facts: RedriveSliceFacts): { readonly state: BulkRedriveState; readonly dueAt: EpochMs } {
  const { state, results, last, beganAt, now } = facts;
  const refused: Record<string, number> = { ...state.refused };
  for (const result of results) if (result !== "started") refused[result] = (refused[result] ?? 0) + 1;
  const started = results.filter((result) => result === "started").length;
  const seen = {
    ...state,
    looked: state.looked + facts.looked,
    started: state.started + started,
    refused,
    position: last ?? state.position,
  };
  const after = (at: number): EpochMs => epochMs(Math.max(at, facts.dueAt + 1));
  if (!facts.hasMore || last === undefined)
    return { state: { ...seen, status: "completed", endedAt: now }, dueAt: after(now + limits.bulkRedriveKeptMs) };
  const pauseMs = Math.ceil((started * 1_000) / state.ratePerSecond);
  return { state: seen, dueAt: after(Math.max(now + limits.bulkRedrivePauseMs, beganAt + pauseMs)) };
}

function bulkRedriveOf({ subject, data }: TimerRecord): BulkRedrive | undefined {
  const state = readBulkRedrive(data);
  return state === undefined ? undefined : { id: subject, ...state };
}
