// What the SDK asks of its server on its own behalf: each try has an end, and who waits is told which server it was.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { askMsMax, askMsPerMib, fetchStateMsMax } from "@stepwell/protocol";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { runId } from "../../test/call-once.ts";
import { callBody, path } from "../../test/served-app.ts";
import { Stepwell } from "../index.ts";
import { createHandler } from "../serve/create-handler.ts";

const silent = { info() {}, warn() {}, error() {}, debug() {} };

// The pauses between tries pass at once.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }).setTimerTickMode("nextTimerAsync"));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/**
 * A server that takes what comes and does not answer, or only begins to: then the time is over, which real signals would tell after
 * `limits`, in ms.
 */
async function frozen({ begins = false } = {}) {
  const limits: number[] = [];
  const paths: string[] = [];
  const open: AbortController[] = [];
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const controller = new AbortController();
    limits.push(ms);
    open.push(controller);
    return controller.signal;
  });
  const end = () =>
    void setImmediate(() => open.shift()?.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")));
  const baseUrl = await listen((request, response) => {
    paths.push(request.url ?? "");
    if (begins) response.writeHead(200, { "content-type": "application/json" }).write("{");
    else request.resume().once("end", end);
  });
  const begun: typeof fetch = async (...given) => {
    const response = await fetch(...given);
    end();
    return response;
  };
  return { limits, paths, baseUrl, ...(begins ? { fetch: begun } : {}) };
}

const app = (settings: { readonly baseUrl: string; readonly fetch?: typeof fetch }) => {
  const client = new Stepwell({ id: "app", isDev: true, eventKey: "secret", logger: silent, ...settings });
  const one = client.createFunction({ id: "one", triggers: { event: "go" } }, async ({ step }) => {
    await step.run("a", () => "x".repeat(3_000_000));
    return step.run("b", () => 1);
  });
  const handle = createHandler({ client, functions: [one] }, { name: "test", isLongLived: false });
  const post = (body: object) => handle(new Request(`http://localhost:3000${path}`, { method: "POST", body: JSON.stringify(body) }));
  return { client, handle, post };
};

describe("a server that takes what comes and never answers", () => {
  test.each([false, true])("does not hold a send beyond the limit of each try; it begins to answer: %s", async (begins) => {
    const { limits, paths, ...settings } = await frozen({ begins });
    await expect(app(settings).client.send({ name: "a" })).rejects.toMatchObject({
      code: "http_unreachable",
      message: `the server at ${settings.baseUrl} cannot be reached: it did not answer within 10 seconds`,
      retryable: true,
    });
    expect(limits).toEqual(Array(5).fill(askMsMax));
    expect(paths).toEqual(Array(5).fill("/e/secret"));
  });

  test("nor a signal, and gives what is large more time", async () => {
    const { baseUrl, limits } = await frozen();
    const { client } = app({ baseUrl });
    const signal = client.sendSignal({ signal: "s", data: "x".repeat(2 * 1_048_576) });
    await expect(signal).rejects.toMatchObject({ code: "http_unreachable", message: expect.stringContaining(baseUrl) });
    expect(limits).toEqual(Array(5).fill(askMsMax + 2 * askMsPerMib));
  });

  test("nor a call that saves its steps, which are in its reply then", async () => {
    const { baseUrl, limits, paths } = await frozen();
    const response = await app({ baseUrl }).post(callBody());
    const [step] = (await response.json()) as readonly { readonly op: string }[];
    expect(step).toMatchObject({ op: "StepRun", data: expect.stringMatching(/^x+$/) });
    expect(new Set(paths)).toEqual(new Set([`/v1/checkpoint/${runId}/async`]));
    expect(limits).toEqual(Array(5).fill(askMsMax + 2 * askMsPerMib));
  });

  test("nor one whose state is fetched", async () => {
    const { baseUrl, limits } = await frozen();
    const response = await app({ baseUrl }).post(callBody({ use_api: true }));
    expect([response.status, await response.json()]).toMatchObject([500, { message: expect.stringContaining(baseUrl) }]);
    expect(limits).toEqual([fetchStateMsMax, fetchStateMsMax]);
  });

  test("nor who asks the app to register", async () => {
    const { baseUrl, limits } = await frozen();
    const response = await app({ baseUrl }).handle(new Request("http://localhost:3000/api/inngest", { method: "PUT" }));
    expect([response.status, await response.json()]).toMatchObject([500, { message: expect.stringContaining(baseUrl) }]);
    expect(limits).toEqual([askMsMax]);
  });
});

describe("a server that is not there", () => {
  test("is named, and the event key is not", async () => {
    const { client } = app({ baseUrl: "http://localhost:1" });
    const error = await client.send({ name: "a" }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      code: "http_unreachable",
      message: expect.stringMatching(/^the server at http:\/\/localhost:1\/ cannot be reached: ./),
    });
    expect(String(error)).not.toContain("secret");
  });

  test("is named with a reason where none of several addresses is reached", async () => {
    const none = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" });
    const fetch = () => Promise.reject(new TypeError("fetch failed", { cause: none }));
    const client = new Stepwell({ id: "app", isDev: true, fetch, logger: silent });
    await expect(client.send({ name: "a" })).rejects.toThrow("http://localhost:8288/ cannot be reached: ECONNREFUSED");
  });
});

test("a host that has no signals with a time is asked without", async () => {
  vi.stubGlobal("AbortSignal", class {});
  onTestFinished(() => void vi.unstubAllGlobals());
  const fetch = () => Promise.resolve(Response.json({ ids: ["01X"] }));
  const client = new Stepwell({ id: "app", isDev: true, fetch, logger: silent });
  expect(await client.send({ name: "a" })).toEqual({ ids: ["01X"] });
});
