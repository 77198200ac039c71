// How far the keys of rate limits are used up: a row for each key, written once for a batch however many starts of it the
// key let in. A key that is idle has no row, or one that retention removes; both say the same.

import type { StatementSync } from "node:sqlite";
import type { EpochMs } from "@stepwell/protocol";
import { type ArrivalMs, arrivalAfter, nextAllowedAt, type StartGates } from "@stepwell/store";
import type { Connection, Unwritten } from "./connection.ts";
import { numberOf } from "./rows.ts";

type RateGate = NonNullable<StartGates["rateLimit"]>;

interface Used {
  readonly functionId: number;
  readonly key: string;
  arrival: ArrivalMs;
  isWritten: boolean;
}

/** Keys whose rows are kept in memory between two batches. */
const keysInMemoryMax = 10_000;

export class RateLimits implements Unwritten {
  readonly #connection: Connection;
  readonly #find: StatementSync;
  readonly #write: StatementSync;
  readonly #known = new Map<string, Used>();
  #unwritten: Used[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#find = connection.prepare("-- stepwell: rate_limits.find\nselect arrival from rate_limits where function_id = ? and key = ?");
    this.#write = connection.prepare(`-- stepwell: rate_limits.write
      insert into rate_limits (function_id, key, arrival) values (?, ?, ?)
      on conflict (function_id, key) do update set arrival = excluded.arrival`);
    connection.unwritten.push(this);
  }

  /** The first moment at which the key lets one more in; in the past where that is now. */
  nextAt(functionId: number, { key, rate }: RateGate): EpochMs {
    return nextAllowedAt(rate, this.#usedOf(functionId, key).arrival);
  }

  charge(functionId: number, { key, rate }: RateGate, now: number): void {
    const used = this.#usedOf(functionId, key);
    used.arrival = arrivalAfter(rate, used.arrival, now as EpochMs);
    if (!used.isWritten) return;
    used.isWritten = false;
    this.#unwritten.push(used);
  }

  write(): void {
    if (this.#unwritten.length === 0) return;
    for (const used of this.#unwritten) {
      this.#write.run(used.functionId, used.key, used.arrival);
      used.isWritten = true;
    }
    this.#connection.rowsWritten += this.#unwritten.length;
    this.#unwritten = [];
    if (this.#known.size > keysInMemoryMax) this.#known.clear();
  }

  forget(): void {
    this.#known.clear();
    this.#unwritten = [];
  }

  #usedOf(functionId: number, key: string): Used {
    const name = `${functionId} ${key}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const row = this.#find.get(functionId, key);
    const used = { functionId, key, arrival: row === undefined ? 0 : numberOf(row, "arrival"), isWritten: true };
    this.#known.set(name, used);
    return used;
  }
}
