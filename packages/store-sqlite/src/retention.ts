// Removes history that is old enough and that nothing alive refers to, a slice at a time, in the order of keys.
//
// A pass remembers where it stands in memory only: after a crash it begins anew, and finds what is left. A run goes with
// everything that is its own; one of many steps in several slices, its row with the last.

import type { StatementSync } from "node:sqlite";
import type { RunId } from "@stepwell/protocol";
import type { PruneParams, PruneResult, RetentionStore } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Logs } from "./logs.ts";
import { OldEvents } from "./old-events.ts";
import { OldLogs } from "./old-logs.ts";
import { OldRuns } from "./old-runs.ts";
import { OldTraces } from "./old-traces.ts";
import { textOf } from "./rows.ts";

export class Retention implements RetentionStore {
  readonly #connection: Connection;
  readonly #deadLetters: DeadLetters;
  readonly #runs: OldRuns;
  readonly #events: OldEvents;
  readonly #traces: OldTraces;
  readonly #logs: OldLogs;
  readonly #dedupes: StatementSync;
  readonly #signals: StatementSync;
  readonly #rateLimits: StatementSync;
  readonly #throttles: StatementSync;
  readonly #abandoned: StatementSync;
  readonly #vacuum: StatementSync;

  constructor(connection: Connection, logs: Logs, deadLetters: DeadLetters) {
    this.#connection = connection;
    this.#deadLetters = deadLetters;
    this.#runs = new OldRuns(connection, logs, deadLetters);
    this.#events = new OldEvents(connection);
    this.#traces = new OldTraces(connection);
    this.#logs = new OldLogs(connection, logs);
    const prepare = connection.prepare.bind(connection);
    this.#dedupes = prepare(`-- stepwell: retention.dedupes
      delete from dedupes where (function_id, key) in
        (select function_id, key from dedupes where expires_at < ? order by expires_at limit ? + 0)`);
    this.#signals = prepare(`-- stepwell: retention.signals
      delete from kept_signals where (environment_id, name) in
        (select environment_id, name from kept_signals where kept_until <= ? order by kept_until limit ? + 0)`);
    // What a key has used up is over when all of it would have come evenly by now.
    this.#rateLimits = prepare(`-- stepwell: retention.rate_limits
      delete from rate_limits where (function_id, key) in
        (select function_id, key from rate_limits where arrival <= ? order by arrival limit ? + 0)`);
    this.#throttles = prepare(`-- stepwell: retention.throttles
      delete from throttles where key in (select key from throttles where arrival <= ? order by arrival limit ? + 0)`);
    // The history of such a function is nearly empty: it started nothing since.
    this.#abandoned = prepare(`-- stepwell: retention.abandoned
      select r.id from functions f cross join runs r indexed by runs_by_function on r.function_id = f.id
       where f.archived_at < ? and f.drains = 0 and r.ended_at is null order by f.id, r.seq limit ? + 0`);
    this.#vacuum = prepare("pragma incremental_vacuum(64)");
  }

  async prune(params: PruneParams): Promise<PruneResult> {
    const slice = this.#connection.transaction(
      () => ({
        runs: this.#runs.prune(params),
        events: this.#events.prune(params),
        traces: this.#traces.prune(params),
        logs: this.#logs.prune(params),
        expired: [
          ...[this.#dedupes, this.#signals, this.#rateLimits, this.#throttles].map((statement) =>
            Number(statement.run(params.now, params.limit).changes),
          ),
          this.#deadLetters.prune(params),
        ],
      }),
      () => this.#restart(),
    );
    const { runs, events, traces, logs, expired } = slice;
    const more = runs.more || events.more || traces.more || logs.more || expired.includes(params.limit);
    if (!more) this.#restart();
    if (runs.count + events.count > 0) this.#vacuum.all();
    return { runs: runs.count, events: events.count, more };
  }

  async listAbandoned(params: { readonly archivedBefore: number; readonly limit: number }): Promise<readonly RunId[]> {
    return this.#abandoned.all(params.archivedBefore, params.limit).map((row) => textOf(row, "id") as RunId);
  }

  #restart(): void {
    this.#runs.restart();
    this.#events.restart();
    this.#traces.restart();
    this.#logs.restart();
  }
}
