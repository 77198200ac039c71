import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type OpenStore, reportsContract, storeContract } from "@stepwell/store/contract";
import { describe } from "vitest";
import { openSqliteStore, type SqliteStoreOptions } from "./open-store.ts";

const t0 = 1_700_000_000_000 as SqliteStoreOptions["now"];

function openerOf(options: Pick<SqliteStoreOptions, "synchronous" | "reader">): OpenStore {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-contract-"));
    const file = join(folder, "stepwell.db");
    let store = await openSqliteStore({ ...options, file, now: t0 });
    return {
      store,
      async reopen(now) {
        await store.close();
        store = await openSqliteStore({ ...options, file, now });
        return store;
      },
      countUnderWay: () => count(file, "select (select count(*) from queue_items) + (select count(*) from lanes) as count"),
      countRequests: () => count(file, "select count(*) as count from step_requests"),
      countGateRows: () =>
        count(
          file,
          "select (select count(*) from rate_limits) + (select count(*) from throttles) + (select count(*) from singletons) as count",
        ),
      async dispose() {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
}

function count(file: string, sql: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  const row = db.prepare(sql).get();
  db.close();
  return Number(row?.["count"]);
}

describe("SQLite, read beside the writer", () => storeContract(openerOf({ synchronous: "off", reader: "inline" })));

// Each worker takes its time to start, and only reports differ.
describe("SQLite as it ships, read by a worker", () => reportsContract(openerOf({ synchronous: "full", reader: "worker" })));
