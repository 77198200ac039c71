import type { lookup } from "node:dns";
import { createServer, type RequestListener } from "node:http";
import type { Call } from "@stepwell/engine";
import { asJson, type JsonText } from "@stepwell/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { type AddressGuard, addressGuard } from "./address-guard.ts";
import { httpTransport } from "./http-transport.ts";

/** A call of a function at an address, with an event of that data. */
function callOf(url: string, data: JsonText = asJson({})): Call {
  const event = { id: "01J00000000000000000000000", name: "a", ts: 0, data };
  return {
    target: { slug: "app-f", uuid: "00000000-0000-5000-8000-000000000000", url, appName: "app", sdk: "js:v4" },
    runId: "01J00000000000000000000001",
    itemId: "01J00000000000000000000001",
    generation: 1,
    requestId: "01J00000000000000000000002",
    attempt: 0,
    maxAttempts: 1,
    version: -1,
    plan: false,
    events: [event],
    memos: new Map(),
  } as unknown as Call;
}

test("a call that cannot be signed is its own failure, and is not tried again", async () => {
  const transport = httpTransport({ signingKey: "00ff", wallNow: () => 0 });
  const levels = 100_000; // Of an event that was stored before there was a limit.
  const reply = await transport.call(callOf("http://localhost:1/", ("[".repeat(levels) + "]".repeat(levels)) as JsonText), undefined);
  expect(reply).toMatchObject({ kind: "error", code: "json_too_deep", noRetry: true });
  await transport.close();
});

async function startApp(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const sdk = { "content-type": "application/json", "x-inngest-sdk": "js:v4.0.0" };

describe("a server that does not call addresses of the link", () => {
  const guard = addressGuard({ ranges: "link_local", allowed: [] });

  async function call(url: string, by: AddressGuard = guard): Promise<unknown> {
    const transport = httpTransport({ signingKey: undefined, wallNow: () => 0, guard: by });
    onTestFinished(() => transport.close());
    return transport.call(callOf(url), undefined);
  }
  const refused = { kind: "error", code: "address_not_allowed", error: { message: expect.stringContaining("--allow-call-to") } };

  test.for([
    "http://169.254.169.254/",
    "http://2852039166/",
    "http://[fe80::1]/",
    "http://[::ffff:169.254.169.254]/",
    "https://169.254.169.254/",
  ])("refuses %s without a connection", async (url) => {
    expect(await call(url)).toMatchObject(refused);
  });

  test("calls an app on this machine", async () => {
    const port = await startApp((_, response) => response.writeHead(200, sdk).end('"done"'));
    for (const host of ["127.0.0.1", "localhost"])
      expect(await call(`http://${host}:${port}/`)).toMatchObject({ kind: "result", data: '"done"' });
  });

  test("does not follow a redirect there", async () => {
    const port = await startApp((_, response) => response.writeHead(307, { location: "http://169.254.169.254/latest/meta-data/" }).end());
    expect(await call(`http://127.0.0.1:${port}/`)).toMatchObject(refused);
  });

  test("looks at what a name means when it connects, and not at what it meant before", async () => {
    const meanings = ["127.0.0.1", "169.254.169.254"];
    const lookUp = ((_name: string, _options: unknown, done: (error: null, found: object[]) => void) =>
      done(null, [{ address: meanings.shift(), family: 4 }])) as unknown as typeof lookup;
    const rebound = addressGuard({ ranges: "link_local", allowed: [], lookUp });
    // The connection is not kept, so that the second call makes another.
    const port = await startApp((_, response) => response.writeHead(200, { ...sdk, connection: "close" }).end("null"));
    const transport = httpTransport({ signingKey: undefined, wallNow: () => 0, guard: rebound });
    onTestFinished(() => transport.close());
    const url = `http://app.example:${port}/`;
    expect(await transport.call(callOf(url), undefined)).toMatchObject({ kind: "result" });
    expect(await transport.call(callOf(url), undefined)).toMatchObject(refused);
    expect(meanings).toEqual([]);
  });
});

describe("a call that takes longer than it may", () => {
  async function callFor(callMsMax: number, answer: RequestListener): Promise<unknown> {
    const port = await startApp(answer);
    const transport = httpTransport({ signingKey: undefined, wallNow: () => 0, callMsMax });
    onTestFinished(() => transport.close());
    return transport.call(callOf(`http://127.0.0.1:${port}/`), undefined);
  }
  const tooLong = {
    kind: "error",
    code: "request_duration_too_long",
    noRetry: false,
    error: { message: expect.stringMatching(/^the app at http:\/\/127\.0\.0\.1:\d+ did not finish its reply within 150ms \(callMsMax\)$/) },
  };

  test("is given up while the app says nothing", async () => {
    expect(await callFor(150, () => undefined)).toMatchObject(tooLong);
  });

  test("is given up while the app streams for ever, however often it sends something", async () => {
    const endless: RequestListener = (_, response) => {
      response.writeHead(201, sdk);
      const timer = setInterval(() => response.write(" "), 20);
      response.once("close", () => clearInterval(timer));
    };
    expect(await callFor(150, endless)).toMatchObject(tooLong);
  });

  test("closes the connection, so that the app can notice", async () => {
    const closed = Promise.withResolvers<void>();
    expect(await callFor(150, (request) => request.socket.once("close", () => closed.resolve()))).toMatchObject(tooLong);
    await closed.promise;
  });
});
