// Log lines of runs, with how much of them there is, so that what is too much is cut without counting.

import type { StatementSync } from "node:sqlite";
import { type LogEntry, logLevels } from "@stepwell/protocol";
import { type FittedLine, fitLogs, type LogSizes } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf, type Row } from "./rows.ts";

export const cutNumbers = { step: 1, run: 2 } as const;

const none: LogSizes = { lines: 0, bytes: 0, isCut: false };

export class Logs {
  readonly #connection: Connection;
  readonly #run: StatementSync;
  readonly #attempt: StatementSync;
  readonly #saveRun: StatementSync;
  readonly #saveAttempt: StatementSync;
  readonly #append: StatementSync;
  readonly #removeRun: StatementSync;
  readonly #removeRest: readonly StatementSync[];

  constructor(connection: Connection) {
    this.#connection = connection;
    const prepare = connection.prepare.bind(connection);
    this.#run = prepare("-- stepwell: logs.size of run\nselect lines, bytes, is_cut, rows from run_logs where run_seq = ?");
    this.#attempt = prepare(
      "-- stepwell: logs.size of attempt\nselect lines, bytes, is_cut from attempt_logs where run_seq = ? and step_id = ? and attempt = ?",
    );
    this.#saveRun = prepare(`-- stepwell: logs.save size of run
      insert into run_logs (run_seq, lines, bytes, is_cut, rows) values (?, ?, ?, ?, ?)
      on conflict (run_seq) do update set lines = excluded.lines, bytes = excluded.bytes, is_cut = excluded.is_cut, rows = excluded.rows`);
    this.#saveAttempt = prepare(`-- stepwell: logs.save size of attempt
      insert into attempt_logs (run_seq, step_id, attempt, lines, bytes, is_cut) values (?, ?, ?, ?, ?, ?)
      on conflict (run_seq, step_id, attempt) do update set lines = excluded.lines, bytes = excluded.bytes, is_cut = excluded.is_cut`);
    this.#append = prepare(`-- stepwell: logs.append
      insert into log_lines (run_seq, seq, step_id, attempt, at, level, cut, text, data) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#removeRun = prepare("-- stepwell: logs.remove\ndelete from run_logs where run_seq = ?");
    this.#removeRest = ["attempt_logs", "log_lines"].map((table) =>
      prepare(`-- stepwell: logs.remove ${table}\ndelete from ${table} where run_seq = ?`),
    );
  }

  append(runSeq: number, { stepId, attempt, lines }: LogEntry): void {
    const row = this.#run.get(runSeq);
    const before = { run: sizesOf(row), step: sizesOf(this.#attempt.get(runSeq, stepId ?? "", attempt ?? -1)) };
    const { fitted, run, step } = fitLogs(lines, before);
    if (fitted.length === 0) return;
    let seq = row === undefined ? 0 : numberOf(row, "rows");
    for (const each of fitted) {
      seq += 1;
      this.#write(runSeq, seq, { ...(stepId === undefined ? {} : { stepId }), ...(attempt === undefined ? {} : { attempt }) }, each);
    }
    this.#saveRun.run(runSeq, run.lines, run.bytes, Number(run.isCut), seq);
    this.#saveAttempt.run(runSeq, stepId ?? "", attempt ?? -1, step.lines, step.bytes, Number(step.isCut));
    this.#connection.rowsWritten += fitted.length + 2;
  }

  /** Within a transaction: everything of a run. How many rows went. */
  remove(runSeq: number): number {
    let removed = Number(this.#removeRun.run(runSeq).changes);
    if (removed === 0) return 0;
    for (const statement of this.#removeRest) removed += Number(statement.run(runSeq).changes);
    return removed;
  }

  #write(runSeq: number, seq: number, { stepId, attempt }: Omit<LogEntry, "lines">, fitted: FittedLine): void {
    const { at, level } = fitted.kind === "line" ? fitted.line : fitted;
    const cut = fitted.kind === "line" ? 0 : cutNumbers[fitted.of];
    const { text, data } = fitted.kind === "line" ? fitted.line : { text: "" };
    this.#append.run(runSeq, seq, stepId ?? null, attempt ?? null, at, logLevels.indexOf(level), cut, text, data ?? null);
  }
}

function sizesOf(row: Row | undefined): LogSizes {
  if (row === undefined) return none;
  return { lines: numberOf(row, "lines"), bytes: numberOf(row, "bytes"), isCut: row["is_cut"] === 1 };
}
