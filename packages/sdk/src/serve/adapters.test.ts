// Every framework's `serve`, behind the framework itself where it can be had, and called as the host would call it where not.

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { canonicalJson, signBody } from "@stepwell/protocol";
import express from "express";
import { fastify } from "fastify";
import { H3 } from "h3";
import { createApp as createH3App, eventHandler, toNodeListener } from "h3-v1";
import { Hono } from "hono";
import Koa from "koa";
import { describe, expect, onTestFinished, test } from "vitest";
import { callBody, key, production } from "../../test/served-app.ts";
import { Stepwell } from "../index.ts";
import * as astro from "./astro.ts";
import * as bun from "./bun.ts";
import * as cloudflare from "./cloudflare.ts";
import { InngestCommHandler } from "./comm-handler.ts";
import * as deno from "./deno.ts";
import * as digitalocean from "./digitalocean.ts";
import * as edge from "./edge.ts";
import * as expressAdapter from "./express.ts";
import * as fastifyAdapter from "./fastify.ts";
import * as h3Adapter from "./h3.ts";
import * as hono from "./hono.ts";
import * as koa from "./koa.ts";
import * as lambda from "./lambda.ts";
import * as next from "./next.ts";
import * as nitro from "./nitro.ts";
import * as node from "./node.ts";
import * as nuxt from "./nuxt.ts";
import * as redwood from "./redwood.ts";
import * as remix from "./remix.ts";
import type { ServeOptions } from "./serve-options.ts";
import * as sveltekit from "./sveltekit.ts";

const query = "fnId=app-f&stepId=step";
const expected = [{ op: "StepRun", name: "a", data: { n: 1, at: expect.any(Object) } }, { op: "RunComplete" }];

/** The function gives back what reached it. */
function serving(options: object = {}): ServeOptions {
  const client = new Stepwell({ id: "app", isDev: true, ...options });
  const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, ({ event, step }) =>
    step.run("a", () => ({ n: event.data.n, at: {} })),
  );
  return { client, functions: [fn], registersAtStart: false };
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that takes every event. */
async function startServer(): Promise<{ readonly url: string; readonly asked: (readonly [path: string, body: unknown])[] }> {
  const asked: [string, unknown][] = [];
  const url = await listen(async (request, response) => {
    let text = "";
    for await (const part of request) text += String(part);
    asked.push([request.url ?? "", JSON.parse(text)]);
    response.setHeader("content-type", "application/json").end(JSON.stringify({ ids: ["01X"], status: 200 }));
  });
  return { url, asked };
}

