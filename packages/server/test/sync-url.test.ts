// What is said of an app that was asked to register and did not.

import { createServer, type ServerResponse } from "node:http";
import type { Engine } from "@stepwell/engine";
import type { RegisterRequest } from "@stepwell/protocol";
import { expect, onTestFinished, test } from "vitest";
import { type AppSyncer, appSyncer } from "../src/discovery/sync-url.ts";
import { KeyRing } from "../src/keys/key-ring.ts";

interface Setup {
  readonly syncer: AppSyncer;
  readonly url: string;
}

/** An app that answers the PUT so; the server around the syncer knows no app and has this address. */
async function setup(answer: AppAnswer, mode: "dev" | "start", ownUrl: string): Promise<Setup> {
  const app = createServer((request, response) => {
    const syncId = new URL(request.url ?? "", "http://localhost").searchParams.get("deployId") ?? "";
    void answer(response, syncer, syncId);
  });
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
  const engine = {
    apps: () => [],
    setAppError: () => Promise.resolve(),
    syncApp: () => Promise.resolve({ kind: "synced", modified: true, warnings: [] }),
  } as unknown as Engine;
  const syncer = appSyncer({ engine, settings, wallNow: Date.now, ownUrl: () => ownUrl });
  return { syncer, url: `http://localhost:${typeof address === "object" && address !== null ? address.port : 0}/api/inngest` };
}

type AppAnswer = (response: ServerResponse, syncer: AppSyncer, syncId: string) => unknown;

function requestOf(url: string): RegisterRequest {
  return { appName: "shop", url, sdk: "js:v4", deployType: "ping", functions: [], checksumText: "" };
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

const wasAsked = { wasAsked: true } as const;
const another = "http://localhost:1/api/inngest";

test.for([
  ["repeats the id of the sync", (syncId: string) => ({ ...wasAsked, syncId, url: undefined }), "another key"],
  ["says nothing of it, and is the only one that was asked", () => ({ ...wasAsked, syncId: undefined, url: undefined }), "another key"],
  ["was asked by somebody else", () => ({ ...wasAsked, syncId: "another", url: undefined }), /check the path/],
  ["registers by itself", () => ({ wasAsked: false, syncId: undefined, url: undefined }), /check the path/],
] as const)("a registration that is refused meanwhile and %s", async ([, answers, message]) => {
  const { syncer, url } = await setup(
    (response, each, syncId) => {
      each.refused("another key", answers(syncId));
      response.writeHead(404).end();
    },
    "dev",
    usual,
  );
  expect(await syncer.sync(url)).toMatchObject({ kind: "failed", message: expect.stringMatching(message) });
});

test("an app that does not say which sync it answers is known by its address alone", async () => {
  const both = Promise.withResolvers<void>();
  const first = await setup(
    async (response) => {
      await both.promise;
      response.writeHead(200).end();
    },
    "dev",
    usual,
  );
  const { syncer } = first;
  const second = await setup(
    async (response) => {
      await syncer.register(requestOf(another), { ...wasAsked, syncId: undefined, url: another });
      await syncer.register(requestOf(second.url), { ...wasAsked, syncId: undefined, url: second.url });
      both.resolve();
      response.writeHead(200).end();
    },
    "dev",
    usual,
  );
  const [one, other] = await Promise.all([syncer.sync(first.url), syncer.sync(second.url)]);
  expect(one).toMatchObject({ kind: "failed", message: expect.stringMatching(/registered elsewhere/) });
  expect(other).toEqual({ kind: "synced" });
});

test("an app that registers under another address than it was asked at has answered, when it says so", async () => {
  const { syncer, url } = await setup(
    async (response, each, syncId) => {
      await each.register(requestOf(another), { ...wasAsked, syncId, url: another });
      response.writeHead(200).end();
    },
    "dev",
    usual,
  );
  expect(await syncer.sync(url)).toEqual({ kind: "synced" });
  expect(syncer.failures()).toEqual([]);
});

test("an app that registers is no failure any more, under whatever name its address has", async () => {
  let isRight = false;
  const { syncer, url } = await setup(
    async (response, each, syncId) => {
      const address = url.replace("localhost", "127.0.0.1");
      if (isRight) await each.register(requestOf(address), { ...wasAsked, syncId, url: address });
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
