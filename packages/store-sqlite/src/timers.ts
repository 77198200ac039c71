// Timers: set, moved, removed; and what of them, and of the waits, is due.

import type { StatementSync } from "node:sqlite";
import type { EpochMs, JsonText, StoreSeq } from "@stepwell/protocol";
import type { SetTimerUnit, TimerKind, TimerRecord, TimerRef, TimersStore, UnitOutcome, WaitRecord } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { Wake } from "./items.ts";
import { numberOf, optional, type Row, textOf } from "./rows.ts";
import { decodeWait, waitColumns } from "./wait-record.ts";

/** Of a timer that is to fire at once: due whatever the clock shows, since one that is set back would make it wait. */
export const dueAtOnce = 0;

export class Timers implements TimersStore {
  readonly #connection: Connection;
  readonly #wake: () => Wake;
  readonly #upsert: StatementSync;
  readonly #find: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteOfRun: StatementSync;
  readonly #due: StatementSync;
  readonly #dueWaits: StatementSync;
  readonly #next: StatementSync;
  readonly #ofKind: StatementSync;

  constructor(connection: Connection, wake: () => Wake) {
    this.#connection = connection;
    this.#wake = wake;
    const prepare = connection.prepare.bind(connection);
    this.#upsert = prepare(`-- stepwell: timers.set
      insert into timers (seq, kind, subject, run_seq, due_at, data) values (?, ?, ?, ?, ?, ?)
      on conflict (kind, subject) do update set due_at = excluded.due_at, data = excluded.data`);
    this.#find = prepare("-- stepwell: timers.find\nselect * from timers where kind = ? and subject = ?");
    this.#delete = prepare("-- stepwell: timers.remove\ndelete from timers where kind = ? and subject = ?");
    this.#deleteOfRun = prepare("-- stepwell: timers.end_run\ndelete from timers where run_seq = ?");
    this.#due = prepare("-- stepwell: timers.due\nselect * from timers where due_at <= ? order by due_at, seq limit ? + 0");
    this.#dueWaits = prepare(`-- stepwell: timers.due waits
      select ${waitColumns} from waits w join runs r on r.seq = w.run_seq where w.due_at <= ? order by w.due_at limit ? + 0`);
    this.#next = prepare(`-- stepwell: timers.next
      select min(due_at) as due_at from (select min(due_at) as due_at from timers where due_at > ?1 union all select min(due_at) from waits where due_at > ?1)`);
    this.#ofKind = prepare("-- stepwell: timers.list\nselect * from timers where kind = ? order by subject");
  }

  async due(params: { readonly now: EpochMs; readonly limit: number }): Promise<{
    readonly timers: readonly TimerRecord[];
    readonly waits: readonly WaitRecord[];
    readonly nextDueAt?: EpochMs;
  }> {
    const timers = this.#due.all(params.now, params.limit).map(decodeTimer);
    const waits = this.#dueWaits.all(params.now, params.limit).map(decodeWait);
    const nextDueAt = this.#next.get(params.now)?.["due_at"];
    return { timers, waits, ...(typeof nextDueAt === "number" ? { nextDueAt: nextDueAt as EpochMs } : {}) };
  }

  async list({ kind }: { readonly kind: TimerKind }): Promise<readonly TimerRecord[]> {
    return this.#ofKind.all(kind).map(decodeTimer);
  }

  async get({ kind, subject }: { readonly kind: TimerKind; readonly subject: string }): Promise<TimerRecord | undefined> {
    const row = this.#find.get(kind, subject);
    return row === undefined ? undefined : decodeTimer(row);
  }

  set(timer: {
    readonly kind: TimerKind;
    readonly subject: string;
    readonly runSeq?: number;
    readonly dueAt: number;
    readonly data?: string | undefined;
  }): void {
    const { kind, subject, runSeq, dueAt, data } = timer;
    this.#upsert.run(this.#connection.nextSeq(), kind, subject, runSeq ?? null, dueAt, data ?? null);
    this.#connection.rowsWritten += 1;
    const wake = this.#wake();
    if (dueAt < wake.timerDueAt) wake.timerDueAt = dueAt;
  }

  remove(kind: TimerKind, subject: string): void {
    this.#connection.rowsWritten += Number(this.#delete.run(kind, subject).changes);
  }

  removeAll(runSeq: number): void {
    this.#connection.rowsWritten += Number(this.#deleteOfRun.run(runSeq).changes);
  }

  /** Whether the timer is as somebody saw it. */
  isAsSeen(timer: TimerRef): boolean {
    return this.#find.get(timer.kind, timer.subject)?.["due_at"] === timer.dueAt;
  }

  apply(unit: SetTimerUnit): UnitOutcome {
    const { timer: kind, subject, expected, next } = unit;
    if (expected !== undefined && !this.isAsSeen({ kind, subject, dueAt: expected })) return { kind: "not_found" };
    if (next === undefined) this.remove(kind, subject);
    else this.set({ kind, subject, dueAt: next.dueAt, data: next.data });
    return { kind: "committed" };
  }
}

function decodeTimer(row: Row): TimerRecord {
  return {
    seq: numberOf(row, "seq") as StoreSeq,
    kind: textOf(row, "kind") as TimerKind,
    subject: textOf(row, "subject"),
    dueAt: numberOf(row, "due_at") as EpochMs,
    ...optional<"data", JsonText>("data", row["data"]),
  };
}
