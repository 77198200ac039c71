import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { epochMs } from "@stepwell/protocol";
import { expect, onTestFinished, test } from "vitest";
import { inspectDatabase } from "./inspect-database.ts";
import { openSqliteStore } from "./open-store.ts";

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-inspect-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "a b.db");
}

test("a database that is absent or none is said to be", () => {
  const file = temporaryFile();
  expect(inspectDatabase(file)).toEqual({ kind: "absent" });
  writeFileSync(file, "");
  expect(inspectDatabase(file)).toEqual({ kind: "absent" });
  writeFileSync(file, "not a database, and long enough to look like something".repeat(50));
  expect(inspectDatabase(file)).toMatchObject({ kind: "unreadable", message: expect.stringContaining("not a database") });
});

test("one that is open names its owner; one that is closed is free and whole, and stays as it was", async () => {
  const file = temporaryFile();
  const store = await openSqliteStore({ file, now: epochMs(1), reader: "inline" });
  expect(inspectDatabase(file)).toMatchObject({ kind: "read", owner: { kind: "held", pid: process.pid }, migrationsPending: 0 });
  await store.close();
  const before = readdirSync(join(file, ".."));
  expect(inspectDatabase(file)).toMatchObject({ kind: "read", owner: { kind: "free" }, isIntact: true, migrationsPending: 0 });
  expect(readdirSync(join(file, ".."))).toEqual(before);
});

test("others who may read it are noticed", async () => {
  const file = temporaryFile();
  await (await openSqliteStore({ file, now: epochMs(1), reader: "inline" })).close();
  for (const [mode, isOpenToOthers] of [
    [0o600, false],
    [0o640, true],
    [0o604, true],
  ] as const) {
    chmodSync(file, mode);
    expect(inspectDatabase(file)).toMatchObject({ isOpenToOthers });
  }
});
