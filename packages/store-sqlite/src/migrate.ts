import type { DatabaseSync } from "node:sqlite";
import { StepwellError } from "@stepwell/protocol";
import { listSql, readSql } from "./store-files.ts";

const folder = "../migrations/";
/** What all of them come to; a test compares. */
const schemaFile = "../schema.sql";

/**
 * Numbered files of plain SQL, in order; what was applied is never applied again. A new database gets what they come to at
 * once: one commit instead of one for each, which is a tenth of a second of a disk's time.
 *
 * @throws {StepwellError} `store_unavailable`: the file has a migration that this version does not know.
 */
export function migrate(db: DatabaseSync, now: number): void {
  if (createAtOnce(db, now)) return;
  migrateStepwise(db, now);
}

/** As `migrate` goes about a database that has something in it. */
export function migrateStepwise(db: DatabaseSync, now: number): void {
  db.exec("create table if not exists schema_migrations (name text primary key, applied_at integer not null) strict, without rowid");
  const applied = new Set(
    db
      .prepare("select name from schema_migrations")
      .all()
      .map((row) => String(row["name"])),
  );
  const known = migrationNames();
  const unknown = [...applied].find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new StepwellError("store_unavailable", `the database was written by a newer version of Stepwell (migration ${unknown})`, {
      retryable: false,
      advice: "Run that version or a later one with this file, or name another file with --db.",
    });
  for (const name of known) {
    if (applied.has(name)) continue;
    db.exec("begin immediate");
    try {
      // The row goes in before the change: of two processes that migrate at once, one waits and then finds it.
      const { changes } = db
        .prepare("insert into schema_migrations (name, applied_at) values (?, ?) on conflict do nothing")
        .run(name, now);
      if (changes === 1) db.exec(readSql(`${folder}${name}`));
      db.exec("commit");
    } catch (error) {
      db.exec("rollback");
      throw error;
    }
  }
}

/** False: the database has been begun before, here or by another process just now. */
function createAtOnce(db: DatabaseSync, now: number): boolean {
  if (isBegun(db)) return false;
  db.exec("begin immediate");
  try {
    const isNew = !isBegun(db);
    if (isNew) {
      db.exec(readSql(schemaFile));
      const insert = db.prepare("insert into schema_migrations (name, applied_at) values (?, ?)");
      for (const name of migrationNames()) insert.run(name, now);
    }
    db.exec("commit");
    return isNew;
  } catch (error) {
    db.exec("rollback");
    throw error;
  }
}

function isBegun(db: DatabaseSync): boolean {
  return db.prepare("select 1 from sqlite_schema limit 1").get() !== undefined;
}

export function migrationNames(): readonly string[] {
  return listSql(folder)
    .filter((name) => /^\d{4}_.*\.sql$/.test(name))
    .sort();
}
