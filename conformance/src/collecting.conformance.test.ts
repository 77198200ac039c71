// Debounce and batch on the official SDKs, in real time.

import { asJson } from "@stepwell/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

/** How long after its time a run may begin: 50 ms, and as much again as a busy machine takes to commit and to answer. */
const lateMsMax = 500;

for (const sdk of ["v3", "v4"] as const) {
  describe(`events that are collected on inngest@${sdk.slice(1)}`, () => {
    let server: TestServer;
    let app: AppProcess;

    beforeAll(async () => {
      server = await startTestServer();
      app = await startApp({ sdk, serverUrl: server.url, functions: "collecting" });
      await server.sync(app.url);
    }, 30_000);

    afterAll(async () => {
      await app[Symbol.asyncDispose]();
      await server.stop();
    });

    const send = (name: string, ...data: readonly object[]): Promise<readonly string[]> =>
      server.send(data.map((each) => ({ name: `waiting/${name}`, data: each })));
    const ended = async (name: string, ids: readonly string[]) =>
      Promise.all(ids.map((id) => server.runOf(id, `conformance-${name}`).then(({ id: runId, output }) => ({ runId, output }))));
    const outcomesOf = async (id: string | undefined) => server.engine.reports.eventOutcomes((id ?? "") as never);
    const receivedAt = async (id: string | undefined) => (await server.engine.reports.getEvent((id ?? "") as never))?.receivedAt ?? 0;
    const queuedAt = async (id: string | undefined) => (await server.engine.reports.eventRuns((id ?? "") as never))[0]?.queuedAt ?? 0;
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

    test("a burst is one run with the last event, a period after it", async () => {
      const ids = [...(await send("debounced", { n: 1 }, { n: 2 })), ...(await send("debounced", { n: 3 }))];
      const [last] = await ended("debounced", ids.slice(-1));
      expect(last?.output).toEqual({ event: 3, events: [3], saved: 1 });
      const lateMs = (await queuedAt(ids[2])) - (await receivedAt(ids[2])) - 1_000;
      expect(lateMs).toBeGreaterThanOrEqual(0);
      expect(lateMs).toBeLessThan(lateMsMax);
      for (const id of ids) expect(await outcomesOf(id)).toMatchObject([{ kind: "debounced", detail: last?.runId, keptEventId: ids[2] }]);
    });

    test("each key has a burst of its own", async () => {
      const ids = await send("debounced-by-key", { n: 1, key: "a" }, { n: 2, key: "b" }, { n: 3, key: "a" });
      const runs = await ended("debounced-by-key", ids.slice(1));
      expect(runs.map(({ output }) => output)).toMatchObject([{ event: 2 }, { event: 3 }]);
    });

    test("a steady stream does not hold a run off beyond its cap", { timeout: 20_000 }, async () => {
      const ids: string[] = [];
      for (let n = 0; n < 10; n += 1) {
        ids.push(...(await send("debounced-with-cap", { n })));
        await pause(400);
      }
      const [outcome] = await outcomesOf(ids[0]);
      const run = await server.engine.reports.getRun((outcome?.detail ?? "") as never);
      const lateMs = (run?.queuedAt ?? 0) - (await receivedAt(ids[0])) - 3_000;
      expect(lateMs).toBeGreaterThanOrEqual(0);
      expect(lateMs).toBeLessThan(lateMsMax);
    });

    test("a full batch runs at once with its events in their order, and the rest when its time is over", async () => {
      const ids = await send("batched", ...[1, 2, 3, 4].map((n) => ({ n })));
      const runs = await ended("batched", ids);
      expect(runs.map(({ output }) => output)).toEqual([
        ...Array.from({ length: 3 }, () => ({ event: 1, events: [1, 2, 3], saved: 3 })),
        { event: 4, events: [4], saved: 1 },
      ]);
      expect(new Set(runs.map(({ runId }) => runId)).size).toBe(2);
      expect((await queuedAt(ids[0])) - (await receivedAt(ids[0]))).toBeLessThan(lateMsMax);
      const lateMs = (await queuedAt(ids[3])) - (await receivedAt(ids[3])) - 1_000;
      expect(lateMs).toBeGreaterThanOrEqual(0);
      expect(lateMs).toBeLessThan(lateMsMax);
    });

    test("each key has a batch of its own", async () => {
      const ids = await send("batched-by-key", ...["a", "b", "a", "b"].map((key, n) => ({ n, key })));
      const runs = await ended("batched-by-key", ids);
      expect(runs.map(({ output }) => output)).toMatchObject([{ events: [0, 2] }, { events: [1, 3] }, { event: 0 }, { event: 1 }]);
    });

    test("an event that is no part of a batch runs alone at once", async () => {
      const ids = await send("batched-if", { n: 50 }, { n: 1 }, { n: 2 });
      const runs = await ended("batched-if", ids);
      expect(runs.map(({ output }) => output)).toMatchObject([{ events: [50] }, { events: [1, 2] }, { events: [1, 2] }]);
    });

    test("a batch is tried again as a whole", async () => {
      const ids = await send("batched-and-retried", { n: 1 }, { n: 2 });
      expect((await ended("batched-and-retried", ids))[1]?.output).toEqual({ events: [1, 2], calls: 1 });
    });

    test("whoever invokes a function that takes batches has the result of the batch", async () => {
      const ids = await send("invokes-batched", { n: 1 }, { n: 2 });
      const runs = await ended("invokes-batched", ids);
      expect(runs.map(({ output }) => (output as { events: readonly number[] }).events.toSorted())).toEqual([
        [1, 2],
        [1, 2],
      ]);
    });

    test("of those who invoke a debounced function the last one has its result, and the others are told at once", async () => {
      const first = await send("invokes-debounced", { n: 1 });
      await expect
        .poll(async () => asJson(await server.engine.reports.listEvents({ names: ["inngest/function.invoked"] }, { limit: 1 })))
        .toContain('\\"n\\":1');
      const second = await send("invokes-debounced", { n: 2 });
      const [lost, kept] = await Promise.all([ended("invokes-debounced", first), ended("invokes-debounced", second)]);
      expect(lost[0]?.output).toMatch(/debounced/);
      expect(kept[0]?.output).toMatchObject({ event: 2 });
    });
  });
}
