import type { StatementSync } from "node:sqlite";
import type { PruneParams } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf } from "./rows.ts";

/** What calls left besides the results of steps, of runs that ended long ago and stay themselves. */
export class OldTraces {
  readonly #connection: Connection;
  readonly #next: StatementSync;
  readonly #delete: StatementSync;
  /** Where the pass stands. */
  #seen: readonly [runSeq: number, seq: number] = [0, 0];

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#next = connection.prepare(`-- stepwell: retention.attempts
      select a.run_seq, a.seq, r.queued_at, r.ended_at from attempts a join runs r on r.seq = a.run_seq
       where (a.run_seq, a.seq) > (?, ?) order by a.run_seq, a.seq limit ? + 0`);
    this.#delete = connection.prepare("-- stepwell: retention.prune attempt\ndelete from attempts where run_seq = ? and seq = ?");
  }

  /** The pass begins anew. */
  restart(): void {
    this.#seen = [0, 0];
  }

  /** Within a transaction: one slice. */
  prune({ tracesBefore, limit }: PruneParams): { readonly more: boolean } {
    if (tracesBefore === undefined) return { more: false };
    const rows = this.#next.all(...this.#seen, limit);
    for (const row of rows) {
      // Runs stand in the order of their beginning: behind a young one nothing is old.
      if (numberOf(row, "queued_at") >= tracesBefore) return { more: false };
      this.#seen = [numberOf(row, "run_seq"), numberOf(row, "seq")];
      if (row["ended_at"] === null || numberOf(row, "ended_at") >= tracesBefore) continue;
      this.#connection.rowsWritten += Number(this.#delete.run(...this.#seen).changes);
    }
    return { more: rows.length === limit };
  }
}
