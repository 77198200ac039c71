import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { signBody } from "@stepwell/protocol";
import { fastify } from "fastify";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { Stepwell } from "../client/stepwell.ts";
import { fastifyPlugin } from "./fastify.ts";
import { serve } from "./node.ts";

const open: Server[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += String(part);
  return text;
}

interface Settings {
  readonly servePath?: string;
  readonly isDev?: boolean;
  /** What else is on the app's origin, by path. */
  readonly others?: Readonly<Record<string, RequestListener>>;
}

const key = "signkey-test-00112233";

/** An app that is served at a path, and what registers with its server; `told` is the first thing that is heard. */
async function startApp(path: string, { servePath, isDev = true, others = {} }: Settings = {}) {
  const urls: string[] = [];
  const lines: string[] = [];
  const registered = Promise.withResolvers<void>();
  const server = await listen(async (request, response) => {
    urls.push((JSON.parse(await textOf(request)) as { url: string }).url);
    response.setHeader("content-type", "application/json").end(JSON.stringify({ ok: true, modified: true }));
    registered.resolve();
  });
  let handler: RequestListener | undefined;
  const asked: string[] = [];
  const lookedFor = Promise.withResolvers<void>();
  const app = await listen((request, response) => {
    asked.push(request.url ?? "");
    const other = others[request.url ?? ""] ?? (request.url === path ? handler : undefined);
    if (other !== undefined) return other(request, response);
    response.statusCode = 404;
    response.end();
    if (request.url === "/api/inngest") lookedFor.resolve();
  });
  const fetched: Promise<unknown>[] = [];
  const line = (text: unknown): number => lines.push(String(text));
  const client = new Stepwell({
    id: "shop",
    isDev,
    ...(isDev ? {} : { signingKey: key, eventKey: "k" }),
    baseUrl: server,
    fetch: (...args: Parameters<typeof fetch>) => {
      const response = fetch(...args);
      fetched.push(
        response.then(
          (each) => each.clone().text(),
          () => undefined,
        ),
      );
      return response;
    },
    logger: { info: line, warn: line, error: line, debug: line },
  });
  handler = serve({ client, functions: [], serveOrigin: app, ...(servePath === undefined ? {} : { servePath }) });
  /** All that was asked has been answered, and what follows from it has begun. */
  const settled = async (): Promise<void> => {
    for (let count = -1; count !== fetched.length; ) {
      count = fetched.length;
      await Promise.all(fetched);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { app, urls, asked, settled, registered: registered.promise, lookedFor: lookedFor.promise };
}

test("an app that knows its origin and its path registers itself", async () => {
  const { app, urls, asked, registered } = await startApp("/fns", { servePath: "/fns" });
  await registered;
  expect(urls).toEqual([`${app}/fns`]);
  expect(asked).toEqual([]);
});

test.each([
  ["/api/stepwell", true, ["/api/stepwell"]],
  ["/api/inngest", true, ["/api/stepwell", "/api/inngest"]],
  ["/api/stepwell", false, ["/api/stepwell"]],
])("an app that knows its origin alone finds that it is at %s (in dev: %s)", async (path, isDev, looked) => {
  const { app, urls, asked, registered } = await startApp(path, { isDev });
  await registered;
  expect(urls).toEqual([`${app}${path}`]);
  expect(asked).toEqual(looked);
});

test("an app that is at another path registers no address at which it is not, and its own with the first request", async () => {
  const { app, urls, asked, settled, lookedFor, registered } = await startApp("/elsewhere");
  await lookedFor;
  await settled();
  expect(asked).toEqual(["/api/stepwell", "/api/inngest"]);
  expect(urls).toEqual([]);
  await fetch(`${app}/elsewhere`);
  await registered;
  expect(urls).toEqual([`${app}/elsewhere`]);
  await fetch(`${app}/elsewhere`);
  await settled();
  expect(urls).toHaveLength(1);
});

test("another app at a usual path is told from it", async () => {
  const other = new Stepwell({ id: "other", isDev: true, baseUrl: "http://127.0.0.1:9" });
  const others = { "/api/stepwell": serve({ client: other, functions: [], registersAtStart: false }) };
  const { app, urls, registered } = await startApp("/api/inngest", { others });
  await registered;
  expect(urls).toEqual([`${app}/api/inngest`]);
});

test("a request that nobody has signed tells no path in production", async () => {
  const { app, urls, settled, lookedFor, registered } = await startApp("/elsewhere", { isDev: false });
  await lookedFor;
  expect((await fetch(`${app}/elsewhere`)).status).toBe(401);
  await settled();
  expect(urls).toEqual([]);
  const signature = await signBody(key, "", Math.floor(Date.now() / 1_000));
  await fetch(`${app}/elsewhere`, { headers: { "x-inngest-signature": signature } });
  await registered;
  expect(urls).toEqual([`${app}/elsewhere`]);
});

test("a sync that somebody asked for is registration enough", async () => {
  const { app, urls, settled } = await startApp("/elsewhere");
  await fetch(`${app}/elsewhere`, { method: "PUT" });
  await fetch(`${app}/elsewhere`);
  await settled();
  expect(urls).toEqual([`${app}/elsewhere`]);
});

test("Fastify's plugin knows its path, with the prefix it was registered under", async () => {
  const registered = Promise.withResolvers<string>();
  const server = await listen(async (request, response) => {
    registered.resolve((JSON.parse(await textOf(request)) as { url: string }).url);
    response.setHeader("content-type", "application/json").end(JSON.stringify({ ok: true }));
  });
  const client = new Stepwell({ id: "shop", isDev: true, baseUrl: server });
  const app = fastify();
  onTestFinished(() => app.close());
  const options = { client, functions: [], options: { serveOrigin: "http://shop.test" } };
  await app.register(async (part) => void (await part.register(fastifyPlugin as never, options as never)), { prefix: "/v1" });
  await app.ready();
  expect(await registered.promise).toBe("http://shop.test/v1/api/inngest");
});
