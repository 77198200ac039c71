// A connection of its own to the database, which reads what the invariants ask for, and learns from triggers which runs
// and events were written since it last looked: checking after every commit then costs what the commit changed.

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

export type Row = Readonly<Record<string, unknown>>;

export interface Changes {
  readonly runs: ReadonlySet<number>;
  readonly events: ReadonlySet<number>;
}

export class Watcher {
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  #db: DatabaseSync | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  one(sql: string, ...params: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...params);
  }

  all(sql: string, ...params: readonly SQLInputValue[]): readonly Row[] {
    return this.#prepare(sql).all(...params);
  }

  /** What was written since the last call. */
  takeChanges(): Changes {
    const rows = this.all("select kind, seq from sim_changes");
    if (rows.length > 0) this.#prepare("delete from sim_changes").run();
    const of = (kind: string): Set<number> => new Set(rows.filter((row) => row["kind"] === kind).map((row) => Number(row["seq"])));
    return { runs: of("run"), events: of("event") };
  }

  close(): void {
    this.#db?.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#open().prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** The tables exist once a store has opened the file. */
  #open(): DatabaseSync {
    if (this.#db !== undefined) return this.#db;
    this.#db = new DatabaseSync(this.#file, { timeout: 1_000 });
    this.#db.exec(
      "pragma synchronous = off; create table if not exists sim_changes (kind text, seq integer, primary key (kind, seq)) without rowid",
    );
    const tables = this.#db.prepare("select name from sqlite_schema where type = 'table'").all();
    for (const { name } of tables) this.#watch(this.#db, String(name));
    return this.#db;
  }

  #watch(db: DatabaseSync, table: string): void {
    const columns = new Set(
      db
        .prepare(`pragma table_info(${table})`)
        .all()
        .map(({ name }) => String(name)),
    );
    if (table === "runs") this.#note(db, table, { kind: "run", column: "seq" });
    if (table === "events") this.#note(db, table, { kind: "event", column: "seq" });
    // Whoever waits for a run, or for an event that is to go into one, is looked at with it.
    for (const column of ["run_seq", "parent_run_seq", "child_run_seq"])
      if (columns.has(column)) this.#note(db, table, { kind: "run", column });
  }

  #note(db: DatabaseSync, table: string, { kind, column }: { readonly kind: string; readonly column: string }): void {
    // Not "or ignore": the statement that fires the trigger would decide about conflicts here as well.
    for (const [act, row] of [
      ["insert", "new"],
      ["update", "new"],
      ["delete", "old"],
    ])
      db.exec(
        `create trigger if not exists sim_${table}_${column}_${act} after ${act} on ${table} when ${row}.${column} is not null
         begin insert into sim_changes select '${kind}', ${row}.${column} where not exists (select 1 from sim_changes where kind = '${kind}' and seq = ${row}.${column}); end`,
      );
  }
}
