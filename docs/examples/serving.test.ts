import { createServer, type RequestListener } from "node:http";
import { afterAll, expect, onTestFinished, test } from "vitest";
import * as astro from "./serving/astro.ts";
import bun from "./serving/bun.ts";
import cloudflare from "./serving/cloudflare.ts";
import deno from "./serving/deno.ts";
import { main } from "./serving/digitalocean.ts";
import { handler } from "./serving/edge.ts";
import { app as expressApp } from "./serving/express.ts";
import { app as fastifyApp } from "./serving/fastify.ts";
import { app as h3App } from "./serving/h3.ts";
import { app } from "./serving/hono.ts";
import { app as koaApp } from "./serving/koa.ts";
import { handler as lambda } from "./serving/lambda.ts";
import nextPage from "./serving/next-page.ts";
import { GET, POST, PUT } from "./serving/next-route.ts";
import nitro from "./serving/nitro.ts";
import { server } from "./serving/node.ts";
import nuxt from "./serving/nuxt.ts";
import { handler as redwood } from "./serving/redwood.ts";
import { action, loader } from "./serving/remix.ts";
import * as sveltekit from "./serving/sveltekit.ts";

afterAll(() => void server.close());

const url = "http://localhost:3000/api/stepwell";
const told = { mode: "dev", function_count: 1 };

test("Next.js", async () => {
  const response = await GET(new Request(url));
  expect(await response.json()).toMatchObject(told);
  expect([POST, PUT]).toEqual([GET, GET]);
  for (const route of [sveltekit, astro])
    expect([route.POST, route.PUT]).toEqual([route.GET, route.GET]);
});

test("Hono", async () => {
  const response = await app.request(url);
  expect(await response.json()).toMatchObject(told);
});

const ask = () => new Request(url);

test.each<[string, () => unknown]>([
  ["Bun", () => bun.fetch(ask())],
  ["Deno", () => deno.fetch(ask())],
  ["Cloudflare", () => cloudflare.fetch(ask(), {})],
  ["Remix", () => loader({ request: ask() })],
  ["SvelteKit", () => sveltekit.GET({ request: ask() })],
  ["Astro", () => astro.GET({ request: ask() })],
  ["Nuxt", () => nuxt({ req: ask() } as never)],
  ["Nitro", () => nitro({ req: ask() } as never)],
  ["H3", () => h3App.fetch(ask())],
])("%s", async (_, answer) => {
  const response = (await answer()) as Response;
  expect(await response.json()).toMatchObject(told);
  expect(action).toBe(loader);
});

test.each<[string, () => Promise<RequestListener>]>([
  ["Express", async () => expressApp],
  ["Koa", async () => koaApp.callback()],
  [
    "Next.js, the pages router",
    async () => (request, response) => void nextPage(request as never, response as never),
  ],
  [
    "Fastify",
    async () => {
      await fastifyApp.ready();
      return (request, response) => fastifyApp.routing(request, response);
    },
  ],
])("%s", async (_, listener) => {
  const http = createServer(await listener()).listen(0);
  onTestFinished(() => void http.close());
  await new Promise((resolve) => http.once("listening", resolve));
  const address = http.address();
  const response = await fetch(
    `http://localhost:${typeof address === "object" && address !== null ? address.port : 0}/api/stepwell`,
  );
  expect(await response.json()).toMatchObject(told);
});

test.each([
  ["AWS Lambda", lambda],
  ["RedwoodJS", redwood],
])("%s", async (_, call) => {
  const headers = { host: "localhost:3000", "x-forwarded-proto": "http" };
  const { statusCode, body } = await call({ httpMethod: "GET", path: "/api/stepwell", headers });
  expect([statusCode, JSON.parse(body)]).toMatchObject([200, told]);
});

test("DigitalOcean, whose functions are not on this machine, is refused in inferred dev mode", async () => {
  const { statusCode, body } = await main({ http: { method: "GET", path: "/fn", headers: {} } });
  expect([statusCode, JSON.parse(body)]).toMatchObject([403, { code: "host_not_allowed" }]);
});

test("Node", async () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const response = await fetch(`http://localhost:${port}/`);
  expect(await response.json()).toMatchObject(told);
});

test("anything with Request and Response, and who is answered in inferred dev mode", async () => {
  expect(await (await handler(new Request(url))).json()).toMatchObject(told);
  const foreign = await handler(new Request("https://shop.example.com/api/stepwell"));
  expect(foreign.status).toBe(403);
  expect(await foreign.json()).toMatchObject({ code: "host_not_allowed" });
});
