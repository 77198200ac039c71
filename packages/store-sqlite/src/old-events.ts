import type { StatementSync } from "node:sqlite";
import { limits } from "@stepwell/protocol";
import type { PruneParams } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf } from "./rows.ts";

/** Events that are old and that nothing stored refers to: no run they started or woke, no cursor. */
export class OldEvents {
  readonly #connection: Connection;
  readonly #next: StatementSync;
  readonly #deletes: readonly StatementSync[];
  /** Where the pass stands. */
  #seen = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    const prepare = connection.prepare.bind(connection);
    // The runs an event started stand between it and the next event, or are linked to it.
    this.#next = prepare(`-- stepwell: retention.events
      select e.seq, e.received_at,
             exists (select 1 from runs r
                      where r.seq > e.seq and r.seq < coalesce((select min(n.seq) from events n where n.seq > e.seq), 9007199254740991)
                        and r.event_seq = e.seq)
             or exists (select 1 from run_events r where r.event_seq = e.seq)
             or exists (select 1 from journal_entries j where j.event_id = e.id)
             or exists (select 1 from cursors c where c.event_seq = e.seq)
             or exists (select 1 from pending_events p where p.event_seq = e.seq) as kept
        from events e where e.seq > ? order by e.seq limit ? + 0`);
    this.#deletes = [
      "delete from payloads where id = (select data_payload from events where seq = ?)",
      "delete from event_outcomes where event_seq = ?",
      "delete from events where seq = ?",
    ].map((sql) => prepare(`-- stepwell: retention.prune event\n${sql}`));
  }

  /** The pass begins anew. */
  restart(): void {
    this.#seen = 0;
  }

  /** Within a transaction: one slice. */
  prune(params: PruneParams): { readonly count: number; readonly more: boolean } {
    // A wait may look back so far, and a sender that tries again is known by its event.
    const window = Math.max(limits.lookbackMsMax, limits.dedupeWindowMs);
    const cutoff = Math.min(params.eventsBefore, params.now - window);
    const rows = this.#next.all(this.#seen, params.limit);
    let count = 0;
    for (const row of rows) {
      // Events stand in the order in which they were received: behind a young one nothing is old.
      if (numberOf(row, "received_at") >= cutoff) return { count, more: false };
      this.#seen = numberOf(row, "seq");
      if (row["kept"] === 1) continue;
      for (const statement of this.#deletes) this.#connection.rowsWritten += Number(statement.run(this.#seen).changes);
      count += 1;
    }
    return { count, more: rows.length === params.limit };
  }
}
