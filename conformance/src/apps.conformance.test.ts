// Syncs: taken or refused as a whole, changed and removed functions, other addresses, every framework, signatures.

import { limits } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { startApp } from "./app-process.ts";
import { register, registration, sdkHeaders, startRawApp } from "./raw-app.ts";
import { sdkTitle } from "./sdk-title.ts";
import { startTestServer } from "./test-server.ts";

const url = "http://127.0.0.1:1/api/inngest";
const one = { id: "f", event: "a/b", url };

describe("registering", () => {
  test("the same registration again changes nothing, and says so", async () => {
    await using server = await startTestServer();
    const body = registration("app", url, [one]);
    expect((await register(server.url, body)).body).toMatchObject({ ok: true, modified: true, status: 200 });
    expect((await register(server.url, body)).body).toMatchObject({ ok: true, modified: false });
  });

  test("a bad function refuses all of them, names every problem, and leaves what was there", async () => {
    await using server = await startTestServer();
    await register(server.url, registration("app", url, [one]));
    const refused = await register(
      server.url,
      registration("app", url, [
        { ...one, options: { triggers: [{ event: "x", expression: "event.data. ==" }] } },
        { ...one, id: "g", options: { debounce: { period: "never" } } },
        { ...one, id: "g" },
      ]),
    );
    expect(refused).toMatchObject({ status: 400, body: { code: "config_invalid", status: 400, error: expect.stringContaining("app-g") } });
    expect(server.engine.functions().map(({ slug }) => slug)).toEqual(["app-f"]);
  });

  test("a condition that does not compile refuses the sync with its place", async () => {
    await using server = await startTestServer();
    const refused = await register(
      server.url,
      registration("app", url, [{ ...one, options: { triggers: [{ event: "x", expression: "event.data.n = 1" }] } }]),
    );
    expect(refused.body).toMatchObject({ code: "config_invalid", error: expect.stringContaining("==") });
  });

  test("every option of flow control is taken, in dev and in start, and nobody is warned", async () => {
    const all = {
      concurrency: { limit: 5, key: "event.data.shop" },
      throttle: { limit: 1, period: "1m" },
      rateLimit: { limit: 3, period: "1h" },
      idempotency: "event.id",
      priority: { run: "event.data.n" },
      singleton: { mode: "skip", key: "event.data.shop" },
      debounce: { period: "1s" },
    };
    const body = registration("app", url, [
      { ...one, options: all },
      { ...one, id: "g", options: { batchEvents: { maxSize: 2, timeout: "1s" } } },
    ]);
    await using dev = await startTestServer();
    const taken = await register(dev.url, body);
    expect(taken.body).toMatchObject({ ok: true });
    expect(taken.body).not.toHaveProperty("warnings");
    await using start = await startTestServer({ mode: "start", signingKeys: ["abcd"], eventKeys: ["k"] });
    expect((await register(start.url, body, { authorization: "Bearer abcd" })).body).toMatchObject({ ok: true });
  });

  test("the wrong kind of server is told", async () => {
    await using server = await startTestServer();
    expect(await register(server.url, registration("app", url, [one]), { "x-inngest-expected-server-kind": "cloud" })).toMatchObject({
      status: 400,
      body: { error: "Expected server kind dev, got cloud", status: 400 },
    });
  });

  test("a run under way goes on at the app's new address", async () => {
    await using server = await startTestServer();
    await using before = await startRawApp(
      (_, response) => void response.writeHead(206, sdkHeaders).end(JSON.stringify([{ op: "Sleep", id: "s".repeat(40), name: "1s" }])),
    );
    await using after = await startRawApp((_, response) => void response.writeHead(200, sdkHeaders).end('"moved"'));
    await register(server.url, registration("app", before.url, [{ ...one, url: before.url }]));
    const [eventId] = await server.send({ name: "a/b", data: {} });
    await expect.poll(() => before.calls.length).toBe(1);
    await register(server.url, registration("app", after.url, [{ ...one, url: after.url }]));
    expect(await server.runOf(eventId ?? "", "app-f")).toMatchObject({ status: "completed", output: "moved" });
  });

  test("a removed function starts nothing more; its run waits, says why, and goes on when the function is back", async () => {
    await using server = await startTestServer();
    await using app = await startRawApp(
      (call, response) =>
        void (call.number === 1
          ? response.writeHead(206, sdkHeaders).end(JSON.stringify([{ op: "Sleep", id: "s".repeat(40), name: "1s" }]))
          : response.writeHead(200, sdkHeaders).end('"done"')),
    );
    await register(server.url, registration("app", app.url, [{ ...one, url: app.url }]));
    const [eventId] = await server.send({ name: "a/b", data: {} });
    await expect.poll(() => app.calls.length).toBe(1);
    await register(server.url, registration("app", app.url, [{ ...one, id: "other", event: "c/d", url: app.url }]));
    const [after] = await server.send({ name: "a/b", data: {} });
    expect(await server.engine.reports.eventRuns(after as never)).toEqual([]);
    const phase = async () => {
      const [run] = await server.engine.reports.eventRuns(eventId as never);
      return run === undefined ? undefined : server.engine.phaseOf(run);
    };
    await new Promise((resolve) => setTimeout(resolve, 1_200)); // Past the end of its sleep.
    expect(await phase()).toMatchObject({ status: "waiting", reason: { code: "function_gone" } });
    expect(app.calls).toHaveLength(1);
    await register(server.url, registration("app", app.url, [{ ...one, url: app.url }]));
    expect(await server.runOf(eventId ?? "", "app-f")).toMatchObject({ status: "completed" });
  });
});

