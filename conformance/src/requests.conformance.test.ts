// Requests that the server makes for steps, on every official SDK: real HTTP to the app and to the service.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { register, registration, sdkHeaders, startRawApp } from "./raw-app.ts";
import { keys, type RequestCase, requestCases } from "./requests.cases.ts";
import { sdkTitle } from "./sdk-title.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

interface Service extends AsyncDisposable {
  readonly url: string;
  /** It takes requests and answers none. */
  hangs: boolean;
  /** How many it has taken so. */
  readonly held: number;
}

/** A service and a provider of models in one; it says what it was asked. */
async function startService(): Promise<Service> {
  const tries = new Map<string, number>();
  const service = { url: "", hangs: false, held: 0 };
  const server: Server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (service.hangs) {
      service.held += 1;
      return;
    }
    const path = request.url ?? "";
    tries.set(path, (tries.get(path) ?? 0) + 1);
    answer(request, response, body, tries.get(path) ?? 0);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(service, {
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** A header with the name of its key instead of the key. */
function named(header: string | string[] | undefined): string | undefined {
  return header?.toString().replace(keys.provider, "the key of the provider").replace(keys.service, "the key of the service");
}

function answer({ url: path = "", headers, method }: IncomingMessage, response: ServerResponse, body: string, tries: number): void {
  const json = (status: number, value: unknown, more = {}): void =>
    void response.writeHead(status, { "content-type": "application/json", ...more }).end(JSON.stringify(value));
  const authorization = named(headers.authorization);
  if (path === "/missing") return void response.writeHead(404).end("nothing here");
  if (path.startsWith("/echo")) return json(201, { method, body, own: headers["x-own"], authorization }, { "x-many": ["1", "2"] });
  if (path.startsWith("/busy-at-first") && tries > 2) return json(200, { tries });
  if (path.startsWith("/busy")) return json(429, { error: { message: "slow down" } });
  return json(200, { path: named(path), authorization, apiKey: named(headers["x-api-key"]), body: JSON.parse(body) });
}

for (const sdk of ["v3", "v4", "own"] as const) {
  describe(`requests on ${sdkTitle(sdk)}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-requests-"));
    const options = { file: join(folder, "r.db") };
    let service: Service;
    let server: TestServer;
    let app: AppProcess;

    beforeAll(async () => {
      service = await startService();
      server = await startTestServer(options);
      app = await startApp({ sdk, serverUrl: server.url, functions: "requests" });
      await server.sync(app.url);
    }, 30_000);

    afterAll(async () => {
      await app[Symbol.asyncDispose]();
      await server.stop();
      await service[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    const send = async ({ name }: RequestCase): Promise<string> => {
      const [eventId] = await server.send({ name: `requests/${name}`, data: { service: service.url } });
      return eventId ?? "";
    };

    test.for(requestCases)("$name", { timeout: 25_000 }, async (each) => {
      const run = await server.runOf(await send(each), `conformance-${each.name}`);
      expect(run).toMatchObject({ status: "completed", error: null });
      expect(run.output).toEqual(each.output);
      if (each.bodies !== undefined) expect(await app.counts(run.id)).toEqual({ body: each.bodies });
    });

    test("a key is lost with the server and found again with the app; it is on no disk", { timeout: 25_000 }, async () => {
      const each = requestCases.find(({ name }) => name === "infer-openai");
      if (each === undefined) throw new Error("there is no such case");
      service.hangs = true;
      const eventId = await send(each);
      await expect.poll(() => service.held, { timeout: 10_000 }).toBe(1);
      const { port } = new URL(server.url);
      await server.stop();
      service.hangs = false;
      server = await startTestServer({ ...options, port: Number(port) });
      expect((await server.runOf(eventId, "conformance-infer-openai")).output).toEqual(each.output);
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
      expect(Object.values(keys).filter((key) => files.some((text) => text.includes(key)))).toEqual([]);
    });
  });
}

test.for([
  ["is refused at once in start", {}, { error: { name: "GatewayError", code: "address_not_allowed" } }],
  ["is made where the address is let in", { allowCallsTo: ["127.0.0.1"] }, { data: { status_code: 404, body: "nothing here" } }],
] as const)("a request to this machine %s", { timeout: 25_000 }, async ([, options, memo]) => {
  const signingKey = "ab".repeat(32);
  await using server = await startTestServer({ mode: "start", signingKeys: [signingKey], eventKeys: ["key"], ...options });
  await using service = await startService();
  const op = { op: "Gateway", id: "f".repeat(40), name: "ask", opts: { url: `${service.url}/missing`, method: "GET" } };
  await using app = await startRawApp(({ body }, response) => {
    const { steps } = JSON.parse(body) as { readonly steps: Readonly<Record<string, unknown>> };
    if (steps[op.id] === undefined) response.writeHead(206, sdkHeaders).end(JSON.stringify([op]));
    else response.writeHead(200, sdkHeaders).end(JSON.stringify(steps[op.id]));
  });
  const body = registration("guarded", app.url, [{ id: "f", event: "guarded/1", url: app.url, retries: 5 }]);
  expect(await register(server.url, body, { authorization: `Bearer ${signingKey}` })).toMatchObject({ status: 200 });
  const [eventId] = await server.send({ name: "guarded/1", data: {} }, "key");
  expect((await server.runOf(eventId ?? "", "guarded-f")).output).toMatchObject(memo);
  expect(app.calls).toHaveLength(2);
});
