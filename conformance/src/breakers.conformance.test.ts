// Circuit breakers over real HTTP, on every official SDK: an app that answers 500s and then recovers, and one that is gone for a while.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startApp } from "./app-process.ts";
import { startBusyProxy } from "./busy-proxy.ts";
import { register, registration, sdkHeaders, startRawApp } from "./raw-app.ts";
import { startTestServer } from "./test-server.ts";

const breaker = { failures: 3, windowMs: 60_000, cooldownMs: 1_000, halfOpen: 1 };
// So few calls at once that the third failure is known before most of the runs were called.
const engine = { circuitBreakers: { "*": breaker, "conformance-steady": false }, callsInFlightMax: 4, retryIntervalMs: 100 } as const;
const runsOfEach = 15;

const many = (name: string) => Array.from({ length: runsOfEach }, () => ({ name, data: {} }));

test.each(["v3", "v4"] as const)(
  "on inngest@%s runs outlast an app that answers 500s, without using up their attempts",
  { timeout: 60_000 },
  async (sdk) => {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-shaky-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const downFile = join(folder, "down");
    await using server = await startTestServer({ engine });
    await using app = await startApp({ sdk, serverUrl: server.url, functions: "shaky", downFile });
    await server.sync(app.url);
    writeFileSync(downFile, "");
    const ids = await server.send([...many("shaky/step"), ...many("shaky/body")]);
    const open = () => server.engine.breakers.list().filter(({ status }) => status !== "closed");
    await server.until("both breakers are open", async () => (open().length === 2 ? true : undefined));
    // Two probes of each at the least: each finds the app down.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(
      open()
        .map(({ slug }) => slug)
        .sort(),
    ).toEqual(["conformance-asks-in-step", "conformance-throws"]);
    const [steadyId = ""] = await server.send({ name: "shaky/steady", data: {} });
    expect(await server.runOf(steadyId, "conformance-steady")).toMatchObject({ status: "completed" });
    rmSync(downFile);
    for (const [index, id] of ids.entries())
      expect(await server.runOf(id, index < runsOfEach ? "conformance-asks-in-step" : "conformance-throws")).toMatchObject({
        status: "completed",
        output: "up",
      });
    expect(open()).toEqual([]);
  },
);

test("runs outlast an app that is gone, and are called when it is back", { timeout: 60_000 }, async () => {
  await using server = await startTestServer({ engine });
  const first = await startApp({ sdk: "v4", serverUrl: server.url, functions: "shaky" });
  await server.sync(first.url);
  await first[Symbol.asyncDispose]();
  const ids = await server.send(many("shaky/step"));
  await server.until("the breaker is open", async () => server.engine.breakers.list().find(({ status }) => status === "open"));
  const waiting = await server.until("a run says why it waits", async () => {
    const { rows } = await server.engine.reports.listRuns({}, { limit: 50 });
    return rows.map((run) => server.engine.phaseOf(run)).find(({ reason }) => reason?.code === "circuit_open");
  });
  expect(waiting.reason?.text).toMatch(/^the breaker of conformance-asks-in-step is open: \d+ of \d+ calls failed/);
  await using _ = await startApp({ sdk: "v4", serverUrl: server.url, functions: "shaky", port: first.port });
  for (const id of ids) expect(await server.runOf(id, "conformance-asks-in-step")).toMatchObject({ status: "completed" });
});

test("an app that answers 429 with a time is called by no run of the function until then", { timeout: 60_000 }, async () => {
  await using server = await startTestServer({ engine: { callsInFlightMax: 1, retryIntervalMs: 40 } });
  const calledAt: number[] = [];
  await using app = await startRawApp((_call, response) => {
    calledAt.push(Date.now());
    if (calledAt.length === 1) response.writeHead(429, { "retry-after": "2" }).end("slow down");
    else response.writeHead(200, sdkHeaders).end('"fine"');
  });
  await register(server.url, registration("busy", app.url, [{ id: "f", event: "busy/f", url: app.url }]));
  const ids = await server.send(many("busy/f"));
  for (const id of ids) expect(await server.runOf(id, "busy-f")).toMatchObject({ status: "completed" });
  expect(calledAt).toHaveLength(runsOfEach + 1);
  // The header has whole seconds, rounded as its reader does.
  expect((calledAt[1] ?? 0) - (calledAt[0] ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test.each(["v3", "v4"] as const)(
  "a proxy before inngest@%s that answers 429 with a time is called by no run of the function until then",
  { timeout: 60_000 },
  async (sdk) => {
    await using server = await startTestServer({ engine: { callsInFlightMax: 1, retryIntervalMs: 40 } });
    await using app = await startApp({ sdk, serverUrl: server.url, functions: "shaky" });
    await using proxy = await startBusyProxy(app.url);
    // The app registers under the address at which it is asked to.
    await server.sync(proxy.url);
    const ids = await server.send(many("shaky/steady"));
    for (const id of ids) expect(await server.runOf(id, "conformance-steady")).toMatchObject({ status: "completed" });
    const [refusedAt = 0, nextAt = 0] = proxy.calledAt;
    expect(nextAt - refusedAt).toBeGreaterThanOrEqual(1_000);
  },
);
