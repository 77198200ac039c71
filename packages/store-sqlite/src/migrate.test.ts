import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { startChild } from "../testing/child-process.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { MemoryDatabase } from "./memory-database.ts";
import { migrate, migrateStepwise, migrationNames } from "./migrate.ts";
import { openSqliteStore } from "./open-store.ts";

const t0 = 1_700_000_000_000 as Parameters<typeof openSqliteStore>[0]["now"];

describe("migrate", () => {
  test("applies every migration once, in the order of their numbers", () => {
    using folder = temporaryFolder();
    const db = new DatabaseSync(folder.file("a.db"));
    migrate(db, 1);
    migrate(db, 2);
    expect(db.prepare("select name, applied_at from schema_migrations order by name").all()).toEqual(
      migrationNames().map((name) => ({ name, applied_at: 1 })),
    );
    db.close();
  });

  test("a new database is what one is that took every migration as it came", () => {
    const [atOnce, stepwise] = [new DatabaseSync(":memory:"), new DatabaseSync(":memory:")];
    migrate(atOnce, 1);
    migrateStepwise(stepwise, 1);
    for (const sql of ["select type, name, sql from sqlite_schema order by rowid", "select * from schema_migrations order by name"])
      expect(atOnce.prepare(sql).all()).toEqual(stepwise.prepare(sql).all());
  });

  test("a database that somebody else began is migrated beside what it has", () => {
    const db = new DatabaseSync(":memory:");
    db.exec("create table notes (text text)");
    migrate(db, 1);
    expect(db.prepare("select count(*) as count from schema_migrations").get()).toEqual({ count: migrationNames().length });
    expect(db.prepare("select count(*) as count from notes").get()).toEqual({ count: 0 });
  });

  test("processes that migrate a new file at once all find it migrated, once", async () => {
    using folder = temporaryFolder();
    const file = folder.file("race.db");
    const startAt = String(Date.now() + 1_000);
    const children = Array.from({ length: 3 }, () => startChild("migrate-file.ts", file, startAt));
    expect(await Promise.all(children.map(({ exited }) => exited))).toEqual([0, 0, 0]);
    const db = new DatabaseSync(file);
    expect(db.prepare("select count(*) as count from schema_migrations").get()).toEqual({ count: migrationNames().length });
    expect(db.prepare("select count(*) as count from sqlite_schema where name = 'runs'").get()).toEqual({ count: 1 });
    db.close();
  });

  test("a file of a newer version is refused with what to do, and left alone", async () => {
    using folder = temporaryFolder();
    const file = folder.file("newer.db");
    const store = await openSqliteStore({ file, now: t0, reader: "inline" });
    await store.close();
    const db = new DatabaseSync(file);
    db.exec("insert into schema_migrations (name, applied_at) values ('9999_of_a_later_release.sql', 1)");
    db.close();
    // Beyond the header, in which an opening may leave its mark.
    const dump = (): Buffer => readFileSync(file).subarray(100);
    const before = dump();
    await expect(openSqliteStore({ file, now: t0 })).rejects.toMatchObject({
      code: "store_unavailable",
      retryable: false,
      message: expect.stringContaining("9999_of_a_later_release.sql"),
    });
    expect(dump().equals(before)).toBe(true);
    // The refusal holds nothing: the version that knows the migration may open it now.
    const again = new DatabaseSync(file);
    again.exec("delete from schema_migrations where name like '9999%'");
    again.close();
    await (await openSqliteStore({ file, now: t0, reader: "inline" })).close();
  });

  test("a new file has the page size, the log and the vacuum that it keeps for life", async () => {
    using folder = temporaryFolder();
    const file = folder.file("deep/below/new.db");
    const store = await openSqliteStore({ file, now: t0, reader: "inline" });
    const db = new DatabaseSync(file, { readOnly: true });
    const pragma = (name: string): unknown => Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0];
    expect([pragma("page_size"), pragma("auto_vacuum"), pragma("journal_mode")]).toEqual([8192, 2, "wal"]);
    db.close();
    await store.close();
  });
});

describe("a database in memory", () => {
  test("outlives its stores, has one owner at a time, and is nobody else's", async () => {
    using database = new MemoryDatabase();
    using other = new MemoryDatabase();
    const store = await database.open({ now: t0 });
    await store.settings.set("colour", "blue");
    await expect(database.open({ now: t0 })).rejects.toMatchObject({ code: "database_in_use" });
    const apart = await other.open({ now: t0 });
    expect(await apart.settings.get("colour")).toBeUndefined();
    await store.close();
    const again = await database.open({ now: t0 });
    expect(await again.settings.get("colour")).toBe("blue");
    expect(again.holder.epoch).toBe(store.holder.epoch + 1);
    await again.close();
    await apart.close();
  });
});
