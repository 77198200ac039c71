import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { EpochMs } from "@stepwell/protocol";
import type { CommitParams, CommitResult, EnvironmentId, HolderId, Store, StoreCounters, Unit } from "@stepwell/store";
import { type CommitFaults, Connection } from "./connection.ts";
import { DatabaseSync } from "./database-sync.ts";
import type { EngineTime } from "./engine-time.ts";
import { migrate } from "./migrate.ts";
import { type FileLock, lockFile } from "./owner.ts";
import { Reports } from "./reports.ts";
import { ReportsClient } from "./reports-client.ts";
import { hasReportsWorker } from "./store-files.ts";
import { buildStoreParts } from "./store-parts.ts";
import { commitUnits } from "./units.ts";

export interface SqliteStoreOptions {
  /** The database file; its folder is made when it is missing. */
  readonly file: string;
  /** Engine time at the opening. */
  readonly now: EpochMs;
  /** `full` (the default): what was acknowledged survives a power cut. `off`: for data that may be lost. */
  readonly synchronous?: "full" | "off";
  /** Where reports are read: a worker thread (the default), or a second connection of this one. In memory: the writer's own. */
  readonly reader?: "worker" | "inline" | "writer";
  readonly faults?: CommitFaults;
  /**
   * The log is moved into the database by the writer itself, between two batches, when it has grown this far, in bytes:
   * the reader's thread does not keep up. Default: 128 MiB.
   */
  readonly logBytesMax?: number;
}

/** The log is moved into the database by the reader's thread when it has grown this far … */
const logBytesForReader = 32 * 1024 * 1024;
/** … and by the writer at this size, unless an option says another. */
const logBytesMaxDefault = 128 * 1024 * 1024;
/** The size of the log is asked for once in so many commits: rows say little, since one may have three megabytes. */
const commitsPerLook = 8;

