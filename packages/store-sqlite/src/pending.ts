// Runs that are being collected: an event goes into one, or opens it; its timer moves with it.

import type { StatementSync } from "node:sqlite";
import type { EpochMs, RunId } from "@stepwell/protocol";
import type { CollectRun, FunctionId, PendingRun, PendingStore, StartRun, StoredEvent } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf, optional, type Row } from "./rows.ts";
import { dueAtOnce, type Timers } from "./timers.ts";

const pendingKinds = ["debounce", "batch"] as const;

export interface PendingRow {
  readonly seq: number;
  readonly run_id: string;
  readonly environment_id: number;
  readonly function_id: number;
  readonly kind: number;
  readonly due_at: number;
  readonly hard_due_at: number | null;
  readonly kept_ts: number;
  readonly joins: number;
  readonly bytes: number;
}

/** An event that is to go into a run, and the step that asked for it. */
export interface CollectedEvent {
  readonly event_seq: number;
  readonly parent_run_seq: number | null;
  readonly step_id: string | null;
  readonly cancels_child: number;
}

/** A step that waits for what becomes of an event. */
export interface Invoker {
  readonly parentRunSeq: number;
  readonly stepId: string;
}

/** An event that a debounce dropped although a step waits for it. */
export interface Superseded extends Invoker {
  readonly bySeq: number;
}

export interface JoinResult {
  readonly runId: RunId;
  readonly isKept: boolean;
}

export class Pending implements PendingStore {
  /** Steps whose event was dropped by the unit under way: they are told at its end, when no row of a run is in hand. */
  superseded: Superseded[] = [];
  readonly #connection: Connection;
  readonly #timers: Timers;
  readonly #eventOf: (seq: number) => StoredEvent | undefined;
  readonly #open: StatementSync;
  readonly #byRunId: StatementSync;
  readonly #insert: StatementSync;
  readonly #count: StatementSync;
  readonly #keep: StatementSync;
  readonly #close: StatementSync;
  readonly #delete: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #events: StatementSync;
  readonly #firstEvent: StatementSync;
  readonly #dropEvents: StatementSync;
  readonly #setInvoker: StatementSync;

