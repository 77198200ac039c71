import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Stepwell } from "../client/stepwell.ts";
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

/** An app that is served at a path, and what registers with its server; `told` is the first thing that is heard. */
async function startApp(path: string, settings: { readonly servePath?: string } = {}) {
  const urls: string[] = [];
  const lines: string[] = [];
  const first = Promise.withResolvers<string>();
  const server = await listen(async (request, response) => {
    urls.push((JSON.parse(await textOf(request)) as { url: string }).url);
    response.setHeader("content-type", "application/json").end(JSON.stringify({ ok: true, modified: true }));
    first.resolve("registered");
  });
  let handler: RequestListener | undefined;
  const asked: string[] = [];
  const app = await listen((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === path) return handler?.(request, response);
    response.statusCode = 404;
    response.end();
    first.resolve("looked for");
  });
  const fetched: Promise<Response>[] = [];
  const line = (text: unknown): number => lines.push(String(text));
  const client = new Stepwell({
    id: "shop",
    isDev: true,
    baseUrl: server,
    fetch: (...args: Parameters<typeof fetch>) => {
      const response = fetch(...args);
      fetched.push(response);
      return response;
    },
    logger: { info: line, warn: line, error: line, debug: line },
  });
  handler = serve({ client, functions: [], serveOrigin: app, ...settings });
  return { app, urls, asked, fetched, told: first.promise };
}

test("an app that knows its origin and its path registers itself", async () => {
  const { app, urls, asked, told } = await startApp("/fns", { servePath: "/fns" });
  expect(await told).toBe("registered");
  expect(urls).toEqual([`${app}/fns`]);
  expect(asked).toEqual([]);
});

test("an app that knows its origin alone registers itself where it finds that it is at the usual path", async () => {
  const { app, urls, asked, told } = await startApp("/api/inngest");
  expect(await told).toBe("registered");
  expect(urls).toEqual([`${app}/api/inngest`]);
  expect(asked).toEqual(["/api/inngest"]);
});

test("an app that is at another path registers no address at which it is not", async () => {
  const { urls, asked, fetched, told } = await startApp("/elsewhere");
  expect(await told).toBe("looked for");
  expect(asked).toEqual(["/api/inngest"]);
  await Promise.all(fetched);
  await new Promise(setImmediate);
  expect(fetched).toHaveLength(1);
  expect(urls).toEqual([]);
});
