// What is said of an app that was asked to register and did not.

import { createServer, type ServerResponse } from "node:http";
import type { Engine } from "@stepwell/engine";
import { expect, onTestFinished, test } from "vitest";
import { type AppSyncer, appSyncer } from "../src/discovery/sync-url.ts";
import { KeyRing } from "../src/keys/key-ring.ts";

interface Setup {
  readonly syncer: AppSyncer;
  readonly url: string;
}

/** An app that answers the PUT so; the server around the syncer knows no app and has this address. */
async function setup(answer: (response: ServerResponse, syncer: AppSyncer) => void, mode: "dev" | "start", ownUrl: string): Promise<Setup> {
  const app = createServer((_, response) => answer(response, syncer));
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void app.close());
  const address = app.address();
  const settings = {
    mode,
    version: "0",
    keys: new KeyRing({ given: { signingKeys: [], eventKeys: [] }, wallNow: Date.now }),
    allowHosts: [],
    storeKind: "sqlite",
    discovery: false,
  };
  const engine = { apps: () => [], setAppError: () => Promise.resolve() } as unknown as Engine;
  const syncer = appSyncer({ engine, settings, wallNow: Date.now, ownUrl: () => ownUrl });
  return { syncer, url: `http://localhost:${typeof address === "object" && address !== null ? address.port : 0}/api/inngest` };
}

const says = (status: number) => (response: ServerResponse) => void response.writeHead(status).end("{}");
const usual = "http://localhost:8288";
const other = "http://localhost:9000";

test.for([
  ["dev on the usual port: the app's own log", "dev", usual, 500, /its own log says why$/],
  ["dev on another port: the variable", "dev", other, 500, /when it is started with INNGEST_DEV=http:\/\/localhost:9000$/],
  ["start: the variables of a server with keys", "start", usual, 500, /INNGEST_BASE_URL .*INNGEST_SIGNING_KEY$/],
  ["an app that registered with somebody else", "dev", other, 200, /registered elsewhere.*INNGEST_DEV=http:\/\/localhost:9000$/],
  ["no handler", "dev", usual, 404, /check the path/],
  ["an app that has another key", "start", usual, 401, /its signing key is not the server's$/],
] as const)("%s", async ([, mode, ownUrl, status, message]) => {
  const { syncer, url } = await setup(says(status), mode, ownUrl);
  expect(await syncer.sync(url)).toEqual({ kind: "failed", message: expect.stringMatching(message) });
  expect(syncer.failures()).toEqual([{ url, message: expect.stringMatching(message), triedAt: expect.any(Number) }]);
});

test("a registration that was refused while the app was asked is the reason, not what the app made of it", async () => {
  const { syncer, url } = await setup(
    (response, each) => {
      each.refused("another key");
      response.writeHead(500).end();
    },
    "start",
    usual,
  );
  expect(await syncer.sync(url)).toEqual({ kind: "failed", message: "another key" });
});

test("another app's refusal is not this one's", async () => {
  const { syncer, url } = await setup(
    (response, each) => {
      each.refused("no functions", "http://localhost:1/api/inngest");
      response.writeHead(404).end();
    },
    "dev",
    usual,
  );
  expect(await syncer.sync(url)).toEqual({ kind: "failed", message: expect.stringMatching(/check the path/) });
});

test("an app that registers is no failure any more, under whatever name its address has", async () => {
  let isRight = false;
  const { syncer, url } = await setup(
    (response, each) => {
      if (isRight) each.registered(url.replace("localhost", "127.0.0.1"));
      response.writeHead(isRight ? 200 : 500).end();
    },
    "dev",
    usual,
  );
  await syncer.sync(url);
  expect(syncer.failures()).toHaveLength(1);
  isRight = true;
  expect(await syncer.sync(url)).toEqual({ kind: "synced" });
  expect(syncer.failures()).toEqual([]);
});

test("of addresses that fail so many are remembered, the latest", async () => {
  const { syncer, url } = await setup(says(404), "dev", usual);
  for (let n = 0; n <= 100; n += 1) await syncer.sync(`${url}/${n}`);
  const urls = syncer.failures().map((failure) => failure.url);
  expect([urls.length, urls[0], urls.at(-1)]).toEqual([100, `${url}/1`, `${url}/100`]);
});
