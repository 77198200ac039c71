import { DatabaseSync } from "./database-sync.ts";
import { migrateStepwise } from "./migrate.ts";

/** The schema as all migrations leave it, for people to read and for a test to compare. */
export function schemaText(): string {
  const db = new DatabaseSync(":memory:");
  migrateStepwise(db, 0);
  const rows = db.prepare("select sql from sqlite_schema where sql is not null order by rowid").all();
  db.close();
  const head = "-- Made by `npm run schema` from migrations/. Do not edit. One file of any length: it is read beside the migrations.\n";
  return [head, ...rows.map(({ sql }) => `${String(sql)};\n`)].join("\n");
}
