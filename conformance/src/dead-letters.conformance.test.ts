// Runs of the official SDKs that fail, are grouped, and are redriven after a deploy that mends the app.

import { describe, expect, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const orders = 5;

async function ask(server: TestServer, method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.url}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used.
  return (await response.json()) as any;
}

function deploy(sdk: "v3" | "v4", server: TestServer, release: "broken" | "mended"): Promise<AppProcess> {
  return startApp({ sdk, serverUrl: server.url, functions: "failing", deploy: release });
}

describe.for(["v3", "v4"] as const)("inngest %s", (sdk) => {
  test.for(["resume", "rerun"] as const)("fails, is grouped, the app is mended, and a redrive (%s) completes", async (mode) => {
    await using server = await startTestServer();
    const failed: string[] = [];
    {
      await using app = await deploy(sdk, server, "broken");
      await server.sync(app.url);
      const events = await server.send(Array.from({ length: orders }, (_, order) => ({ name: "waiting/order", data: { order } })));
      for (const eventId of events) {
        const run = await server.runOf(eventId, "conformance-order");
        expect(run).toMatchObject({ status: "failed", error: { message: expect.stringContaining("no answer") } });
        failed.push(run.id);
      }
    }
    const { data: groups } = await ask(server, "GET", "/api/v1/failures");
    expect(groups).toMatchObject([
      {
        // The elder SDK tells no other name of an error.
        ...{
          state: "open",
          name: sdk === "v3" ? "Error" : "CardTimeout",
          template: "no answer for order ‹n› in ‹n› ms",
          stepName: "charge",
        },
        ...{ function: { slug: "conformance-order" }, runs: { total: orders, kept: orders, redriven: 0 } },
      },
    ]);
    const [{ fingerprint, frame }] = groups;
    expect(frame).toContain("charge (src/failing-functions.ts)");

    await using app = await deploy(sdk, server, "mended");
    await server.sync(app.url);
    const path = `/api/v1/failures/${fingerprint}/redrive`;
    expect((await ask(server, "POST", path, { mode, dryRun: true })).data).toMatchObject({ matched: orders, eligible: orders });
    await ask(server, "POST", path, { mode, ratePerSecond: 1_000 });
    for (const id of failed) {
      const run = await server.until("the redriven run has completed", async () => {
        const { redrivenAs } = (await ask(server, "GET", `/api/v1/runs/${id}`)).data.failure;
        const again = redrivenAs === null ? undefined : (await ask(server, "GET", `/api/v1/runs/${redrivenAs}`)).data;
        return again?.endedAt ? again : undefined;
      });
      const by = mode === "resume" ? id : run.id;
      expect(run).toMatchObject({ status: "completed", output: { value: { loaded: { by }, charged: "paid" } }, lineage: { rerunOf: id } });
    }
    expect((await ask(server, "GET", `/api/v1/failures/${fingerprint}`)).data.runs).toEqual({
      ...{ total: orders, kept: orders, redriven: orders },
    });
  });
});
