// Every case on every SDK, both official ones and ours: real HTTP, a process for each, the server that ships.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { cases, eventNameOf } from "./cases.ts";
import { sdkTitle } from "./sdk-title.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

/** Cases that the app's clock decides have a server of their own, whose time is the app's. */
const sets = [
  { time: "in time that leaps", leaps: true, list: cases.filter(({ inRealTime }) => inRealTime !== true) },
  { time: "in real time", leaps: false, list: cases.filter(({ inRealTime }) => inRealTime === true) },
];

for (const sdk of ["v3", "v4", "own"] as const)
  for (const { time, leaps, list } of sets) {
    describe(`functions on ${sdkTitle(sdk)}, ${time}`, () => {
      let server: TestServer;
      let app: AppProcess;

      beforeAll(async () => {
        server = await startTestServer({ leaps });
        app = await startApp({ sdk, serverUrl: server.url });
        await server.sync(app.url);
      }, 30_000);

      afterAll(async () => {
        await app[Symbol.asyncDispose]();
        await server.stop();
      });

      test.concurrent.for(list)("$name", { timeout: 25_000 }, async (each) => {
        const [eventId] = await server.send({ name: eventNameOf(each), data: each.data ?? {}, ...each.event });
        const run = await server.runOf(eventId ?? "", `conformance-${each.name}`);
        expect({ status: run.status, error: run.status === (each.status ?? "completed") ? null : run.error }).toEqual({
          status: each.status ?? "completed",
          error: null,
        });
        const output = sdk === "own" && "ownOutput" in each ? each.ownOutput : each.output;
        if ("output" in each) expect(run.output).toEqual(output);
        if (each.error?.name !== undefined) expect(run.error?.name).toBe(each.error.name);
        if (each.error?.message !== undefined) expect(run.error?.message).toMatch(each.error.message);
        if (each.steps !== undefined) expect(run.steps).toEqual(each.steps);
        if (each.counts !== undefined) expect(await app.counts(run.id)).toMatchObject(each.counts);
        const [atLeastMs, atMostMs = Number.POSITIVE_INFINITY] = each.lasts ?? [0];
        expect(run.lastedMs).toBeGreaterThanOrEqual(atLeastMs);
        expect(run.lastedMs).toBeLessThanOrEqual(atMostMs);
      });
    });
  }
