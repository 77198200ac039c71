// What a start has to pass before it is a run: it is no second one of an id or a key, and its key's rate lets it in.

import type { StatementSync } from "node:sqlite";
import type { RunId } from "@stepwell/protocol";
import type { NotStarted, StartRun } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { RateLimits } from "./rate-limits.ts";
import { textOf } from "./rows.ts";

export class StartGates {
  readonly #connection: Connection;
  readonly #rates: RateLimits;
  readonly #findDedupe: StatementSync;
  readonly #insertDedupe: StatementSync;

  constructor(connection: Connection, rates: RateLimits) {
    this.#connection = connection;
    this.#rates = rates;
    this.#findDedupe = connection.prepare(
      "-- stepwell: dedupes.find\nselect run_id from dedupes where function_id = ? and key = ? and expires_at > ?",
    );
    this.#insertDedupe = connection.prepare(`-- stepwell: dedupes.append
      insert into dedupes (function_id, key, run_id, expires_at) values (?, ?, ?, ?)
      on conflict (function_id, key) do update set run_id = excluded.run_id, expires_at = excluded.expires_at`);
  }

  /** Why the start is no run; or nothing, and then all that it passed is charged. */
  pass(start: StartRun, now: number): NotStarted | undefined {
    const { functionId, dedupe, gates } = start;
    const { idempotency, rateLimit } = gates ?? {};
    const first = this.#firstOf(functionId, dedupe?.key, now) ?? this.#firstOf(functionId, idempotency?.key, now);
    if (first !== undefined) return { kind: "duplicate", of: first };
    const nextAt = rateLimit === undefined ? undefined : this.#rates.nextAt(functionId, rateLimit);
    if (rateLimit !== undefined && nextAt !== undefined && nextAt > now) return { kind: "rate_limited", key: rateLimit.key, nextAt };
    if (dedupe !== undefined) this.#remember(start, dedupe);
    if (idempotency !== undefined) this.#remember(start, idempotency);
    if (rateLimit !== undefined) this.#rates.charge(functionId, rateLimit, now);
    return undefined;
  }

  #firstOf(functionId: number, key: string | undefined, now: number): RunId | undefined {
    if (key === undefined) return undefined;
    const row = this.#findDedupe.get(functionId, key, now);
    return row === undefined ? undefined : (textOf(row, "run_id") as RunId);
  }

  #remember({ functionId, runId }: StartRun, { key, expiresAt }: { readonly key: string; readonly expiresAt: number }): void {
    this.#insertDedupe.run(functionId, key, runId, expiresAt);
    this.#connection.rowsWritten += 1;
  }
}