/**
 * Opens a database file as its owner.
 *
 * @throws {StepwellError} `database_in_use`: another process, or another store of this one, has it.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const file = resolve(options.file);
  mkdirSync(dirname(file), { recursive: true });
  return openStoreOn({ ...options, file }, lockFile(file));
}

/** Opens a database that is locked already; the lock is given back with it, or at once when it cannot be opened. */
export function openStoreOn(options: SqliteStoreOptions, lock: FileLock): Store {
  try {
    return new SqliteStore(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openDatabase(options: SqliteStoreOptions): DatabaseSync {
  const db = new DatabaseSync(options.file, { enableForeignKeyConstraints: false, timeout: 5_000 });
  try {
    prepareDatabase(db, options);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepareDatabase(db: DatabaseSync, options: SqliteStoreOptions): void {
  db.exec(`pragma page_size = 8192; pragma auto_vacuum = incremental; pragma journal_mode = wal;
    pragma synchronous = ${options.synchronous ?? "full"}; pragma wal_autocheckpoint = 0; pragma cache_size = -65536; pragma temp_store = memory`);
  migrate(db, options.now);
}

class SqliteStore implements Store {
  readonly kind = "sqlite";
  readonly holder: { readonly id: HolderId; readonly epoch: number };
  readonly environmentId: EnvironmentId;
  readonly lastNow: EpochMs;
  readonly apps: Store["apps"];
  readonly queue: Store["queue"];
  readonly runs: Store["runs"];
  readonly waits: Store["waits"];
  readonly timers: Store["timers"];
  readonly cursors: Store["cursors"];
  readonly pending: Store["pending"];
  readonly reports: Store["reports"];
  readonly retention: Store["retention"];
  readonly settings: Store["settings"];
  readonly #options: SqliteStoreOptions;
  readonly #connection: Connection;
  readonly #lock: FileLock;
  readonly #time: EngineTime;
  readonly #units: Parameters<typeof commitUnits>[0];
  readonly #client: ReportsClient | undefined;
  readonly #reader: DatabaseSync | undefined;
  #commitsAtLook = 0;
  #isMovingLog = false;
  #isClosed = false;

  constructor(options: SqliteStoreOptions, lock: FileLock) {
    this.#options = options;
    this.#lock = lock;
    const connection = new Connection(openDatabase(options), options.faults);
    this.#connection = connection;
    const owner = becomeOwner(connection, options.now);
    this.holder = { id: owner.holderId, epoch: owner.epoch };
    this.environmentId = owner.environmentId;
    this.lastNow = owner.lastNow;
    connection.seq = owner.seq;

    const parts = buildStoreParts(connection, owner);
    this.#time = parts.time;
    this.#units = parts.units;
    this.apps = parts.apps;
    this.queue = parts.queue;
    this.runs = parts.runs;
    this.waits = parts.waits;
    this.timers = parts.timers;
    this.cursors = parts.cursors;
    this.pending = parts.pending;
    this.retention = parts.retention;
    this.settings = parts.settings;
    const reader = readerOf(options);
    if (reader === "inline") this.#reader = new DatabaseSync(options.file, { readOnly: true });
    else if (reader !== "writer") this.#client = new ReportsClient(options.file);
    this.reports = this.#client?.reports ?? new Reports(this.#reader ?? connection.db);
  }

  get counters(): StoreCounters {
    const { commits, rowsWritten } = this.#connection;
    return { commits, rowsWritten };
  }

  async commit(units: readonly Unit[], params: CommitParams): Promise<CommitResult> {
    const result = commitUnits(this.#units, units, params);
    if (this.#connection.commits - this.#commitsAtLook >= commitsPerLook) this.#lookAtLog();
    return result;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#client?.close();
    this.#reader?.close();
    this.#time.flush();
    this.#connection.db.exec("pragma wal_checkpoint(truncate)");
    this.#connection.db.close();
    this.#lock.release();
  }

  #lookAtLog(): void {
    this.#commitsAtLook = this.#connection.commits;
    const bytes = statSync(`${this.#options.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > (this.#options.logBytesMax ?? logBytesMaxDefault)) {
      this.#connection.db.exec("pragma wal_checkpoint(restart)");
      return;
    }
    if (bytes < logBytesForReader || this.#isMovingLog || this.#client === undefined) return;
    this.#isMovingLog = true;
    const done = (): void => {
      this.#isMovingLog = false;
    };
    this.#client.checkpoint().then(done, done);
  }
}

let hasWarned = false;

/** Lists are read here where there is no thread to read them: they hold up functions, and nothing else is different. */
function readerOf({ reader = "worker" }: SqliteStoreOptions): "worker" | "inline" | "writer" {
  if (reader !== "worker" || hasReportsWorker()) return reader;
  if (!hasWarned)
    process.emitWarning(
      'stepwell reads lists on the main thread, since a bundler has left the file of its reader behind. Keep @stepwell/store-sqlite out of the bundle, or open the store with reader: "inline".',
    );
  hasWarned = true;
  return "inline";
}

interface Owner {
  readonly holderId: HolderId;
  readonly epoch: number;
  readonly environmentId: EnvironmentId;
  readonly lastNow: EpochMs;
  readonly matchedSeq: number;
  /** From here on it draws places. */
  readonly seq: number;
}

function becomeOwner(connection: Connection, now: EpochMs): Owner {
  const { db } = connection;
  return connection.transaction(
    () => {
      const before = db.prepare("select epoch, last_now, first_seq from owner").get();
      const epoch = Number(before?.["epoch"] ?? 0) + 1;
      const lastNow = Number(before?.["last_now"] ?? 0) as EpochMs;
      // Where the holder before this one stood: events behind it are looked at again, which changes nothing.
      const matchedSeq = Number(db.prepare("select max(matched_seq) as seq from holders").get()?.["seq"] ?? 0);
      const insert = db.prepare("insert into holders (epoch, alive_until, matched_seq) values (?, null, ?)");
      const holderId = Number(insert.run(epoch, matchedSeq).lastInsertRowid) as HolderId;
      const seq = firstSeq(db, Number(before?.["first_seq"] ?? 0));
      // Holders of earlier epochs are dead; what they held is freed by a take-over, which needs no row of theirs.
      db.prepare("delete from holders where id < ?").run(holderId - 1);
      db.prepare(`insert into owner (id, epoch, holder_id, pid, opened_at, last_now, first_seq) values (1, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set epoch = excluded.epoch, holder_id = excluded.holder_id, pid = excluded.pid,
               opened_at = excluded.opened_at, last_now = max(last_now, excluded.last_now), first_seq = excluded.first_seq`).run(
        epoch,
        holderId,
        process.pid,
        now,
        now,
        seq,
      );
      db.prepare("insert into environments (slug, name, created_at) values ('default', 'Default', ?) on conflict do nothing").run(now);
      const environmentId = Number(db.prepare("select id from environments where slug = 'default'").get()?.["id"]) as EnvironmentId;
      return { holderId, epoch, environmentId, lastNow, matchedSeq, seq };
    },
    () => undefined,
  );
}

/**
 * Places that were drawn and stand in no table that is asked below: ends of runs, turns. They are fewer than this
 * between two rows that are asked, and a gap in the sequence is harmless.
 */
const seqGap = 10_000_000;

/**
 * The counter goes on after the highest place that any row has, and after where the owner before this one began: it may have
 * ended runs and written nothing else. Retention may have taken all events and runs: the mark of what was looked at stays, and
 * what comes must not stand before it.
 */
function firstSeq(db: DatabaseSync, before: number): number {
  const places = ["events", "runs", "queue_items", "timers", "waits", "cursors", "pending_runs"].map(
    (table) => `select max(seq) as seq from ${table}`,
  );
  const row = db
    .prepare(`select max(seq) as seq from (${places.join(" union all ")} union all select max(matched_seq) from holders)`)
    .get();
  const last = Math.max(before, Number(row?.["seq"] ?? 0));
  return last > 0 ? last + seqGap : 0;
}
