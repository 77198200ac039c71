// The floor: the bare design without an engine. The same rows in the same number of commits, user functions as in an
// SDK, one transaction for all that was decided in a turn of the event loop, and nothing else: no matching, no guards,
// no lanes, no leases in memory, no observers. What it reaches is what the machine and the database allow.

import { randomFillSync } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { encodeUlid, hashStepId } from "@stepwell/protocol";

const schema = `
  pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 0;
  pragma cache_size = -65536; pragma temp_store = memory;
  create table events (seq integer primary key, id text not null unique, env integer not null, name text not null,
    ts integer not null, received_at integer not null, data text not null) strict;
  create table runs (seq integer primary key, id text not null unique, env integer not null, function_id integer not null,
    event_seq integer not null, status integer not null, holder_id integer, generation integer not null,
    created_at integer not null, ended_at integer, output text) strict;
  create index runs_held on runs (holder_id) where holder_id is not null;
  create table journal (run_seq integer not null, step text not null, ord integer not null, name text not null, value text,
    started_at integer, ended_at integer, primary key (run_seq, step)) strict, without rowid;`;

export interface FloorEvent {
  readonly name: string;
  readonly data: unknown;
}

interface FloorRun {
  readonly seq: number;
  ord: number;
}

export class Floor {
  commits = 0;
  readonly #db: DatabaseSync;
  readonly #insertEvent;
  readonly #insertRun;
  readonly #insertEntry;
  readonly #endRun;
  readonly #begin;
  readonly #commit;
  #seq = 0;
  #pending: { readonly apply: (now: number) => void; readonly done: () => void }[] = [];
  readonly #entropy = new Uint8Array(10 * 1_000);
  #used = 0;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(schema);
    this.#insertEvent = this.#db.prepare("insert into events values (?, ?, 1, ?, ?, ?, ?)");
    this.#insertRun = this.#db.prepare(
      "insert into runs (seq, id, env, function_id, event_seq, status, holder_id, generation, created_at) values (?, ?, 1, 1, ?, 1, 1, 1, ?)",
    );
    this.#insertEntry = this.#db.prepare("insert into journal values (?, ?, ?, ?, ?, ?, ?)");
    this.#endRun = this.#db.prepare(
      "update runs set status = 2, holder_id = null, ended_at = ?, output = ? where seq = ? and generation = ? and status = 1",
    );
    this.#begin = this.#db.prepare("begin immediate");
    this.#commit = this.#db.prepare("commit");
  }

  /** Accepts events, runs `steps` steps for each, and calls back at the end of each run. */
  async send(events: readonly FloorEvent[], steps: number, onEnd: () => void): Promise<void> {
    const runs: FloorRun[] = [];
    await this.#write((now) => {
      for (const event of events) {
        const eventSeq = this.#next();
        const runSeq = this.#next();
        this.#insertEvent.run(eventSeq, this.#id(now), event.name, now, now, JSON.stringify(event.data));
        this.#insertRun.run(runSeq, this.#id(now), eventSeq, now);
        runs.push({ seq: runSeq, ord: 0 });
      }
    });
    for (const run of runs) void this.#execute(run, steps).then(onEnd);
  }

  close(): void {
    this.#db.close();
  }

  /** The last step is written with the end; before every other one the step before it is durable. */
  async #execute(run: FloorRun, steps: number): Promise<void> {
    for (let index = 0; index < steps; index += 1) {
      const value = JSON.stringify(index);
      run.ord += 1;
      const { ord } = run;
      const id = `s${index}`;
      const isLast = index === steps - 1;
      await this.#write((now) => {
        this.#insertEntry.run(run.seq, hashOf(id), ord, id, value, now, now);
        if (isLast) this.#endRun.run(now, '{"ok":true}', run.seq, 1);
      });
    }
  }

  #write(apply: (now: number) => void): Promise<void> {
    return new Promise((done) => {
      if (this.#pending.length === 0) setImmediate(() => this.#flush());
      this.#pending.push({ apply, done });
    });
  }

  #flush(): void {
    const batch = this.#pending;
    this.#pending = [];
    const now = Date.now();
    this.#begin.run();
    for (const { apply } of batch) apply(now);
    this.#commit.run();
    this.commits += 1;
    for (const { done } of batch) done();
  }

  #next(): number {
    this.#seq += 1;
    return this.#seq;
  }

  #id(now: number): string {
    if (this.#used === 0) randomFillSync(this.#entropy);
    const entropy = this.#entropy.subarray(this.#used, this.#used + 10);
    this.#used = (this.#used + 10) % this.#entropy.length;
    return encodeUlid(now, entropy);
  }
}

const hashes = new Map<string, string>();

function hashOf(id: string): string {
  const known = hashes.get(id);
  if (known !== undefined) return known;
  const hash = hashStepId(id);
  hashes.set(id, hash);
  return hash;
}
