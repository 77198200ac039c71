import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type OpenStore, reportsContract, storeContract } from "@stepwell/store/contract";
import { describe } from "vitest";
import { MemoryDatabase } from "./memory-database.ts";
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
      countUnderWay: () => count(file, underWay),
      countRequests: () => count(file, requests),
      countGateRows: () => count(file, gateRows),
      async dispose() {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
}

async function openInMemory(): ReturnType<OpenStore> {
  const database = new MemoryDatabase();
  let store = await database.open({ now: t0 });
  return {
    store,
    async reopen(now) {
      await store.close();
      store = await database.open({ now });
      return store;
    },
    countUnderWay: () => count(database.uri, underWay),
    countRequests: () => count(database.uri, requests),
    countGateRows: () => count(database.uri, gateRows),
    async dispose() {
      await store.close();
      database.close();
    },
  };
}

const underWay = "select (select count(*) from queue_items) + (select count(*) from lanes) as count";
const requests = "select count(*) as count from step_requests";
const gateRows =
  "select (select count(*) from rate_limits) + (select count(*) from throttles) + (select count(*) from singletons) as count";

function count(file: string, sql: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  const row = db.prepare(sql).get();
  db.close();
  return Number(row?.["count"]);
}

describe("SQLite, read beside the writer", () => storeContract(openerOf({ synchronous: "off", reader: "inline" })));

// Each worker takes its time to start, and only reports differ.
describe("SQLite as it ships, read by a worker", () => reportsContract(openerOf({ synchronous: "full", reader: "worker" })));

describe("SQLite in memory, read by the writer itself", () => storeContract(openInMemory));
