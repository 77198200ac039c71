import type { StatementSync } from "node:sqlite";
import { limits } from "@stepwell/protocol";
import type { PruneParams } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Logs } from "./logs.ts";
import { numberOf, statusNumbers } from "./rows.ts";

interface RunRow {
  readonly seq: number;
  readonly status: number;
  readonly queued_at: number;
  readonly ended_at: number | null;
}

/** Rows removed in one slice. */
const rowsPerSliceMax = 2_000;
/** Steps removed at once: of a run that has more, the rest goes in further slices, and the run itself with the last. */
const stepsPerSliceMax = 500;

/** Ended runs that are old or too many, in the order of their beginning, so that parents go before their children. */
export class OldRuns {
  readonly #connection: Connection;
  readonly #logs: Logs;
  readonly #deadLetters: DeadLetters;
  readonly #next: StatementSync;
  readonly #countEnded: StatementSync;
  readonly #isReferred: StatementSync;
  readonly #lastStep: StatementSync;
  readonly #deleteStepsUpTo: readonly StatementSync[];
  readonly #deletes: readonly StatementSync[];
  /** Where the pass stands. */
  #seen = 0;
  #isDone = false;
  #excess: number | undefined;

  constructor(connection: Connection, logs: Logs, deadLetters: DeadLetters) {
    this.#deadLetters = deadLetters;
    this.#connection = connection;
    this.#logs = logs;
    const prepare = connection.prepare.bind(connection);
    this.#next = prepare(
      "-- stepwell: retention.runs\nselect seq, status, queued_at, ended_at from runs where seq > ? order by seq limit ? + 0",
    );
    this.#countEnded = prepare(`-- stepwell: retention.count
      select (select count(*) from runs) - (select count(*) from runs where ended_at is null) as count`);
    this.#isReferred = prepare("-- stepwell: retention.is_child\nselect 1 from invokes where child_run_seq = ? limit 1");
    this.#lastStep = prepare(`-- stepwell: retention.last_step
      select step_id from journal_entries where run_seq = ? order by step_id limit 1 offset ${stepsPerSliceMax - 1}`);
    this.#deleteStepsUpTo = [
      "delete from payloads where id in (select memo_payload from journal_entries where run_seq = ? and step_id <= ?)",
      "delete from step_arguments where run_seq = ? and step_id <= ?",
      "delete from journal_entries where run_seq = ? and step_id <= ?",
    ].map((sql) => prepare(`-- stepwell: retention.prune steps\n${sql}`));
    this.#deletes = [
      "delete from payloads where id in (select memo_payload from journal_entries where run_seq = ?)",
      "delete from step_arguments where run_seq = ?",
      "delete from journal_entries where run_seq = ?",
      "delete from payloads where id = (select output_payload from runs where seq = ?)",
      "delete from attempts where run_seq = ?",
      "delete from run_events where run_seq = ?",
      "delete from invokes where parent_run_seq = ?",
      "delete from reruns where run_seq = ?",
      "delete from run_metadata where run_seq = ?",
      "delete from runs where seq = ?",
    ].map((sql) => prepare(`-- stepwell: retention.prune run\n${sql}`));
  }

  /** The pass begins anew. */
  restart(): void {
    this.#seen = 0;
    this.#isDone = false;
    this.#excess = undefined;
  }

  /** Within a transaction: one slice. */
  prune(params: PruneParams): { readonly count: number; readonly more: boolean } {
    if (this.#isDone) return { count: 0, more: false };
    this.#excess ??= params.runsMax === undefined ? 0 : numberOf(this.#countEnded.get() ?? { count: 0 }, "count") - params.runsMax;
    const rows = this.#next.all(this.#seen, params.limit) as unknown as readonly RunRow[];
    let count = 0;
    let removed = 0;
    for (const run of rows) {
      if (removed >= rowsPerSliceMax) return { count, more: true };
      if (this.#mayGo(run, params)) {
        const last = this.#lastStep.get(run.seq)?.["step_id"];
        if (last !== undefined) {
          this.#remove(this.#deleteStepsUpTo, run.seq, String(last));
          return { count, more: true };
        }
        const logs = this.#logs.remove(run.seq);
        if (run.status === statusNumbers.failed) this.#deadLetters.remove(run.seq);
        this.#connection.rowsWritten += logs;
        removed += logs + this.#remove(this.#deletes, run.seq);
        this.#excess -= 1;
        count += 1;
      }
      this.#seen = run.seq;
    }
    // Runs stand in the order of their beginning, and none ends before it began: behind a young one nothing is old.
    const last = rows.at(-1);
    const mayBeOld = last !== undefined && last.queued_at < Math.max(params.endedBefore, params.failedBefore);
    const more = rows.length === params.limit && (mayBeOld || this.#excess > 0);
    this.#isDone = !more;
    return { count, more };
  }

  #mayGo(run: RunRow, params: PruneParams): boolean {
    if (run.ended_at === null) return false;
    const cutoff = run.status === statusNumbers.failed ? params.failedBefore : params.endedBefore;
    // What ended within a lookback tells of its end, as long as there are not too many.
    const isOld = run.ended_at < Math.min(cutoff, params.now - limits.lookbackMsMax);
    if (!isOld && (this.#excess ?? 0) <= 0) return false;
    // The trace of a parent leads to it.
    const isReferred = this.#isReferred.get(run.seq) !== undefined;
    if (isReferred) this.#excess = (this.#excess ?? 0) - 1;
    return !isReferred;
  }

  #remove(statements: readonly StatementSync[], ...key: [runSeq: number] | [runSeq: number, stepId: string]): number {
    let removed = 0;
    for (const statement of statements) removed += Number(statement.run(...key).changes);
    this.#connection.rowsWritten += removed;
    return removed;
  }
}