describe("in band", () => {
  test.for(["v3", "v4", "own"] as const)("SDK %s says what it runs in its answer", { timeout: 30_000 }, async (sdk) => {
    await using server = await startTestServer();
    await using app = await startApp({ sdk, serverUrl: "http://127.0.0.1:1" });
    const response = await fetch(`${server.url}/api/v1/apps/sync`, {
      method: "POST",
      body: JSON.stringify({ url: app.url, kind: "in_band" }),
    });
    expect(await response.json()).toMatchObject({ data: { ok: true } });
    const [eventId] = await server.send({ name: "conformance/returns-number", data: {} });
    expect(await server.runOf(eventId ?? "", "conformance-returns-number")).toMatchObject({ status: "completed", output: 42 });
  });
});

describe("frameworks", () => {
  for (const sdk of ["v3", "v4", "own"] as const)
    test.concurrent.for([
      ["express", "express"],
      ["fastify", "fastify"],
      ["hono", "hono"],
      ["next", "the route handler for Next.js, called as Next.js calls it"],
    ] as const)(`$1 on ${sdkTitle(sdk)}`, { timeout: 30_000 }, async ([framework]) => {
      await using server = await startTestServer();
      await using app = await startApp({ sdk, framework, serverUrl: server.url });
      await server.sync(app.url);
      const [eventId] = await server.send({ name: "conformance/two-steps", data: {} });
      expect(await server.runOf(eventId ?? "", "conformance-two-steps")).toMatchObject({ status: "completed", output: { a: 1, b: 2 } });
    });

  test.for(["v3", "v4", "own"] as const)(
    "a streamed reply of the route handler for Next.js on SDK %s",
    { timeout: 30_000 },
    async (sdk) => {
      await using server = await startTestServer();
      await using app = await startApp({ sdk, framework: "next", serverUrl: server.url, streaming: true });
      await server.sync(app.url);
      const [eventId] = await server.send({ name: "conformance/step-then-parallel-then-step", data: {} });
      expect(await server.runOf(eventId ?? "", "conformance-step-then-parallel-then-step")).toMatchObject({ status: "completed" });
    },
  );
});

