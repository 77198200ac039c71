// Who has the key of a singleton: a row from the unit that creates the run to the unit that ends it.

import type { StatementSync } from "node:sqlite";
import type { EpochMs, RunId, StoreSeq } from "@stepwell/protocol";
import type { FunctionId, ReplacedRun } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf, textOf } from "./rows.ts";
import type { RunRules } from "./run-rules.ts";
import { runTies } from "./run-ties.ts";

export class Singletons {
  readonly #connection: Connection;
  readonly #rules: RunRules;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor(connection: Connection, rules: RunRules) {
    this.#connection = connection;
    this.#rules = rules;
    this.#find = connection.prepare(`-- stepwell: singletons.find
      select r.seq, r.id, r.queued_at from singletons s join runs r on r.seq = s.run_seq where s.function_id = ? and s.key = ?`);
    this.#insert = connection.prepare("-- stepwell: singletons.take\ninsert into singletons (function_id, key, run_seq) values (?, ?, ?)");
    this.#delete = connection.prepare("-- stepwell: singletons.end_run\ndelete from singletons where run_seq = ?");
  }

  holderOf(functionId: FunctionId, key: string): ReplacedRun | undefined {
    const row = this.#find.get(functionId, key);
    if (row === undefined) return undefined;
    return {
      runSeq: numberOf(row, "seq") as StoreSeq,
      runId: textOf(row, "id") as RunId,
      functionId,
      queuedAt: numberOf(row, "queued_at") as EpochMs,
    };
  }

  /** Whoever had the key has ended in the same unit, before. */
  take(functionId: FunctionId, key: string, runSeq: number): void {
    this.#insert.run(functionId, key, runSeq);
    this.#connection.rowsWritten += 1;
    this.#rules.tie(runSeq, runTies.singleton, undefined);
  }

  giveBack(runSeq: number): void {
    this.#connection.rowsWritten += Number(this.#delete.run(runSeq).changes);
  }
}
