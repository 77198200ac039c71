import { mkdirSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { startChild } from "../testing/child-process.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteStore } from "./open-store.ts";

const t0 = 1_700_000_000_000 as Parameters<typeof openSqliteStore>[0]["now"];

describe("the owner of a file", () => {
  test("another process is refused with the owner's pid, until the owner dies, however it dies", async () => {
    using folder = temporaryFolder();
    const file = folder.file("stepwell.db");
    const child = startChild("commit-until-killed.ts", file);
    await child.printed(1);
    await expect(openSqliteStore({ file, now: t0 })).rejects.toMatchObject({
      name: "StepwellError",
      code: "database_in_use",
      retryable: false,
      message: `${file} is in use by process ${child.pid}`,
      advice: expect.stringContaining("--db"),
    });
    await child.kill();
    const store = await openSqliteStore({ file, now: t0, reader: "inline" });
    expect(store.holder.epoch).toBe(2);
    await store.close();
  });

  test("a second store of this process is refused, by whatever name it calls the file", async () => {
    using folder = temporaryFolder();
    const file = folder.file("stepwell.db");
    mkdirSync(folder.file("real"));
    symlinkSync(folder.file("real"), folder.file("link"));
    const store = await openSqliteStore({ file: folder.file("real/stepwell.db"), now: t0, reader: "inline" });
    for (const name of ["real/stepwell.db", "link/stepwell.db", "real/../link/stepwell.db"])
      await expect(openSqliteStore({ file: folder.file(name), now: t0 })).rejects.toMatchObject({
        code: "database_in_use",
        message: expect.stringContaining("this process"),
      });
    await (await openSqliteStore({ file, now: t0, reader: "inline" })).close(); // Another file is another store.
    await store.close();
    await store.close();
    await (await openSqliteStore({ file: folder.file("link/stepwell.db"), now: t0, reader: "inline" })).close();
  });

  test("each opening is an epoch and a holder of its own", async () => {
    using folder = temporaryFolder();
    const holders = [];
    for (let index = 0; index < 3; index += 1) {
      const store = await openSqliteStore({ file: folder.file("stepwell.db"), now: t0, reader: "inline" });
      holders.push(store.holder);
      await store.close();
    }
    expect(holders.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(new Set(holders.map(({ id }) => id)).size).toBe(3);
  });

  test("a side file that cannot be written is not said to be in use", async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.file("stepwell.db.lock"));
    const error: unknown = await openSqliteStore({ file: folder.file("stepwell.db"), now: t0 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toMatchObject({ code: "database_in_use" });
  });
});
