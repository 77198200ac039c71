import { existsSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteStore } from "./open-store.ts";
import { removeDatabase } from "./remove-database.ts";

const t0 = 1_700_000_000_000 as Parameters<typeof openSqliteStore>[0]["now"];

test("a database that is open is not removed, a closed one is with its log, and a broken one too", async () => {
  using folder = temporaryFolder();
  const file = folder.file("stepwell.db");
  const store = await openSqliteStore({ file, now: t0, reader: "inline" });
  expect(() => removeDatabase(file)).toThrow("in use by this process");
  await store.close();
  expect(existsSync(file)).toBe(true);
  removeDatabase(file);
  expect([file, `${file}-wal`, `${file}-shm`].map((path) => existsSync(path))).toEqual([false, false, false]);

  writeFileSync(file, "this was never a database".repeat(100));
  await expect(openSqliteStore({ file, now: t0 })).rejects.toThrow();
  removeDatabase(file);
  const anew = await openSqliteStore({ file, now: t0, reader: "inline" });
  expect(anew.holder.epoch).toBe(1);
  await anew.close();
});
