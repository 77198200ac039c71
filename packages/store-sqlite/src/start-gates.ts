// What a start has to pass before it is a run: it is no second one of an id or a key, its key's rate lets it in, and nobody
// else has its singleton.

import type { StatementSync } from "node:sqlite";
import type { RunId } from "@stepwell/protocol";
import type { NotStarted, ReplacedRun, StartRun } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { RateLimits } from "./rate-limits.ts";
import { textOf } from "./rows.ts";
import type { RunRows } from "./run-row.ts";
import type { Singletons } from "./singletons.ts";

export interface StartGateParts {
  readonly connection: Connection;
  readonly rates: RateLimits;
  readonly singletons: Singletons;
  readonly runs: RunRows;
}

/** Let in; `replaces`: the run that ends for it. Turned away: why, and of a run that is skipped who has its singleton. */
export type Passage =
  | { readonly kind: "passed"; readonly replaces?: ReplacedRun }
  | { readonly kind: "held"; readonly by: RunId }
  | Exclude<NotStarted, { readonly kind: "skipped" }>;

export class StartGates {
  readonly #parts: StartGateParts;
  readonly #findDedupe: StatementSync;
  readonly #insertDedupe: StatementSync;

  constructor(parts: StartGateParts) {
    this.#parts = parts;
    this.#findDedupe = parts.connection.prepare(
      "-- stepwell: dedupes.find\nselect run_id from dedupes where function_id = ? and key = ? and expires_at > ?",
    );
    this.#insertDedupe = parts.connection.prepare(`-- stepwell: dedupes.append
      insert into dedupes (function_id, key, run_id, expires_at) values (?, ?, ?, ?)
      on conflict (function_id, key) do update set run_id = excluded.run_id, expires_at = excluded.expires_at`);
  }

  /** Whether the start may be a run, and then all that it passed is charged. */
  pass(start: StartRun, now: number): Passage {
    const { functionId, dedupe, gates } = start;
    const { idempotency, rateLimit } = gates ?? {};
    const { rates } = this.#parts;
    const first = this.#firstOf(functionId, dedupe?.key, now) ?? this.#firstOf(functionId, idempotency?.key, now);
    if (first !== undefined) return { kind: "duplicate", of: first };
    const nextAt = rateLimit === undefined ? undefined : rates.nextAt(functionId, rateLimit);
    if (rateLimit !== undefined && nextAt !== undefined && nextAt > now) return { kind: "rate_limited", key: rateLimit.key, nextAt };
    const holder = this.holderOf(start);
    if (holder !== undefined && this.isHeld(start, holder)) return { kind: "held", by: holder.runId };
    if (dedupe !== undefined) this.#remember(start, dedupe);
    if (idempotency !== undefined) this.#remember(start, idempotency);
    if (rateLimit !== undefined) rates.charge(functionId, rateLimit, now);
    return holder === undefined ? { kind: "passed" } : { kind: "passed", replaces: holder };
  }

  /** Who has the singleton that the start asks for. */
  holderOf({ functionId, gates }: StartRun): ReplacedRun | undefined {
    return gates?.singleton === undefined ? undefined : this.#parts.singletons.holderOf(functionId, gates.singleton.key);
  }

  /** A run that is just invoking is not ended by its own child: nobody would be left to have its result. */
  isHeld({ gates }: StartRun, { runSeq }: ReplacedRun): boolean {
    return gates?.singleton?.mode === "skip" || this.#parts.runs.isOpen(runSeq);
  }

  #firstOf(functionId: number, key: string | undefined, now: number): RunId | undefined {
    if (key === undefined) return undefined;
    const row = this.#findDedupe.get(functionId, key, now);
    return row === undefined ? undefined : (textOf(row, "run_id") as RunId);
  }

  #remember({ functionId, runId }: StartRun, { key, expiresAt }: { readonly key: string; readonly expiresAt: number }): void {
    this.#insertDedupe.run(functionId, key, runId, expiresAt);
    this.#parts.connection.rowsWritten += 1;
  }
}
