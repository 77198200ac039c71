// Removes history that is old enough and that nothing alive refers to, a slice at a time, in the order of keys.

import type { StatementSync } from "node:sqlite";
import type { PruneParams, RetentionStore } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { statusNumbers } from "./rows.ts";

interface RunRow {
  readonly seq: number;
  readonly status: number;
  readonly queued_at: number;
  readonly ended_at: number | null;
}

export class Retention implements RetentionStore {
  readonly #connection: Connection;
  readonly #runs: StatementSync;
  readonly #events: StatementSync;
  readonly #countRuns: StatementSync;
  readonly #deletes: readonly StatementSync[];
  readonly #deletesOfEvent: readonly StatementSync[];
  readonly #expired: StatementSync;
  readonly #vacuum: StatementSync;
  /** Where the pass stands. It begins anew when it has reached the end of what is old. */
  #runsSeen = 0;
  #eventsSeen = 0;
  #excess: number | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    const prepare = connection.prepare.bind(connection);
    this.#runs = prepare(
      "-- stepwell: retention.runs\nselect seq, status, queued_at, ended_at from runs where seq > ? order by seq limit ?",
    );
    this.#events = prepare(`-- stepwell: retention.events
      select e.seq, e.received_at, exists (select 1 from runs r where r.seq > e.seq and r.seq < coalesce((select min(n.seq) from events n where n.seq > e.seq), 9007199254740991) and r.event_seq = e.seq) or exists (select 1 from run_events r where r.event_seq = e.seq) as kept
        from events e where e.seq > ? order by e.seq limit ?`);
    this.#countRuns = prepare(`-- stepwell: retention.count
      select (select count(*) from runs) - (select count(*) from runs where ended_at is null) as count`);
    this.#deletes = [
      "delete from payloads where id in (select memo_payload from journal_entries where run_seq = ?)",
      "delete from payloads where id = (select output_payload from runs where seq = ?)",
      "delete from journal_entries where run_seq = ?",
      "delete from attempts where run_seq = ?",
      "delete from run_events where run_seq = ?",
      "delete from runs where seq = ?",
    ].map((sql) => prepare(`-- stepwell: retention.prune run\n${sql}`));
    this.#deletesOfEvent = [
      "delete from payloads where id = (select data_payload from events where seq = ?)",
      "delete from event_outcomes where event_seq = ?",
      "delete from events where seq = ?",
    ].map((sql) => prepare(`-- stepwell: retention.prune event\n${sql}`));
    this.#expired = prepare(`-- stepwell: retention.dedupes
      delete from dedupes where (function_id, key) in
        (select function_id, key from dedupes where expires_at < ? order by expires_at limit ?)`);
    this.#vacuum = prepare("pragma incremental_vacuum(64)");
  }

  async prune(params: PruneParams): Promise<{ readonly runs: number; readonly events: number; readonly more: boolean }> {
    const slice = this.#connection.transaction(
      () => ({
        runs: this.#pruneRuns(params),
        events: this.#pruneEvents(params),
        dedupes: Number(this.#expired.run(params.now, params.limit).changes),
      }),
      () => this.#restart(),
    );
    const more = slice.runs.more || slice.events.more || slice.dedupes === params.limit;
    if (!more) this.#restart();
    if (slice.runs.count + slice.events.count > 0) this.#vacuum.all();
    return { runs: slice.runs.count, events: slice.events.count, more };
  }

  #pruneRuns(params: PruneParams): { readonly count: number; readonly more: boolean } {
    this.#excess ??= params.runsMax === undefined ? 0 : Number(this.#countRuns.get()?.["count"] ?? 0) - params.runsMax;
    const rows = this.#runs.all(this.#runsSeen, params.limit) as unknown as readonly RunRow[];
    let count = 0;
    for (const run of rows) {
      this.#runsSeen = run.seq;
      if (run.ended_at === null) continue;
      const cutoff = run.status === statusNumbers.failed ? params.failedBefore : params.endedBefore;
      if (run.ended_at >= cutoff && this.#excess <= 0) continue;
      this.#excess -= 1;
      for (const statement of this.#deletes) this.#connection.rowsWritten += Number(statement.run(run.seq).changes);
      count += 1;
    }
    // Runs stand in the order of their beginning, and none ends before it began: behind a young one nothing is old.
    const last = rows.at(-1);
    const mayBeOld = last !== undefined && last.queued_at < Math.max(params.endedBefore, params.failedBefore);
    return { count, more: rows.length === params.limit && (mayBeOld || this.#excess > 0) };
  }

  #pruneEvents(params: PruneParams): { readonly count: number; readonly more: boolean } {
    const rows = this.#events.all(this.#eventsSeen, params.limit);
    let count = 0;
    for (const row of rows) {
      // Events stand in the order in which they were received: behind a young one nothing is old.
      if (Number(row["received_at"]) >= params.eventsBefore) return { count, more: false };
      this.#eventsSeen = Number(row["seq"]);
      if (row["kept"] === 1) continue;
      for (const statement of this.#deletesOfEvent) this.#connection.rowsWritten += Number(statement.run(this.#eventsSeen).changes);
      count += 1;
    }
    return { count, more: rows.length === params.limit };
  }

  #restart(): void {
    this.#runsSeen = 0;
    this.#eventsSeen = 0;
    this.#excess = undefined;
  }
}
