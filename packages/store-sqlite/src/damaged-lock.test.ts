import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { isLockDamaged, removeDamagedLock } from "./damaged-lock.ts";
import { openSqliteStore } from "./open-store.ts";

const t0 = 1_700_000_000_000 as Parameters<typeof openSqliteStore>[0]["now"];

test("a lock that nobody can take is known and removed, and the database opens again", async () => {
  using folder = temporaryFolder();
  const file = folder.file("stepwell.db");
  await (await openSqliteStore({ file, now: t0, reader: "inline" })).close();
  writeFileSync(`${file}.lock`, "garbage ".repeat(400));
  await expect(openSqliteStore({ file, now: t0, reader: "inline" })).rejects.toThrow("not a database");
  expect([isLockDamaged(file), removeDamagedLock(file), removeDamagedLock(file)]).toEqual([true, true, false]);
  await (await openSqliteStore({ file, now: t0, reader: "inline" })).close();
});

test("a lock that is held, free, absent or a folder is left alone", async () => {
  using folder = temporaryFolder();
  const file = folder.file("stepwell.db");
  expect(removeDamagedLock(file)).toBe(false);
  const store = await openSqliteStore({ file, now: t0, reader: "inline" });
  expect(removeDamagedLock(file)).toBe(false);
  await store.close();
  expect([removeDamagedLock(file), existsSync(`${file}.lock`)]).toEqual([false, true]);
  mkdirSync(folder.file("other.db.lock"));
  expect(removeDamagedLock(folder.file("other.db"))).toBe(false);
});
