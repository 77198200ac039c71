// One connection to the database file, with what is kept in memory beside it.
//
// C1. Everything kept in memory is either a counter whose gaps are harmless (the sequence) or a mirror that can be
//     rebuilt from the tables; after a rollback it is.

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Called around a commit, so that a simulation can let the process die on either side of it. */
export interface CommitFaults {
  beforeCommit?(): void;
  afterCommit?(): void;
}

/** What a transaction changes in memory first, so that it is written once, however often it changed. */
export interface Unwritten {
  write(): void;
  /** A rollback took back what was written: memory is read anew. */
  forget(): void;
}

export class Connection {
  readonly db: DatabaseSync;
  /** The last store sequence given out. */
  seq = 0;
  commits = 0;
  rowsWritten = 0;
  readonly unwritten: Unwritten[] = [];
  readonly #faults: CommitFaults | undefined;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  constructor(db: DatabaseSync, faults: CommitFaults | undefined) {
    this.db = db;
    this.#faults = faults;
    this.#begin = db.prepare("begin immediate");
    this.#commit = db.prepare("commit");
    this.#rollback = db.prepare("rollback");
  }

  nextSeq(): number {
    this.seq += 1;
    return this.seq;
  }

  prepare(sql: string): StatementSync {
    return this.db.prepare(sql);
  }

  /** Runs `work` as one transaction. What it throws takes everything back. */
  transaction<Result>(work: () => Result, onRollback: () => void): Result {
    this.#begin.run();
    let result: Result;
    try {
      result = work();
      for (const each of this.unwritten) each.write();
      this.#faults?.beforeCommit?.();
      this.#commit.run();
    } catch (error) {
      if (this.db.isTransaction) this.#rollback.run();
      for (const each of this.unwritten) each.forget();
      onRollback();
      throw error;
    }
    this.commits += 1;
    this.#faults?.afterCommit?.();
    return result;
  }

  /** Within a transaction: what `work` throws takes back `work` alone. */
  savepoint<Result>(work: () => Result, onRollback: () => void): Result {
    // What came before must not be taken back with the unit.
    for (const each of this.unwritten) each.write();
    this.db.exec("savepoint unit");
    try {
      const result = work();
      this.db.exec("release unit");
      return result;
    } catch (error) {
      this.db.exec("rollback to unit");
      this.db.exec("release unit");
      for (const each of this.unwritten) each.forget();
      onRollback();
      throw error;
    }
  }
}

/** Too big, a constraint, a wrong type: what SQLite says of one statement's values, and of nothing else. */
const unitFaults = new Set([18, 19, 20]);

/**
 * The mistake of one unit, which a replay finds, and not of the database, which fails them all. Told by what the error says: a
 * runner that gives each test a realm of its own gives it classes of its own too.
 */
export function isUnitFault(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  if ("errcode" in error) return unitFaults.has(Number(error.errcode) & 0xff);
  return "name" in error && (error.name === "TypeError" || error.name === "RangeError"); // A value that is no parameter.
}
