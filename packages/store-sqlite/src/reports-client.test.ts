import type { RunId } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteStore } from "./open-store.ts";
import { ReportsClient } from "./reports-client.ts";

const t0 = 1_700_000_000_000 as Parameters<typeof openSqliteStore>[0]["now"];

describe("the reports worker", () => {
  test("answers questions that were asked at once, each with its own answer", async () => {
    using folder = temporaryFolder();
    const store = await openSqliteStore({ file: folder.file("stepwell.db"), now: t0, reader: "worker" });
    const answers = await Promise.all([
      store.reports.countRuns({}, 10),
      store.reports.getRun("01HG" as RunId),
      store.reports.listEvents({}, { limit: 10 }),
      store.reports.findRunByPrefix("01HG00"),
    ]);
    expect(answers).toEqual([{ count: 0, atLeast: false }, undefined, { rows: [], hasOlder: false, hasNewer: false }, { matches: 0 }]);
    await store.close();
  });

  test("a question that fails is told so, and the next one is answered", async () => {
    using folder = temporaryFolder();
    const store = await openSqliteStore({ file: folder.file("stepwell.db"), now: t0, reader: "worker" });
    const broken = { limit: "ten" } as unknown as { readonly limit: number };
    await expect(store.reports.listRuns({}, broken)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await store.reports.countRuns({}, 10)).toEqual({ count: 0, atLeast: false });
    await store.close();
  });

  test("a question that is not answered when the store closes is refused", async () => {
    using folder = temporaryFolder();
    const store = await openSqliteStore({ file: folder.file("stepwell.db"), now: t0, reader: "worker" });
    const question = expect(store.reports.size()).rejects.toMatchObject({ code: "store_unavailable", retryable: false });
    await store.close();
    await question;
  });

  test("a question after that is refused too, whether or not one was asked before", async () => {
    using folder = temporaryFolder();
    const store = await openSqliteStore({ file: folder.file("stepwell.db"), now: t0, reader: "worker" });
    await store.close();
    await expect(store.reports.size()).rejects.toMatchObject({ code: "store_unavailable", retryable: false });
  });

  test("a worker that cannot open the file fails its questions and not the process, and is started anew", async () => {
    using folder = temporaryFolder();
    const file = folder.file("stepwell.db");
    const client = new ReportsClient(file);
    await expect(client.reports.size()).rejects.toMatchObject({ code: "store_unavailable", retryable: true });
    const store = await openSqliteStore({ file, now: t0, reader: "inline" });
    expect(await client.reports.countRuns({}, 1)).toEqual({ count: 0, atLeast: false });
    await client.close();
    await store.close();
  });
});
