import type { StatementSync } from "node:sqlite";
import type { PruneParams } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { Logs } from "./logs.ts";
import { numberOf } from "./rows.ts";

/** Rows removed in one slice, unless one run has more. */
const rowsPerSliceMax = 2_000;

/** Log lines of runs that ended long ago and stay themselves. */
export class OldLogs {
  readonly #connection: Connection;
  readonly #logs: Logs;
  readonly #next: StatementSync;
  /** Where the pass stands. */
  #seen = 0;

  constructor(connection: Connection, logs: Logs) {
    this.#connection = connection;
    this.#logs = logs;
    this.#next = connection.prepare(`-- stepwell: retention.logs
      select l.run_seq, r.queued_at, r.ended_at from run_logs l join runs r on r.seq = l.run_seq where l.run_seq > ? order by l.run_seq limit ? + 0`);
  }

  /** The pass begins anew. */
  restart(): void {
    this.#seen = 0;
  }

  /** Within a transaction: one slice. */
  prune({ tracesBefore, limit }: PruneParams): { readonly more: boolean } {
    if (tracesBefore === undefined) return { more: false };
    const rows = this.#next.all(this.#seen, limit);
    let removed = 0;
    for (const row of rows) {
      // Runs stand in the order of their beginning: behind a young one nothing is old.
      if (numberOf(row, "queued_at") >= tracesBefore) return { more: false };
      if (removed >= rowsPerSliceMax) return { more: true };
      this.#seen = numberOf(row, "run_seq");
      if (row["ended_at"] === null || numberOf(row, "ended_at") >= tracesBefore) continue;
      removed += this.#logs.remove(this.#seen);
    }
    this.#connection.rowsWritten += removed;
    return { more: rows.length === limit };
  }
}
