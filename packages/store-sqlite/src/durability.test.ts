import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { EventId, JsonText, RunId } from "@stepwell/protocol";
import type { AcceptUnit, FunctionId, Store } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { startChild } from "../testing/child-process.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteStore } from "./open-store.ts";

const t0 = 1_700_000_000_000 as Parameters<typeof openSqliteStore>[0]["now"];
let lastId = 0;

function acceptOf(
  store: Store,
  parts: { readonly data?: string; readonly wantsLease?: boolean; readonly count?: number } = {},
): AcceptUnit {
  const { data = "{}", wantsLease = true, count = 1 } = parts;
  const events = Array.from({ length: count }, () => {
    lastId += 1;
    const id = `01HG${String(lastId).padStart(22, "0")}`;
    return {
      event: { id: id as EventId, environmentId: store.environmentId, name: "e", ts: t0, receivedAt: t0, data: data as JsonText },
      starts: [{ runId: id as RunId, functionId: 1 as FunctionId, laneKey: "", rank: 0, dueAt: t0, wantsLease }],
      outcomes: [],
    };
  });
  return { kind: "accept", holder: store.holder, events };
}

function runIdOf(unit: AcceptUnit): RunId {
  return unit.events[0]?.starts[0]?.runId as RunId;
}

describe("durability", () => {
  test("a process that is killed loses nothing that it acknowledged", async () => {
    using folder = temporaryFolder();
    const file = folder.file("stepwell.db");
    const child = startChild("commit-until-killed.ts", file);
    await child.printed(300);
    await child.kill();
    const acknowledged = child.lines.slice(1);
    expect(acknowledged.length).toBeGreaterThanOrEqual(299);

    const store = await openSqliteStore({ file, now: t0, reader: "inline" });
    const db = new DatabaseSync(file, { readOnly: true });
    const stored = new Set(
      db
        .prepare("select e.id from events e join runs r on r.event_seq = e.seq")
        .all()
        .map(({ id }) => String(id)),
    );
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(stored.size - acknowledged.length).toBeLessThanOrEqual(1); // Committed, and killed before it could say so.
    expect(db.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    db.close();
    // What it held is freed by its successor.
    const { freed } = await store.queue.takeOver({ now: t0, epoch: store.holder.epoch, limit: 10_000, countLosses: false });
    const { items } = await store.queue.claim({
      holderId: store.holder.id,
      epoch: store.holder.epoch,
      now: t0,
      limit: 10_000,
      perLane: 10_000,
    });
    expect(freed).toBeGreaterThan(0);
    expect(items).toHaveLength(stored.size);
    await store.close();
  });

  test("a failure before the commit takes the batch back, and what is kept in memory with it", async () => {
    using folder = temporaryFolder();
    let fails = false;
    const faults = {
      beforeCommit() {
        if (fails) throw new Error("the disk is full");
      },
    };
    const store = await openSqliteStore({ file: folder.file("stepwell.db"), now: t0, reader: "inline", faults });
    fails = true;
    const [lost, other] = [acceptOf(store, { wantsLease: false }), acceptOf(store)];
    await expect(store.commit([lost], { now: t0 })).rejects.toThrow("the disk is full");
    fails = false;
    expect(await store.runs.find(runIdOf(lost))).toBeUndefined();
    // The lane that the lost unit began is not there.
    expect((await store.commit([other], { now: t0 })).outcomes).toMatchObject([{ events: [{ starts: [{ kind: "leased" }] }] }]);
    expect((await store.commit([lost], { now: t0 })).outcomes).toMatchObject([{ kind: "accepted" }]);

    fails = true;
    const claim = { holderId: store.holder.id, epoch: store.holder.epoch, now: t0, limit: 10, perLane: 10 };
    await expect(store.queue.claim(claim)).rejects.toThrow("the disk is full");
    fails = false;
    expect((await store.queue.claim(claim)).items).toMatchObject([{ runId: runIdOf(lost), generation: 1 }]);
    await store.close();
  });

  test("a failure after the commit loses the answer and not the commit", async () => {
    using folder = temporaryFolder();
    let fails = false;
    const faults = {
      afterCommit() {
        if (fails) throw new Error("the answer was lost");
      },
    };
    const store = await openSqliteStore({ file: folder.file("stepwell.db"), now: t0, reader: "inline", faults });
    fails = true;
    const unit = acceptOf(store);
    await expect(store.commit([unit], { now: t0 })).rejects.toThrow("the answer was lost");
    fails = false;
    // Who does not know what became of its write looks at what it holds.
    expect(await store.queue.listHeld({ holderId: store.holder.id })).toMatchObject([{ itemId: runIdOf(unit) }]);
    expect((await store.commit([unit], { now: t0 })).outcomes).toMatchObject([{ events: [{ kind: "repeated" }] }]);
    await store.close();
  });

  test.each(["inline", "worker"] as const)(
    "the log does not grow for ever (reports read by %s), and is gone after the close",
    async (reader) => {
      using folder = temporaryFolder();
      const file = folder.file("stepwell.db");
      const mib = 1_024 * 1_024;
      const store = await openSqliteStore({ file, now: t0, reader, synchronous: "off", logBytesMax: 4 * mib });
      const data = JSON.stringify("x".repeat(6_000));
      for (let written = 0; written < 40; written += 1) {
        await store.commit([acceptOf(store, { data, count: 100 })], { now: t0 });
        if (written % 10 === 0) await store.reports.size();
      }
      // It is looked at every eighth commit, of a megabyte each.
      expect(statSync(`${file}-wal`).size).toBeLessThan(16 * mib);
      expect(statSync(file).size).toBeGreaterThan(16 * mib);
      await store.close();
      expect(existsSync(`${file}-wal`)).toBe(false);
      expect(statSync(file).size).toBeGreaterThan(24 * mib);
    },
  );
});
