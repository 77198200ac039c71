// Looking for apps on ports where others listen too.

import { createServer, type RequestListener } from "node:http";
import type { Engine } from "@stepwell/engine";
import { expect, onTestFinished, test } from "vitest";
import { AppWatcher } from "../src/discovery/app-watcher.ts";
import { discoveryPaths, findApps } from "../src/discovery/find-apps.ts";

async function listen(answer: RequestListener): Promise<{ readonly port: number; readonly paths: readonly string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, paths };
}

const sdk = { "x-inngest-sdk": "js:v4.0.0" };

async function find(...ports: readonly number[]): Promise<readonly string[]> {
  const found: string[] = [];
  await findApps({ ports, onFound: (url) => found.push(url) });
  return found;
}

test("each path is asked until one is an app's", async () => {
  const app = await listen((request, response) => response.writeHead(200, request.url === "/x/inngest" ? sdk : {}).end("{}"));
  const other = await listen((_, response) => response.end("<html>"));
  expect(await find(app.port, other.port)).toEqual([`http://localhost:${app.port}/x/inngest`]);
  expect(app.paths).toEqual(["/api/inngest", "/x/inngest"]);
  expect(other.paths).toEqual(discoveryPaths);
});

test("a port that does not answer is left after one path, and so is one whose answer never ends", async () => {
  const hanging = await listen(() => undefined);
  const endless = await listen((_, response) => void response.writeHead(200).write("event: ping"));
  expect(await find(hanging.port, endless.port)).toEqual([]);
  expect([hanging.paths, endless.paths]).toEqual([["/api/inngest"], ["/api/inngest"]]);
});

test("an app is one by its header, even when its answer never ends", async () => {
  const app = await listen((_, response) => void response.writeHead(200, sdk).write("{"));
  expect(await find(app.port)).toEqual([`http://localhost:${app.port}/api/inngest`]);
});

test("an app is synced while another port still hangs", async () => {
  const happened: string[] = [];
  const hanging = await listen((request) => request.once("close", () => happened.push("given up")));
  const app = await listen((_, response) => response.writeHead(200, sdk).end("{}"));
  const url = `http://localhost:${app.port}/api/inngest`;
  const synced = Promise.withResolvers<void>();
  const watcher = new AppWatcher({
    engine: { apps: () => [], setAppError: () => Promise.resolve() } as unknown as Engine,
    syncer: {
      // Other programs of this machine may listen on the usual ports.
      sync(address) {
        if (address === url) {
          happened.push("synced");
          synced.resolve();
        }
        return Promise.resolve({ kind: "synced" });
      },
      register: () => Promise.reject(new Error("nobody registers")),
      rivals: () => [],
      rivalUrls: () => [],
      forget: () => undefined,
      refused: () => undefined,
      failures: () => [],
      lastRegisteredAt: () => undefined,
    },
    urls: [],
    discovers: true,
    extraPorts: [hanging.port, app.port],
    ownPort: 0,
    pollMs: 0,
  });
  onTestFinished(() => watcher.stop());
  watcher.start();
  await synced.promise;
  await expect.poll(() => hanging.paths.length).toBeGreaterThan(0);
  expect(happened[0]).toBe("synced");
});
