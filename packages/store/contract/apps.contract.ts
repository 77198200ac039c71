import type { JsonText } from "@stepwell/protocol";
import type { Store, SyncAppParams } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { OpenStore } from "./open-store.ts";
import { at, functionOf } from "./parts.ts";
import { setup } from "./setup.ts";

function syncOf(store: Store, parts: Partial<SyncAppParams> = {}): SyncAppParams {
  return {
    environmentId: store.environmentId,
    name: "shop",
    uuid: "00000000-0000-4000-8000-000000000001",
    url: "http://localhost:3000/api/inngest",
    sdk: "js:4.0.0",
    checksum: "second",
    functions: [functionOf("shop-order"), functionOf("shop-refund")],
    now: at(10),
    ...parts,
  };
}

/** What every store promises of apps and their functions. */
export function appsContract(openStore: OpenStore): void {
  describe("apps", () => {
    test("a sync with the stored checksum writes nothing", async () => {
      await using bench = await setup(openStore);
      const { rowsWritten } = bench.store.counters;
      const result = await bench.store.apps.sync(syncOf(bench.store, { checksum: "first", url: "http://elsewhere" }));
      expect(result).toMatchObject({ modified: false, app: { name: "shop", url: "http://localhost:3000/api/inngest", checksum: "first" } });
      expect(result.functions.map(({ id, version }) => ({ id, version }))).toEqual([
        { id: bench.functionId, version: 1 },
        { id: bench.otherFunctionId, version: 1 },
      ]);
      expect(bench.store.counters.rowsWritten).toBe(rowsWritten);
    });

    test("functions keep their ids, changed ones get a version, and unlisted ones are archived", async () => {
      await using bench = await setup(openStore);
      const order = functionOf("shop-order", { name: "Order" });
      const result = await bench.store.apps.sync(syncOf(bench.store, { functions: [order, functionOf("shop-ship")] }));
      expect(result.modified).toBe(true);
      const bySlug = new Map(result.functions.map((record) => [record.slug as string, record]));
      expect(bySlug.get("shop-order")).toMatchObject({ id: bench.functionId, version: 2, name: "Order", config: order.config });
      expect(bySlug.get("shop-refund")).toMatchObject({ id: bench.otherFunctionId, version: 1, archivedAt: at(10) });
      expect(bySlug.get("shop-ship")).toMatchObject({ version: 1 });
      expect(bySlug.get("shop-order")?.archivedAt).toBeUndefined();

      const back = await bench.store.apps.sync(syncOf(bench.store, { checksum: "third" }));
      const refund = back.functions.find(({ slug }) => slug === "shop-refund");
      expect(refund).toMatchObject({ id: bench.otherFunctionId, version: 2 });
      expect(refund?.archivedAt).toBeUndefined();
      expect((await bench.store.apps.list()).functions).toEqual(back.functions);
    });

    test("what an app says of itself is kept, and what it does not say stays absent", async () => {
      await using bench = await setup(openStore);
      const said = { framework: "express", platform: "vercel", appVersion: "1.2.3", warnings: '["w"]' as JsonText };
      const { app } = await bench.store.apps.sync(syncOf(bench.store, said));
      expect(app).toEqual({
        id: expect.any(Number),
        environmentId: bench.store.environmentId,
        name: "shop",
        uuid: "00000000-0000-4000-8000-000000000001",
        url: "http://localhost:3000/api/inngest",
        sdk: "js:4.0.0",
        checksum: "second",
        syncedAt: at(10),
        ...said,
      });
      const { app: bare } = await bench.store.apps.sync(syncOf(bench.store, { checksum: "third" }));
      expect(bare).not.toHaveProperty("framework");
      expect(bare).not.toHaveProperty("warnings");
    });

    test("a refused sync leaves its reason and the functions as they were; the next good one is taken whatever its checksum", async () => {
      await using bench = await setup(openStore);
      const { environmentId } = bench.store;
      await bench.store.apps.setError({ environmentId, name: "shop", error: "priority is not supported", now: at(1) });
      await bench.store.apps.setError({ environmentId, name: "unknown", error: "nobody", now: at(1) });
      const { apps, functions } = await bench.store.apps.list();
      expect(apps).toMatchObject([{ name: "shop", error: "priority is not supported" }]);
      expect(functions.every(({ archivedAt }) => archivedAt === undefined)).toBe(true);
      const result = await bench.store.apps.sync(syncOf(bench.store, { checksum: "first" }));
      expect(result.modified).toBe(true);
      expect(result.app.error).toBeUndefined();
      expect(result.functions.map(({ version }) => version)).toEqual([1, 1]);
    });

    test("a removed app is gone, its functions are archived, and it may come back", async () => {
      await using bench = await setup(openStore);
      const { environmentId } = bench.store;
      const appId = (await bench.store.apps.list()).apps[0]?.id;
      if (appId === undefined) throw new Error("no app");
      const run = await bench.start();
      expect(await bench.store.apps.remove({ environmentId, appId, now: at(5) })).toBe(true);
      expect(await bench.store.apps.remove({ environmentId, appId, now: at(6) })).toBe(false);
      const { apps, removed, functions } = await bench.store.apps.list();
      expect([apps, removed]).toMatchObject([[], [{ id: appId, name: "shop" }]]);
      expect(functions.map(({ archivedAt }) => archivedAt)).toEqual([at(5), at(5)]);
      expect(functions.every((record) => !("drains" in record))).toBe(true);
      expect(await bench.store.reports.getRun(run.runId)).toMatchObject({ appName: "shop", status: "running" });
      const back = await bench.store.apps.sync(syncOf(bench.store, { checksum: "first" }));
      expect(back).toMatchObject({ modified: true, app: { id: appId } });
      expect((await bench.store.apps.list()).removed).toEqual([]);
    });

    test("of an app that drains those functions drain that it listed, until it is back without them", async () => {
      await using bench = await setup(openStore);
      const { apps, environmentId } = bench.store;
      await apps.sync(syncOf(bench.store, { functions: [functionOf("shop-order")], now: at(3) }));
      await apps.remove({ environmentId, appId: (await apps.list()).apps[0]?.id ?? (0 as never), now: at(5), drains: true });
      const drains = async () => (await apps.list()).functions.map((record) => [record.slug, record.archivedAt, record.drains ?? false]);
      expect(await drains()).toEqual([
        ["shop-order", at(5), true],
        ["shop-refund", at(3), false],
      ]);
      await bench.reopen();
      expect((await bench.store.apps.list()).functions[0]?.drains).toBe(true);
      await bench.store.apps.sync(syncOf(bench.store, { functions: [functionOf("shop-refund")], now: at(7) }));
      const { functions } = await bench.store.apps.list();
      expect(functions.map((record) => [record.archivedAt, "drains" in record])).toEqual([
        [at(5), false],
        [undefined, false],
      ]);
    });

    test("an app fails since its first failure, whatever the reason becomes, until it is well", async () => {
      await using bench = await setup(openStore);
      const { environmentId } = bench.store;
      const fail = (error: string | undefined, ms: number) =>
        bench.store.apps.setError({ environmentId, name: "shop", error, now: at(ms) });
      const app = async () => (await bench.store.apps.list()).apps[0];
      await fail("connection refused", 1);
      await fail("timed out", 2);
      expect(await app()).toMatchObject({ error: "timed out", failingSince: at(1) });
      await fail(undefined, 3);
      expect(await app()).not.toHaveProperty("failingSince");
      await fail("refused", 4);
      expect(await app()).toMatchObject({ failingSince: at(4) });
      const { app: back } = await bench.store.apps.sync(syncOf(bench.store));
      expect(back).not.toHaveProperty("failingSince");
    });

    test("apps and functions are there after the store is opened anew", async () => {
      await using bench = await setup(openStore);
      const before = await bench.store.apps.list();
      await bench.reopen();
      expect(await bench.store.apps.list()).toEqual(before);
    });
  });
}