const nodeFrameworks: Readonly<Record<string, (options: ServeOptions) => RequestListener | Promise<RequestListener>>> = {
  node: (options) => node.serve(options),
  "node, a server of its own": (options) => node.createServer(options).listeners("request")[0] as RequestListener,
  express: (options) => express().use("/api/inngest", expressAdapter.serve(options)),
  "express, before a body parser": (options) => express().use("/api/inngest", expressAdapter.serve(options)).use(express.json()),
  "express, with a body parser": (options) =>
    express()
      .use(express.json({ limit: "20mb" }))
      .use("/api/inngest", expressAdapter.serve(options)),
  "express, with a parser of text": (options) =>
    express()
      .use(express.text({ type: "*/*" }))
      .use("/api/inngest", expressAdapter.serve(options)),
  "express, with a raw parser": (options) =>
    express()
      .use(express.raw({ type: "*/*" }))
      .use("/api/inngest", expressAdapter.serve(options)),
  async fastify(options) {
    const app = fastify();
    app.route({ method: ["GET", "POST", "PUT"], url: "/api/inngest", handler: fastifyAdapter.serve(options) });
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  async "fastify, as a plugin"(options) {
    const app = fastify();
    await app.register(
      fastifyAdapter.default as never,
      { client: options.client, functions: options.functions, options: { registersAtStart: false } } as never,
    );
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  koa: (options) => new Koa().use(koa.serve(options)).callback(),
  hono: (options) => getRequestListener(new Hono().on(["GET", "PUT", "POST"], "/api/inngest", hono.serve(options)).fetch),
  "h3, the first": (options) => toNodeListener(createH3App().use("/api/inngest", eventHandler(h3Adapter.serve(options)))),
  "h3, the second": (options) => getRequestListener((request) => new H3().all("/api/inngest", h3Adapter.serve(options)).fetch(request)),
  // As Next calls it: with a web request, and answers with what it returns.
  "next, the app router": (options) => {
    const { GET, POST, PUT } = next.serve(options);
    const methods: Readonly<Record<string, next.RouteHandler>> = { GET, POST, PUT };
    return getRequestListener(
      (request) => methods[request.method]?.(request, { params: Promise.resolve({}) }) ?? new Response(null, { status: 405 }),
    );
  },
  "next, the pages router": (options) => (request, response) => void next.serve(options)(request as never, response as never),
};

describe.each(Object.entries(nodeFrameworks))("%s", (_, framework) => {
  test("answers calls, questions and syncs", async () => {
    const base = await listen(await framework(serving()));
    const call = await fetch(`${base}/api/inngest?${query}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(callBody()),
    });
    expect([call.status, await call.json()]).toMatchObject([206, expected]);
    expect(call.headers.get("x-inngest-sdk")).toMatch(/^stepwell-js/);
    const question = await fetch(`${base}/api/inngest`);
    expect(await question.json()).toMatchObject({ function_count: 1 });
  });

  test("hands over the bytes that were signed, or what they mean", async () => {
    const base = await listen(await framework(serving(production)));
    const body = canonicalJson(callBody({ run_id: "ключ 🎈" }));
    const signature = await signBody(key, body, Math.floor(Date.now() / 1_000));
    const headers = { "content-type": "application/json", "x-inngest-signature": signature };
    const call = await fetch(`${base}/api/inngest?${query}`, { method: "POST", headers, body });
    expect(call.status).toBe(206);
    expect(call.headers.get("x-inngest-signature")).toMatch(/^t=\d+&s=/);
  });

  test("passes on events that are posted to its path; in production to whoever has the event key", async () => {
    const server = await startServer();
    const post = async (base: string, bearer?: string) => {
      const headers = { "content-type": "application/json", ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) };
      const response = await fetch(`${base}/api/inngest`, {
        method: "POST",
        headers,
        body: JSON.stringify({ name: "shop/paid", data: { n: 1 } }),
      });
      return { status: response.status, body: await response.json() };
    };
    const taken = { status: 200, body: { ids: ["01X"], status: 200 } };
    expect(await post(await listen(await framework(serving({ baseUrl: server.url }))))).toEqual(taken);
    const base = await listen(await framework(serving({ ...production, baseUrl: server.url })));
    const refused = {
      status: 401,
      body: { code: "event_key_invalid", message: expect.stringContaining("Authorization: Bearer <event key>") },
    };
    for (const bearer of [undefined, "wrong", key]) expect(await post(base, bearer)).toEqual(refused);
    expect(server.asked).toHaveLength(1);
    expect(await post(base, "event-key")).toEqual(taken);
    expect(server.asked).toEqual([
      ["/e/NO_EVENT_KEY_SET", [{ name: "shop/paid", data: { n: 1 } }]],
      ["/e/event-key", [{ name: "shop/paid", data: { n: 1 } }]],
    ]);
  });

  test("streams", async () => {
    const base = await listen(await framework({ ...serving(), streaming: true }));
    const call = await fetch(`${base}/api/inngest?${query}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(callBody()),
    });
    const text = await call.text();
    if (call.status === 201) expect(JSON.parse((JSON.parse(text) as { body: string }).body)).toMatchObject(expected);
    else expect([call.status, JSON.parse(text)]).toMatchObject([206, expected]);
  });
});

test.each(["express, before a body parser", "express, with a body parser", "fastify, as a plugin", "koa", "node"])(
  "%s takes a call with long results of steps",
  async (name) => {
    const base = await listen((await nodeFrameworks[name]?.(serving())) ?? expect.unreachable());
    const steps = { other: { type: "data", data: "x".repeat(3_000_000) } };
    const call = await fetch(`${base}/api/inngest?${query}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...callBody(), steps }),
    });
    expect([call.status, await call.json()]).toMatchObject([206, expected]);
  },
);

describe("events that are posted below the path", () => {
  const routed: Readonly<Record<string, (options: ServeOptions) => RequestListener>> = {
    node: (options) => node.serve(options),
    express: (options) => express().use("/api/inngest", expressAdapter.serve(options)),
    "hono, with a wildcard": (options) =>
      getRequestListener(new Hono().on(["GET", "PUT", "POST"], "/api/inngest/*", hono.serve(options)).fetch),
    "next, with a route for all paths below": (options) => getRequestListener((request) => next.serve(options).POST(request)),
  };

  test.each(Object.entries(routed))("%s", async (_, framework) => {
    const server = await startServer();
    const base = await listen(framework(serving({ ...production, baseUrl: server.url })));
    const send = (authorization: string) => {
      const body = JSON.stringify([{ name: "a" }, { name: "b", id: "one" }]);
      return fetch(`${base}/api/inngest/send`, { method: "POST", headers: { "content-type": "application/json", authorization }, body });
    };
    expect((await send("Bearer event-key")).status).toBe(200);
    expect((await send("")).status).toBe(401);
    expect(server.asked).toEqual([
      [
        "/e/event-key",
        [
          { name: "a", data: {} },
          { name: "b", data: {}, id: "one" },
        ],
      ],
    ]);
  });
});

const url = `https://app.test/api/inngest?${query}`;
const request = () => new Request(url, { method: "POST", body: JSON.stringify(callBody()) });
const asResponse = async (response: Response | undefined) => ({ status: response?.status, body: (await response?.json()) as unknown });

describe("hosts that hand over web requests", () => {
  const handlers: Readonly<Record<string, (options: ServeOptions) => Promise<Response | undefined>>> = {
    edge: (options) => edge.serve(options)(request()),
    bun: (options) => bun.serve(options)(request()),
    deno: (options) => deno.serve(options)(request()),
    "next, the app router": (options) => next.serve(options).POST(request()),
    "next, as one handler": (options) => next.serve(options)(request() as never, {} as never),
    remix: (options) => remix.serve(options)({ request: request() }),
    astro: (options) => astro.serve(options).POST({ request: request() }),
    sveltekit: (options) => sveltekit.serve(options).POST({ request: request() }),
    "cloudflare workers": (options) => cloudflare.serve(options)(request(), {}),
    "cloudflare pages": (options) => cloudflare.serve(options)({ request: request(), env: {} }),
    nuxt: (options) => nuxt.serve(options)({ req: request() }),
    nitro: (options) => nitro.serve(options)({ req: request() }),
    hono: (options) => hono.serve(options)({ req: { raw: request() } }),
  };

  test.each(Object.entries(handlers))("%s", async (_, handler) => {
    expect(await asResponse(await handler(serving()))).toMatchObject({ status: 206, body: expected });
  });

  test.each([
    ["cloudflare", (options: ServeOptions, env: object) => cloudflare.serve(options)(request(), env)],
    ["hono", (options: ServeOptions, env: object) => hono.serve(options)({ req: { raw: request() }, env })],
  ] as const)("%s takes its settings from the request", async (_, handler) => {
    const client = new Stepwell({ id: "app" });
    const options: ServeOptions = { client, functions: [] };
    const env = { STEPWELL_DEV: "0", STEPWELL_SIGNING_KEY: key, STEPWELL_BASE_URL: "https://server.test", BUCKET: {} };
    expect((await handler(options, env))?.status).toBe(401);
    expect(client.environment).toMatchObject({ mode: "production", signingKey: key });
  });
});

describe("hosts that hand over objects", () => {
  const body = JSON.stringify(callBody());
  const events = {
    "a function URL": {
      rawPath: "/api/inngest",
      rawQueryString: query,
      requestContext: { http: { method: "POST" }, domainName: "x.lambda-url.test" },
      headers: {},
      body: btoa(body),
      isBase64Encoded: true,
    },
    "the first API Gateway": {
      httpMethod: "POST",
      path: "/inngest",
      requestContext: { path: "/prod/inngest", stage: "prod" },
      queryStringParameters: { fnId: "app-f", stepId: "step" },
      headers: { Host: "x.test" },
      body,
    },
    "a load balancer": {
      httpMethod: "POST",
      path: "/inngest",
      queryStringParameters: { fnId: "app-f", stepId: "step" },
      headers: null,
      body,
    },
  };

  test.each(Object.entries(events))("lambda behind %s", async (_, event) => {
    for (const { serve } of [lambda, redwood]) {
      const result = await serve(serving())(event);
      expect([result.statusCode, JSON.parse(result.body)]).toMatchObject([206, expected]);
      expect(result.headers["content-type"]).toBe("application/json");
    }
  });

  test("digitalocean", async () => {
    const handler = digitalocean.serve({ ...serving(), serveOrigin: "https://do.test" });
    const result = await handler({ http: { method: "POST", path: "/fn", headers: {} }, fnId: "app-f", stepId: "step", ...callBody() });
    expect([result.statusCode, JSON.parse(result.body)]).toMatchObject([206, expected]);
  });

  test("whatever says how it reads and answers", async () => {
    const { client, functions } = serving();
    const handler = new InngestCommHandler({
      frameworkName: "own",
      client,
      functions,
      handler: (given: { readonly path: string; readonly text: string }) => ({
        method: () => "POST",
        url: () => new URL(given.path, "https://own.test"),
        headers: () => undefined,
        body: () => given.text,
        transformResponse: ({ status, body: text, headers }) => ({ code: status, text, sdk: headers["x-inngest-framework"] }),
      }),
    }).createHandler();
    const answer = await handler({ path: `/x?${query}`, text: body });
    expect([answer.code, JSON.parse(answer.text), answer.sdk]).toMatchObject([206, expected, "own"]);
  });
});

test("middleware sees what the framework called its handler with", async () => {
  const seen: unknown[] = [];
  const options = serving({
    middleware: [
      class {
        async wrapRequest({
          next: go,
          requestArgs,
          requestInfo,
        }: {
          readonly next: () => Promise<unknown>;
          readonly requestArgs: readonly unknown[];
          readonly requestInfo: { readonly method: string; readonly url: URL };
        }) {
          seen.push(requestArgs, requestInfo.method, requestInfo.url.searchParams.get("fnId"));
          return { ...((await go()) as object), status: 299 };
        }
      },
    ],
  });
  const event = { request: request() };
  expect((await astro.serve(options).POST(event)).status).toBe(299);
  expect(seen).toEqual([[event], "POST", "app-f"]);
});
