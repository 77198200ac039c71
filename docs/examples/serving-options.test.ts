// What the options of `serve` do, over HTTP where they are about it.

import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { serve } from "stepwell/node";
import { afterAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { cleanUp, freePort, newFolder, run, stepwellBin } from "./command.ts";
import { fulfil, stepwell } from "./quick-start/functions.ts";
import { done, films } from "./services.ts";
import { serve as serveAzure } from "./serving/azure.ts";
import { app as fastifyApp } from "./serving/fastify-plugin.ts";
import { handler as proxied } from "./serving/proxy.ts";
import { createShop, type Secrets } from "./serving/secrets.ts";
import { handler as streaming } from "./serving/streaming.ts";
import { stubServer } from "./stub-server.ts";

afterAll(cleanUp);
beforeEach(() => {
  done.length = 0;
});

const call = JSON.stringify({
  event: { name: "film/cut", data: { film: "long" } },
  events: [{ name: "film/cut", data: { film: "long" } }],
  steps: {},
  ctx: { run_id: "01JZZZZZZZZZZZZZZZZZZZZZZZ", attempt: 0, stack: { stack: [] } },
  version: 2,
});

/** The client of the quick start speaks to this server until the end of the test. */
function speakTo(url: string): void {
  stepwell.setEnvVars({ STEPWELL_DEV: url });
  onTestFinished(() => void stepwell.setEnvVars(process.env));
}

test("an app behind a proxy registers the address that the server can reach", async () => {
  const server = await stubServer(() => ({ body: { ok: true } }));
  speakTo(server.url);
  await proxied(new Request("http://10.0.0.7:3000/stepwell", { method: "PUT" }));
  expect(server.asked.map(({ body }) => JSON.parse(body).url)).toEqual([
    "https://shop.example.com/jobs/stepwell",
  ]);
});

test("a streamed answer begins before the step is done", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  films.underWay.set("long", promise);
  const server = createAdaptorServer({ fetch: streaming }).listen(0);
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const address = `http://localhost:${port}/api/stepwell?fnId=shop-render&stepId=step`;
  const response = await fetch(address, { method: "POST", body: call });
  expect(response.status).toBe(201);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe(" ");
  resolve();
  const { status, body } = JSON.parse((await reader?.read())?.value ?? "");
  expect([status, body]).toEqual([206, expect.stringContaining("render long")]);
});

test("Fastify's plugin", async () => {
  const { statusCode, body } = await fastifyApp.inject("http://localhost/jobs/stepwell");
  expect([statusCode, JSON.parse(body)]).toMatchObject([200, { function_count: 1 }]);
});

describe("a framework that has no adapter here", () => {
  const request = (method: string, query: Record<string, string> = {}, text = "") => ({
    method,
    url: "http://localhost:7071/api/stepwell",
    headers: new Headers({ host: "localhost:7071" }),
    query: new URLSearchParams(query),
    text: async () => text,
    json: async () => JSON.parse(text),
  });

  test("is told what the app is, and calls it", async () => {
    const handle = serveAzure({ client: stepwell, functions: [fulfil] });
    const { body } = await handle(request("GET"));
    expect(JSON.parse(String(body))).toMatchObject({ mode: "dev", function_count: 1 });
    const called = await handle(request("POST", { fnId: "shop-fulfil-order" }, call));
    expect(called).toMatchObject({
      status: 206,
      headers: { "x-inngest-framework": "azure-functions" },
      body: expect.stringContaining("charge-card"),
    });
  });

  test("streams", async () => {
    const handle = serveAzure({ client: stepwell, functions: [fulfil], streaming: "force" });
    const answer = await handle(request("POST", { fnId: "shop-fulfil-order" }, call));
    expect(answer.body).toBeInstanceOf(ReadableStream);
    expect(await new Response(answer.body).text()).toMatch(/^ .*charge-card/);
  });

  test("hands over the variables of its host", async () => {
    const handle = serveAzure({ client: stepwell, functions: [fulfil] });
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("NODE_ENV", "production");
    stepwell.setEnvVars({});
    const { status, body } = await handle(request("GET"));
    expect([status, JSON.parse(String(body))]).toMatchObject([
      500,
      { code: "signing_key_missing" },
    ]);
  });
});

describe("keys from a store of secrets", () => {
  const secrets = (stepwellUrl: string): Secrets => ({
    stepwellUrl,
    signingKey: "signkey-prod-fedcba9876543210fedcba9876543210",
    oldSigningKey: "signkey-prod-0123456789abcdef0123456789abcdef",
    accessToken: "let-me-in",
  });

  /** What stands before the server, and lets in who has the token. */
  async function accessProxy(port: number): Promise<string> {
    const proxy = await stubServer(async ({ method, path, headers, body }) => {
      if (headers["x-access-token"] !== "let-me-in") return { status: 403 };
      const { authorization = "" } = headers;
      const response = await fetch(`http://localhost:${port}${path}`, {
        method,
        headers: { authorization },
        ...(method === "POST" ? { body } : {}),
      });
      return { status: response.status, body: await response.text() };
    });
    return proxy.url;
  }

  test("while the server still has the old one, and through what stands before it", async () => {
    const [port, appPort] = await Promise.all([freePort(), freePort()]);
    const flags = ["start", "--port", String(port), "--db", `${newFolder()}/main.db`];
    const { oldSigningKey } = secrets("");
    const server = run([stepwellBin, ...flags], {
      env: {
        STEPWELL_SIGNING_KEY: oldSigningKey,
        STEPWELL_EVENT_KEY: "an-event-key-of-some-length",
      },
    });
    await server.printed(/server\.ready/);
    const origin = `http://localhost:${appPort}`;
    const shop = createShop(secrets(await accessProxy(port)), origin).listen(appPort);
    onTestFinished(() => void shop.close());
    const deployed = await fetch(`${origin}/api/stepwell`, { method: "PUT" });
    expect([deployed.status, await deployed.json()]).toMatchObject([200, { modified: true }]);

    const event = JSON.stringify({ name: "shop/order.paid", data: { order: "A-1" } });
    const sent = await fetch(`http://localhost:${port}/e/an-event-key-of-some-length`, {
      method: "POST",
      body: event,
    });
    expect(sent.status).toBe(200);
    await vi.waitFor(() => expect(done).toEqual(["pack A-1"]), { timeout: 10_000 });
    expect((await fetch(`${origin}/api/stepwell`)).status).toBe(401);
  });

  test("nothing is registered before the deploy says so", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const asked = vi.spyOn(globalThis, "fetch").mockResolvedValue(Response.json({ ok: true }));
    onTestFinished(() => asked.mockRestore());
    const origin = "https://shop.example.com";
    const aMinute = async () => {
      await vi.dynamicImportSettled();
      await vi.advanceTimersByTimeAsync(60_000);
    };
    createShop(secrets("https://stepwell.example.com"), origin);
    await aMinute();
    expect(asked).not.toHaveBeenCalled();
    serve({ client: stepwell, functions: [fulfil], serveOrigin: origin, servePath: "/" });
    await aMinute();
    expect(asked).toHaveBeenCalledOnce();
  });
});