  constructor(connection: Connection, timers: Timers, eventOf: (seq: number) => StoredEvent | undefined) {
    this.#connection = connection;
    this.#timers = timers;
    this.#eventOf = eventOf;
    const prepare = connection.prepare.bind(connection);
    this.#open = prepare(
      "-- stepwell: pending.open\nselect * from pending_runs where function_id = ? and kind = ? and key = ? and is_closed = 0",
    );
    this.#byRunId = prepare("-- stepwell: pending.find\nselect * from pending_runs where run_id = ?");
    this.#insert = prepare(`-- stepwell: pending.append
      insert into pending_runs (seq, run_id, environment_id, function_id, kind, key, opened_at, due_at, hard_due_at, kept_ts, joins, bytes, is_closed)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, 0)`);
    this.#count = prepare("-- stepwell: pending.count\nupdate pending_runs set joins = joins + 1, bytes = bytes + ? where seq = ?");
    this.#keep = prepare("-- stepwell: pending.keep\nupdate pending_runs set joins = joins + 1, kept_ts = ?, due_at = ? where seq = ?");
    this.#close = prepare("-- stepwell: pending.close\nupdate pending_runs set is_closed = 1 where seq = ?");
    this.#delete = prepare("-- stepwell: pending.end\ndelete from pending_runs where seq = ?");
    this.#insertEvent = prepare(`-- stepwell: pending_events.append
      insert into pending_events (pending_seq, event_seq, start_at, origin, parent_run_seq, step_id, cancels_child) values (?, ?, ?, ?, null, null, 0)`);
    this.#events = prepare("-- stepwell: pending_events.list\nselect * from pending_events where pending_seq = ? order by event_seq");
    this.#firstEvent = prepare(
      "-- stepwell: pending_events.first\nselect * from pending_events where pending_seq = ? order by event_seq limit 1",
    );
    this.#dropEvents = prepare("-- stepwell: pending_events.drop\ndelete from pending_events where pending_seq = ?");
    this.#setInvoker = prepare(`-- stepwell: pending_events.set_invoker
      update pending_events set parent_run_seq = ?, step_id = ?, cancels_child = ?
       where pending_seq = (select seq from pending_runs where run_id = ?) and event_seq = ?`);
  }

  async find(runId: RunId): Promise<PendingRun | undefined> {
    const row = this.row(runId);
    const first = row === undefined ? undefined : this.#firstEvent.get(row.seq);
    const event = first === undefined ? undefined : this.#eventOf(numberOf(first, "event_seq"));
    return row === undefined || first === undefined || event === undefined ? undefined : decodePending(row, first, event);
  }

  /** As people know it. */
  keptEventId(runId: RunId): string {
    const row = this.row(runId);
    const first = row === undefined ? undefined : this.#firstEvent.get(row.seq);
    const event = first === undefined ? undefined : this.#eventOf(numberOf(first, "event_seq"));
    return event === undefined ? "" : (event.externalId ?? event.id);
  }

  row(runId: string): PendingRow | undefined {
    return this.#byRunId.get(runId) as PendingRow | undefined;
  }

  /** The run that the event would go into now. */
  runIdOf(start: StartRun, collect: CollectRun, now: number): RunId {
    const open = this.#openFor(start, collect);
    return open === undefined || isOver(open, collect, now) ? start.runId : (open.run_id as RunId);
  }

  /** The event goes into the run that is open for its key, or is the first of one with the start's own id. */
  join(start: StartRun, collect: CollectRun, eventSeq: number, environmentId: number, now: number): JoinResult {
    const found = this.#openFor(start, collect);
    const open = found === undefined || isOver(found, collect, now) ? undefined : found;
    if (found !== undefined && open === undefined) this.#closeFor(found, now);
    if (open === undefined) this.#begin(start, collect, eventSeq, environmentId, now);
    else if (collect.kind === "batch") this.#add(open, collect, start, eventSeq);
    else if (!this.#replace(open, collect, start, eventSeq, now)) return { runId: open.run_id as RunId, isKept: false };
    return { runId: (open?.run_id ?? start.runId) as RunId, isKept: true };
  }

  /** The step that invokes waits for what becomes of its event. */
  setInvoker(runId: RunId, eventSeq: number, invoker: Invoker & { readonly cancelsChild: boolean }): void {
    this.#setInvoker.run(invoker.parentRunSeq, invoker.stepId, invoker.cancelsChild ? 1 : 0, runId, eventSeq);
  }

  /** Takes a run that begins: its events, in the order of their acceptance. Nothing of it is left. */
  take(pending: PendingRow): readonly CollectedEvent[] {
    const events = this.#events.all(pending.seq) as unknown as readonly CollectedEvent[];
    this.#dropEvents.run(pending.seq);
    this.#delete.run(pending.seq);
    this.#connection.rowsWritten += 1 + events.length;
    return events;
  }

  #openFor({ functionId }: StartRun, { kind, key }: CollectRun): PendingRow | undefined {
    return this.#open.get(functionId, pendingKinds.indexOf(kind), key) as PendingRow | undefined;
  }

  /** Nothing goes into it any more. Where its time is not over it begins at once. */
  #closeFor(open: PendingRow, now: number): void {
    if (open.due_at <= now) this.#close.run(open.seq);
    else this.#beginNow(open.seq, open.run_id);
  }

  #begin(start: StartRun, collect: CollectRun, eventSeq: number, environmentId: number, now: number): void {
    const seq = this.#connection.nextSeq();
    const isBatch = collect.kind === "batch";
    const hardDueAt = collect.timeoutMs === undefined ? null : now + collect.timeoutMs;
    const dueAt = isBatch ? now + collect.timeoutMs : Math.min(now + collect.periodMs, hardDueAt ?? Number.POSITIVE_INFINITY);
    this.#insert.run(
      seq,
      start.runId,
      environmentId,
      start.functionId,
      pendingKinds.indexOf(collect.kind),
      collect.key,
      now,
      dueAt,
      hardDueAt,
      isBatch ? 0 : collect.ts,
      isBatch ? collect.bytes : 0,
    );
    this.#connection.rowsWritten += 1;
    this.#link(seq, eventSeq, start);
    if (isBatch && collect.bytes >= collect.bytesMax) this.#beginNow(seq, start.runId);
    else this.#timers.set({ kind: collect.kind, subject: start.runId, dueAt });
  }

  #add(open: PendingRow, collect: Extract<CollectRun, { kind: "batch" }>, start: StartRun, eventSeq: number): void {
    this.#count.run(collect.bytes, open.seq);
    this.#link(open.seq, eventSeq, start);
    if (open.joins + 1 >= collect.sizeMax || open.bytes + collect.bytes >= collect.bytesMax) this.#beginNow(open.seq, open.run_id);
  }

  /** False: the event is older than the one that is kept. */
  #replace(open: PendingRow, collect: Extract<CollectRun, { kind: "debounce" }>, start: StartRun, eventSeq: number, now: number): boolean {
    if (collect.ts < open.kept_ts) {
      this.#count.run(0, open.seq);
      return false;
    }
    const kept = this.#firstEvent.get(open.seq) as CollectedEvent | undefined;
    if (kept !== undefined && kept.parent_run_seq !== null && kept.step_id !== null)
      this.superseded.push({ parentRunSeq: kept.parent_run_seq, stepId: kept.step_id, bySeq: eventSeq });
    this.#dropEvents.run(open.seq);
    this.#link(open.seq, eventSeq, start);
    const dueAt = Math.min(now + collect.periodMs, open.hard_due_at ?? Number.POSITIVE_INFINITY);
    this.#keep.run(collect.ts, dueAt, open.seq);
    this.#timers.set({ kind: "debounce", subject: open.run_id, dueAt });
    return true;
  }

  #link(seq: number, eventSeq: number, { dueAt, origin }: StartRun): void {
    this.#insertEvent.run(seq, eventSeq, dueAt, origin ?? null);
    this.#connection.rowsWritten += 2;
  }

  #beginNow(seq: number, runId: string): void {
    this.#close.run(seq);
    this.#timers.set({ kind: "batch", subject: runId, dueAt: dueAtOnce });
  }
}

/** Its time is over, or it has no room for the event. */
function isOver(open: PendingRow, collect: CollectRun, now: number): boolean {
  return open.due_at <= now || (collect.kind === "batch" && open.bytes + collect.bytes > collect.bytesMax);
}

function decodePending(row: PendingRow, first: Row, event: StoredEvent): PendingRun {
  return {
    runId: row.run_id as RunId,
    functionId: row.function_id as FunctionId,
    kind: pendingKinds[row.kind] ?? "batch",
    event,
    startAt: numberOf(first, "start_at") as EpochMs,
    ...optional<"origin", string>("origin", first["origin"]),
    joins: row.joins,
  };
}
