// Attempts of which the journal does not say enough.

import type { StatementSync } from "node:sqlite";
import type { RecordAttempt } from "@stepwell/store";
import type { Connection } from "./connection.ts";

export class Attempts {
  readonly #connection: Connection;
  readonly #append: StatementSync;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#append = connection.prepare(`-- stepwell: attempts.append
      insert into attempts (run_seq, seq, step_id, attempt, generation, started_at, ended_at, http_status, error_code, error, retry_at, steps, injected)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  }

  append(runSeq: number, effect: RecordAttempt): void {
    const { stepId, attempt, generation, startedAt, endedAt, httpStatus, errorCode, error, retryAt, steps, injected } = effect;
    this.#append.run(
      runSeq,
      this.#connection.nextSeq(),
      stepId ?? null,
      attempt,
      generation,
      startedAt,
      endedAt,
      httpStatus ?? null,
      errorCode ?? null,
      error ?? null,
      retryAt ?? null,
      steps,
      injected ?? null,
    );
    this.#connection.rowsWritten += 1;
  }
}
