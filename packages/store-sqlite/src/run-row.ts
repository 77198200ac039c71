// One run's row while a unit works on it: read once, changed by the unit's effects, written once.

import type { StatementSync } from "node:sqlite";
import type { Connection } from "./connection.ts";

export interface RunRow {
  readonly seq: number;
  readonly id: string;
  readonly function_id: number;
  readonly environment_id: number;
  readonly event_seq: number;
  readonly queued_at: number;
  readonly priority_ms: number;
  status: number;
  started_at: number | null;
  ended_at: number | null;
  ended_seq: number | null;
  holder_id: number | null;
  generation: number;
  attempt: number;
  lease_losses: number;
  woken: number;
  journal_length: number;
  step_count: number;
  state_bytes: number;
  group_no: number;
  group_open: number;
  version: number;
  plan: number;
  empty_replies: number;
  output: string | null;
  output_payload: number | null;
  error: string | null;
  cancel_reason: string | null;
  /** Bits of `runTies`. */
  ties: number;
  readonly lane_key: string;
  /** Not of the row: who takes the lease if this unit wakes the run. */
  leaseTo?: number;
}

const columns = `seq, id, environment_id, function_id, event_seq, queued_at, priority_ms, status, started_at, ended_at, ended_seq, holder_id, generation,
       attempt, lease_losses, woken, journal_length, step_count, state_bytes, group_no, group_open, version, plan, empty_replies, output,
       output_payload, error, cancel_reason, ties, lane_key`;

export class RunRows {
  readonly #connection: Connection;
  readonly #bySeq: StatementSync;
  readonly #byId: StatementSync;
  readonly #update: StatementSync;
  #open: RunRow | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#bySeq = connection.prepare(`-- stepwell: runs.read\nselect ${columns} from runs where seq = ?`);
    this.#byId = connection.prepare(`-- stepwell: runs.read_by_id\nselect ${columns} from runs where id = ?`);
    this.#update = connection.prepare(`-- stepwell: runs.write
      update runs
         set status = ?, started_at = ?, ended_at = ?, ended_seq = ?, holder_id = ?, generation = ?, attempt = ?, lease_losses = ?,
             woken = ?, journal_length = ?, step_count = ?, state_bytes = ?, group_no = ?, group_open = ?, version = ?, plan = ?,
             empty_replies = ?, output = ?, output_payload = ?, error = ?, cancel_reason = ?, ties = ?
       where seq = ?`);
  }

  /**
   * While a unit works on a run, whoever asks for it has the same row, and not what is stored of it: the last to write would
   * take back what the other one changed.
   */
  during<Result>(run: RunRow, work: () => Result): Result {
    this.#open = run;
    try {
      return work();
    } finally {
      this.#open = undefined;
    }
  }

  isOpen(seq: number): boolean {
    return this.#open?.seq === seq;
  }

  find(seq: number): RunRow | undefined {
    if (this.#open?.seq === seq) return this.#open;
    return this.#bySeq.get(seq) as RunRow | undefined;
  }

  findById(id: string): RunRow | undefined {
    return this.#byId.get(id) as RunRow | undefined;
  }

  write(run: RunRow): void {
    this.#update.run(
      run.status,
      run.started_at,
      run.ended_at,
      run.ended_seq,
      run.holder_id,
      run.generation,
      run.attempt,
      run.lease_losses,
      run.woken,
      run.journal_length,
      run.step_count,
      run.state_bytes,
      run.group_no,
      run.group_open,
      run.version,
      run.plan,
      run.empty_replies,
      run.output,
      run.output_payload,
      run.error,
      run.cancel_reason,
      run.ties,
      run.seq,
    );
    this.#connection.rowsWritten += 1;
  }
}
