// Opens the file, and accepts events one commit after the other; prints each event's id when it is acknowledged.

import { writeSync } from "node:fs";
import type { EpochMs, EventId, JsonText, RunId } from "@stepwell/protocol";
import type { FunctionId } from "@stepwell/store";
import { openSqliteStore } from "../src/open-store.ts";

const file = process.argv[2] ?? "";
const now = 1_700_000_000_000 as EpochMs;
const store = await openSqliteStore({ file, now, reader: "inline" });
writeSync(1, "open\n");
const payload = JSON.stringify({ text: "x".repeat(2_000) }) as JsonText;

for (let index = 0; index < 1_000_000; index += 1) {
  const id = `01HG${String(index).padStart(22, "0")}`;
  const event = { id: id as EventId, environmentId: store.environmentId, name: "e", ts: now, receivedAt: now, data: payload };
  const start = { runId: id as RunId, functionId: 1 as FunctionId, laneKey: "", rank: 0, dueAt: now, wantsLease: index % 2 === 0 };
  await store.commit([{ kind: "accept", holder: store.holder, events: [{ event, starts: [start], outcomes: [] }] }], { now });
  writeSync(1, `${id}\n`);
}
