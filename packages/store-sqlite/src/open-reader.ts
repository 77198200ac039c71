import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { StepwellError } from "@stepwell/protocol";
import type { AppsListed, ReportsStore } from "@stepwell/store";
import { Apps } from "./apps.ts";
import { Connection } from "./connection.ts";
import { databaseInvalid } from "./database-invalid.ts";
import { DatabaseSync } from "./database-sync.ts";
import { migrationNames } from "./migrate.ts";
import { type FileOwner, fileOwner } from "./owner.ts";
import { Reports } from "./reports.ts";

/** A database that somebody else owns, or nobody, and that is only read. */
export interface SqliteReader {
  readonly reports: ReportsStore;
  /** Who has the file now. */
  owner(): FileOwner;
  /** As they were last registered. */
  apps(): Promise<AppsListed>;
  close(): void;
}

/**
 * Opens a database to read it, whoever owns it; each question sees what was committed before.
 *
 * @throws {StepwellError} `database_not_found`; `database_invalid`; `store_unavailable`: its schema is that of another version.
 */
export function openSqliteReader(options: { readonly file: string }): SqliteReader {
  const file = resolve(options.file);
  if (!existsSync(file))
    throw new StepwellError("database_not_found", `there is no database ${file}`, {
      retryable: false,
      advice: "Whoever owns it makes it when it starts: start that process first, or name the file it has.",
    });
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    refuseOtherSchema(db, file);
    const apps = new Apps(new Connection(db, undefined));
    return {
      reports: new Reports(db),
      owner: () => fileOwner(file),
      apps: () => apps.list(),
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw databaseInvalid(file, error) ?? error;
  }
}

function refuseOtherSchema(db: DatabaseSync, file: string): void {
  const isBegun = db.prepare("select 1 from sqlite_schema where name = 'schema_migrations'").get() !== undefined;
  const applied = isBegun ? db.prepare("select name from schema_migrations order by name").all() : [];
  if (applied.map((row) => String(row["name"])).join() === migrationNames().join()) return;
  throw new StepwellError("store_unavailable", `the schema of ${file} is that of another version of Stepwell, or it is not complete`, {
    retryable: false,
    advice: "Let the process that owns it run the same version as this one: it brings the schema up to date when it opens the file.",
  });
}
