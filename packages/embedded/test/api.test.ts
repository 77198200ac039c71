import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createApi, createNodeApi } from "../api/index.ts";
import { createEngine } from "../src/index.ts";
import { app, bench } from "./bench.ts";

const client = app();
const order = client.createFunction({ id: "order" }, { event: "order" }, ({ step }) => step.run("charge", () => "done"));

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used.
  readonly body: any;
}

async function mounted(basePath = "/stepwell") {
  const { engine, run } = await bench([order]);
  const mistakes: unknown[] = [];
  const api = createApi(engine, { basePath, onError: (error) => mistakes.push(error) });
  const ask = async (method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await api(new Request(`https://app.example.com${basePath}${path}`, { method, ...init }));
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  };
  return { engine, run, api, ask, mistakes };
}

describe("the API, mounted", () => {
  test("reads runs, sends events, and acts, without keys and under any name", async () => {
    const { ask, run, engine, mistakes } = await mounted();
    const [ended] = await run("order");
    const { body: list } = await ask("GET", "/api/v1/runs");
    expect(list.data).toMatchObject([{ id: ended?.id, status: "completed", function: { slug: "shop-order" } }]);
    expect((await ask("GET", `/api/v1/runs/${ended?.id}/trace`)).body.spans ?? []).toBeDefined();
    const { status, body } = await ask("POST", "/e/anything", { body: JSON.stringify({ name: "order" }) });
    expect([status, body.ids.length]).toEqual([200, 1]);
    const [sent] = await engine.runs.list({ eventId: body.ids[0] });
    expect(await engine.result(sent?.id ?? "")).toMatchObject({ output: "done" });
    expect((await ask("POST", `/api/v1/runs/${ended?.id}/cancel`)).status).toBe(409);
    expect((await ask("GET", "/v1/events")).status).toBe(200);
    expect((await ask("GET", "/health")).status).toBe(200);
    expect((await ask("GET", "/api/v1/server")).body.auth).toEqual({ required: false, methods: [] });
    expect((await ask("GET", "/metrics")).body).toMatch(/stepwell_run_duration_seconds_count\{status="completed"\} 2/);
    expect(mistakes).toEqual([]);
  });

  test.each([
    ["POST", "/fn/register"],
    ["GET", "/api/v1/keys"],
    ["POST", "/api/v1/keys"],
    ["POST", "/api/v1/sign-in"],
    ["POST", "/v1/checkpoint/01ARZ3NDEKTSV4RRFFQ69G5FAV/async"],
    ["GET", "/v0/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/batch"],
    ["GET", "/dev"],
  ])("has no %s %s: nothing outside of the process is an app of this engine", async (method, path) => {
    const { ask } = await mounted();
    expect((await ask(method, path, method === "POST" ? { body: "{}" } : {})).status).toBe(404);
  });

  test("refuses what a page of another site asks for in the name of who is signed in", async () => {
    const { ask } = await mounted();
    const headers = { "sec-fetch-site": "cross-site" };
    expect(await ask("POST", "/e/x", { body: JSON.stringify({ name: "order" }), headers })).toMatchObject({ status: 403 });
    expect(
      (await ask("POST", "/e/x", { body: JSON.stringify({ name: "order" }), headers: { "sec-fetch-site": "same-origin" } })).status,
    ).toBe(200);
    expect((await ask("GET", "/api/v1/runs", { headers })).status).toBe(200);
  });

  test("refuses such a page also where the browser says only where it comes from", async () => {
    const { ask } = await mounted();
    const send = (headers: Record<string, string>) => ask("POST", "/e/x", { body: JSON.stringify({ name: "order" }), headers });
    expect(await send({ origin: "http://evil.example", host: "app.intranet" })).toMatchObject({ status: 403 });
    expect((await send({ origin: "null", host: "app.intranet" })).status).toBe(403);
    expect((await send({ origin: "http://app.intranet", host: "app.intranet" })).status).toBe(200);
    expect((await send({ origin: "http://app.intranet", host: "127.0.0.1:3000", "x-forwarded-host": "app.intranet" })).status).toBe(200);
    expect((await send({ host: "app.intranet" })).status).toBe(200);
  });

  test("is made again by a hot reload, and the engine is heard once for all of them", async () => {
    const { engine, run, ask } = await mounted();
    await run("order");
    // What a reload makes: another handle on the engine of the file, and the API of it.
    const reloaded = await createEngine({ functions: [order], store: engine.file });
    const listens = [vi.spyOn(engine, "observe"), vi.spyOn(reloaded, "observe")];
    const others = [engine, engine, reloaded, reloaded].map((each) => createApi(each));
    expect(listens.map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
    await run("order");
    const counted = /stepwell_run_duration_seconds_count\{status="completed"\} 2/;
    expect((await ask("GET", "/metrics")).body).toMatch(counted);
    for (const api of others) expect(await (await api(new Request("http://localhost/metrics"))).text()).toMatch(counted);
    await reloaded.stop();
  });

  test("says that the engine was stopped, and takes a path without its slash", async () => {
    const { ask, api, engine } = await mounted("stepwell");
    const answer = await api(new Request("https://app.example.com/stepwell/api/v1/runs"));
    expect(answer.status).toBe(200);
    await engine.stop();
    expect(engine.isStopped).toBe(true);
    expect(await ask("GET", "/api/v1/runs")).toMatchObject({ status: 503, body: { code: "engine_stopped" } });
  });

  test.each([false, true])("is mounted where requests are Node's, behind a body parser: %s", async (isParsed) => {
    const { engine } = await bench([order]);
    const api = createNodeApi(engine, { basePath: "/stepwell" });
    const server = createServer((request, response) => {
      if (!isParsed) return void api(request, response);
      // As Express and its body parser leave it: the router took its part of the path off, and the body was read.
      void json(request).then(
        (body) => api(Object.assign(request, { body, originalUrl: request.url, url: "/" }), response),
        () => api(request, response),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stepwell`;
    const sent = await fetch(`${base}/e/x`, { method: "POST", body: JSON.stringify({ name: "order" }) });
    expect([sent.status, ((await sent.json()) as { ids: string[] }).ids.length]).toEqual([200, 1]);
    expect((await fetch(`${base}/api/v1/runs`)).status).toBe(200);
  });

  test("on Node's own server outlives what is no request of the web, and what breaks off", async () => {
    const { engine } = await bench([order]);
    const api = createNodeApi(engine, { basePath: "/stepwell" });
    const rejected: unknown[] = [];
    const answered: Promise<unknown>[] = [];
    const server = createServer((request, response) => {
      answered.push(api(request, response).catch((error: unknown) => rejected.push(error)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const traced = connect(port, "127.0.0.1", () => traced.write("TRACE /stepwell/health HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    expect(String((await once(traced, "data"))[0])).toMatch(/^HTTP\/1.1 500/);
    const broken = connect(port, "127.0.0.1", () => {
      broken.write("POST /stepwell/e/x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{", () => broken.destroy());
    });
    await once(broken, "close");
    traced.destroy();
    expect((await fetch(`http://127.0.0.1:${port}/stepwell/health`)).status).toBe(200);
    await vi.waitFor(() => expect(answered).toHaveLength(3));
    await Promise.all(answered);
    expect(rejected).toEqual([]);
  });

  test("is where it was mounted, behind the server's own auth", async () => {
    const { api } = await mounted("/admin/stepwell/");
    const server = createServer((request, response) => {
      if (request.headers.authorization !== "Bearer mine") return void response.writeHead(401).end();
      const { method = "GET", url = "/", headers } = request;
      const body = method === "GET" ? undefined : (Readable.toWeb(request) as ReadableStream);
      const init = { method, headers: headers as Record<string, string>, ...(body === undefined ? {} : { body, duplex: "half" as const }) };
      void api(new Request(`http://localhost${url}`, init)).then(async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/stepwell`;
    expect((await fetch(`${base}/api/v1/runs`)).status).toBe(401);
    const headers = { authorization: "Bearer mine" };
    expect((await fetch(`${base}/api/v1/runs`, { headers })).status).toBe(200);
    const sent = await fetch(`${base}/e/x`, { method: "POST", headers, body: JSON.stringify([{ name: "order" }, { name: "other" }]) });
    expect(((await sent.json()) as { ids: string[] }).ids).toHaveLength(2);
    expect((await fetch(`${base}-else/api/v1/runs`, { headers })).status).toBe(404);
  });
});