describe("signed, in production mode", () => {
  const signingKey = "signkey-test-8ee2262a15e8d3c42d6a840db7af3de2aab08ef632b32a37a687f24b34dba3ff";

  test.for(["v3", "v4", "own"] as const)(
    "calls, checkpoints and events of SDK %s pass with the right keys",
    { timeout: 30_000 },
    async (sdk) => {
      await using server = await startTestServer({ mode: "start", signingKeys: [signingKey], eventKeys: ["the-event-key"] });
      await using app = await startApp({ sdk, serverUrl: server.url, signingKey, eventKey: "the-event-key" });
      await server.sync(app.url);
      const sent = await app.send({ name: "conformance/state-beyond-one-body", data: { ü: 1.5, nested: { b: 1, a: [1e21, -0] } } });
      expect(sent.error).toBeUndefined();
      expect(await server.runOf(sent.ids?.[0] ?? "", "conformance-state-beyond-one-body")).toMatchObject({
        status: "completed",
        output: 5_000_000,
      });
    },
  );

  test.for(["v3", "v4", "own"] as const)("an event nested to the limit is signed, and read by SDK %s", { timeout: 30_000 }, async (sdk) => {
    await using server = await startTestServer({ mode: "start", signingKeys: [signingKey], eventKeys: ["k"] });
    await using app = await startApp({ sdk, serverUrl: server.url, signingKey, eventKey: "k" });
    await server.sync(app.url);
    // The event and its data are a level each.
    let data: object = {};
    for (let levels = 2; levels < limits.jsonDepthMax; levels += 1) data = levels % 2 === 0 ? { x: data } : { y: data };
    const [eventId] = await server.send({ name: "conformance/event-reaches-the-function", data }, "k");
    expect(await server.runOf(eventId ?? "", "conformance-event-reaches-the-function")).toMatchObject({
      status: "completed",
      output: data,
    });
  });

  const otherKey = "signkey-test-00112233445566778899aabbccddeeff";

  test.for(["v3", "v4", "own"] as const)(
    "an app on SDK %s with another key refuses the call, and the run says that it is the key",
    { timeout: 30_000 },
    async (sdk) => {
      await using server = await startTestServer({ mode: "start", signingKeys: [signingKey], eventKeys: ["k"] });
      await using app = await startApp({ sdk, serverUrl: server.url, signingKey: otherKey, eventKey: "k" });
      await register(
        server.url,
        registration("conformance", app.url, [{ id: "two-steps", event: "conformance/two-steps", url: app.url, retries: 0 }]),
        { authorization: `Bearer ${signingKey}` },
      );
      const [eventId] = await server.send({ name: "conformance/two-steps", data: {} }, "k");
      expect((await server.runOf(eventId ?? "", "conformance-two-steps")).error).toMatchObject({
        message: expect.stringContaining("signature"),
      });
    },
  );

  test.for(["v3", "v4", "own"] as const)(
    "an app on SDK %s with another key cannot register; the sync says that it is the key, and the list of apps too",
    { timeout: 30_000 },
    async (sdk) => {
      await using server = await startTestServer({ mode: "start", signingKeys: [signingKey], eventKeys: ["k"] });
      await using app = await startApp({ sdk, serverUrl: server.url, signingKey: otherKey, eventKey: "k" });
      await expect(server.sync(app.url)).rejects.toThrow(/signing key/);
      const response = await fetch(`${server.url}/api/v1/apps`, { headers: { authorization: `Bearer ${signingKey}` } });
      expect(await response.json()).toMatchObject({ data: [{ id: null, url: app.url, error: expect.stringContaining("signing key") }] });
      expect(server.engine.functions()).toEqual([]);
    },
  );

  test("the API wants the key, and events want theirs", async () => {
    await using server = await startTestServer({ mode: "start", signingKeys: [signingKey], eventKeys: ["k"] });
    const status = async (path: string, init: RequestInit = {}): Promise<number> => (await fetch(`${server.url}${path}`, init)).status;
    expect(await status("/health")).toBe(200);
    expect(await status("/api/v1/runs")).toBe(401);
    expect(await status("/v1/events", { headers: { authorization: "Bearer wrong" } })).toBe(401);
    expect(await status("/v1/events", { headers: { authorization: `Bearer ${signingKey}` } })).toBe(200);
    expect(await status("/fn/register", { method: "POST", body: "{}" })).toBe(401);
    expect(await status("/e/wrong", { method: "POST", body: '{"name":"a"}' })).toBe(401);
    expect(await status("/e/k", { method: "POST", body: '{"name":"a"}' })).toBe(200);
    expect(await status("/dev")).toBe(404);
  });
});
