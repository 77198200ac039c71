// Cursors: the frozen rest of what an event starts, and how far it came.

import type { StatementSync } from "node:sqlite";
import { asJson, type JsonText, type StoreSeq } from "@stepwell/protocol";
import type { CursorRecord, CursorsStore, PlannedStart, StoredEvent } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf, type Row, textOf } from "./rows.ts";

export interface CursorRow {
  readonly seq: number;
  readonly event_seq: number;
  readonly environment_id: number;
  readonly position: number;
  readonly length: number;
}

export class Cursors implements CursorsStore {
  readonly #connection: Connection;
  readonly #eventOf: (seq: number) => StoredEvent | undefined;
  readonly #insert: StatementSync;
  readonly #list: StatementSync;
  readonly #find: StatementSync;
  readonly #move: StatementSync;
  readonly #delete: StatementSync;
  readonly #count: StatementSync;

  constructor(connection: Connection, eventOf: (seq: number) => StoredEvent | undefined) {
    this.#connection = connection;
    this.#eventOf = eventOf;
    const prepare = connection.prepare.bind(connection);
    this.#insert = prepare(
      "-- stepwell: cursors.append\ninsert into cursors (seq, event_seq, kind, plan, position) values (?, ?, 'starts', ?, 0)",
    );
    this.#list = prepare("-- stepwell: cursors.list\nselect * from cursors order by seq limit ? + 0");
    this.#find = prepare(`-- stepwell: cursors.find
      select c.seq, c.event_seq, c.position, json_array_length(c.plan) as length, e.environment_id from cursors c join events e on e.seq = c.event_seq where c.seq = ?`);
    this.#move = prepare("-- stepwell: cursors.move\nupdate cursors set position = ? where seq = ?");
    this.#delete = prepare("-- stepwell: cursors.end\ndelete from cursors where seq = ?");
    this.#count = prepare("-- stepwell: cursors.count\nselect count(*) as count from cursors");
  }

  get openCount(): number {
    return numberOf(this.#count.get() ?? { count: 0 }, "count");
  }

  async list(params: { readonly limit: number }): Promise<readonly CursorRecord[]> {
    return this.#list.all(params.limit).flatMap((row) => this.#decode(row));
  }

  add(eventSeq: number, plan: readonly PlannedStart[]): void {
    this.#insert.run(this.#connection.nextSeq(), eventSeq, asJson(plan));
    this.#connection.rowsWritten += 1;
  }

  find(seq: number): CursorRow | undefined {
    return this.#find.get(seq) as CursorRow | undefined;
  }

  /** The position moves with the rows it stands for; at the end the cursor goes. */
  move(cursor: CursorRow, position: number): void {
    if (position >= cursor.length) this.#delete.run(cursor.seq);
    else this.#move.run(position, cursor.seq);
    this.#connection.rowsWritten += 1;
  }

  #decode(row: Row): readonly CursorRecord[] {
    const event = this.#eventOf(numberOf(row, "event_seq"));
    if (event === undefined) return [];
    const plan = JSON.parse(textOf(row, "plan") as JsonText) as readonly PlannedStart[];
    return [{ seq: numberOf(row, "seq") as StoreSeq, event, plan, position: numberOf(row, "position") }];
  }
}
