// Calls that go to an app together, over real HTTP; the app is a server of the test.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Call, CallReply } from "@stepwell/engine";
import { asJson, encodeBundledReply, limits, parseBundle, verifySignature } from "@stepwell/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { httpTransport } from "./http-transport.ts";

const sdk = { "x-inngest-sdk": "stepwell-js:v0.1.0", "x-stepwell-bundles": "1" };

interface App {
  readonly url: string;
  /** How many calls each request brought; 0: one, by itself. */
  readonly requests: number[];
  readonly bodies: { readonly text: string; readonly signature: string | undefined }[];
}

type AnswerBundle = (calls: NonNullable<ReturnType<typeof parseBundle>>, response: ServerResponse) => void;

const numberOf = (body: string): number => (JSON.parse(body) as { readonly event: { readonly data: { readonly n: number } } }).event.data.n;
const replyTo = (body: string, index: number): string =>
  encodeBundledReply({ index, status: 200, headers: { "x-inngest-req-version": "2" }, body: asJson({ n: numberOf(body) }) });

async function startApp(answer: AnswerBundle): Promise<App> {
  const app: App & { url: string } = { url: "", requests: [], bodies: [] };
  const read = async (request: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString("utf8");
  };
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      app.bodies.push({ text, signature: request.headers["x-inngest-signature"] as string | undefined });
      const calls = request.url?.includes("bundle=1") === true ? parseBundle(text) : undefined;
      app.requests.push(calls?.length ?? 0);
      if (calls !== undefined) return answer(calls, response);
      response.writeHead(200, { ...sdk, "content-type": "application/json" }).end(asJson({ n: numberOf(text) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  app.url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/api/stepwell`;
  return app;
}

function transportTo(app: App, signingKey?: string): (n: number, signal?: AbortSignal) => Promise<CallReply> {
  const transport = httpTransport({ signingKey, wallNow: () => Date.now() });
  onTestFinished(() => transport.close());
  return (n, signal) => transport.call(callOf(app.url, n), signal);
}

function callOf(url: string, n: number): Call {
  return {
    target: { slug: "app-f", uuid: "00000000-0000-5000-8000-000000000000", url: `${url}?fnId=app-f`, appName: "app", sdk: "stepwell" },
    runId: "01J00000000000000000000001",
    itemId: "01J00000000000000000000001",
    generation: 1,
    requestId: "01J00000000000000000000002",
    attempt: 0,
    maxAttempts: 1,
    version: -1,
    plan: false,
    events: [{ id: "01J00000000000000000000000", name: "a", ts: 0, data: asJson({ n }) }],
    memos: new Map(),
  } as unknown as Call;
}

const together: AnswerBundle = (calls, response) => {
  response.writeHead(200, sdk);
  // The last one is done first.
  for (const [index, { body }] of [...calls.entries()].reverse()) response.write(`\n${replyTo(body, index)}`);
  response.end();
};
const dataOf = (replies: readonly CallReply[]) => replies.map((reply) => (reply.kind === "result" ? JSON.parse(reply.data) : reply.kind));
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe("calls of one turn", () => {
  test("go in one request once a reply has said that the app takes them so, and each has its own reply", async () => {
    const app = await startApp(together);
    const call = transportTo(app);
    expect(dataOf(await Promise.all([call(0), call(1)]))).toEqual([{ n: 0 }, { n: 1 }]);
    expect(app.requests).toEqual([0, 0]);
    expect(dataOf(await Promise.all(numbers(5).map((n) => call(n))))).toEqual(numbers(5).map((n) => ({ n })));
    expect(app.requests).toEqual([0, 0, 5]);
  });

  test("are no more in one request than a bundle has", async () => {
    const app = await startApp(together);
    const call = transportTo(app);
    await call(0);
    const { callsPerBundleMax } = limits;
    const replies = await Promise.all(numbers(2 * callsPerBundleMax + 1).map((n) => call(n)));
    expect(replies.every(({ kind }) => kind === "result")).toBe(true);
    expect(app.requests.toSorted((one, other) => one - other)).toEqual([0, 0, callsPerBundleMax, callsPerBundleMax]);
  });

  test("go alone where the call is large", async () => {
    const app = await startApp(together);
    const call = transportTo(app);
    await call(0);
    const transport = httpTransport({ signingKey: undefined, wallNow: () => 0 });
    onTestFinished(() => transport.close());
    const small = callOf(app.url, 1);
    await transport.call(small, undefined);
    const large = {
      ...small,
      events: small.events.map((event) => ({ ...event, data: asJson({ n: 1, text: "x".repeat(limits.bundledCallBytesMax) }) })),
    };
    await Promise.all([transport.call(large, undefined), transport.call(large, undefined)]);
    expect(app.requests).toEqual([0, 0, 0, 0]);
  });

  test("are signed as a whole", async () => {
    const key = "signkey-test-00ff";
    const app = await startApp(together);
    const call = transportTo(app, key);
    await call(0);
    await Promise.all([call(1), call(2)]);
    const { text = "", signature: header } = app.bodies.at(-1) ?? {};
    expect(await verifySignature({ header, body: text, keys: [key], nowMs: Date.now(), isCanonical: false })).toBe("valid");
  });

  test("go alone to an app that takes them no longer, which has run none of them", async () => {
    const app = await startApp((_, response) => response.writeHead(500, { ...sdk, "x-inngest-sdk-handled": "true" }).end("{}"));
    const call = transportTo(app);
    await call(0);
    expect(dataOf(await Promise.all([call(1), call(2), call(3)]))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(app.requests).toEqual([0, 3, 0, 0, 0]);
    // It says so still, and is not believed.
    await Promise.all([call(4), call(5)]);
    expect(app.requests).toEqual([0, 3, 0, 0, 0, 0, 0]);
  });

  test("have failed where something in front of the app answers, because they may have been made", async () => {
    const app = await startApp((_, response) => response.writeHead(502).end("bad gateway"));
    const call = transportTo(app);
    await call(0);
    const replies = await Promise.all([call(1), call(2)]);
    for (const reply of replies) expect(reply).toMatchObject({ kind: "error", code: "http_unreachable", noRetry: false });
    expect(app.requests).toEqual([0, 2]);
  });

  test("that all are given up end their request", async () => {
    const closed = Promise.withResolvers<void>();
    const app = await startApp((_, response) => {
      response.writeHead(200, sdk).flushHeaders();
      response.once("close", closed.resolve);
    });
    const call = transportTo(app);
    await call(0);
    const given = new AbortController();
    const replies = [call(1, given.signal), call(2, given.signal)];
    await expect.poll(() => app.requests).toEqual([0, 2]);
    given.abort();
    for (const reply of await Promise.all(replies)) expect(reply).toMatchObject({ kind: "error" });
    await closed.promise;
  });

  test("fail by themselves: what the app did not come to is an attempt that failed", async () => {
    const app = await startApp(([first], response) => {
      response.writeHead(200, sdk);
      response.write(replyTo(first?.body ?? "", 0), () => response.destroy());
    });
    const call = transportTo(app);
    await call(0);
    const replies = await Promise.all([call(1), call(2), call(3)]);
    expect(dataOf(replies.slice(0, 1))).toEqual([{ n: 1 }]);
    for (const reply of replies.slice(1)) expect(reply).toMatchObject({ kind: "error", code: "http_unreachable", noRetry: false });
  });

  test("that the app leaves out of a reply that ends well have failed too", async () => {
    const app = await startApp(([first], response) => void response.writeHead(200, sdk).end(replyTo(first?.body ?? "", 0)));
    const call = transportTo(app);
    await call(0);
    const [, left] = await Promise.all([call(1), call(2)]);
    expect(left).toMatchObject({
      kind: "error",
      code: "http_unreachable",
      error: { message: expect.stringContaining("before that of this call") },
    });
  });

  test("are bounded each: one that is too long fails alone, and those behind it in the same reply are read", async () => {
    const app = await startApp((calls, response) => {
      response.writeHead(200, sdk);
      response.write(encodeBundledReply({ index: 1, status: 200, headers: {}, body: "" }).slice(0, -1));
      response.write(`"${"x".repeat(limits.replyBytesMax)}"\n\n`);
      response.end([0, 2, 3].map((index) => replyTo(calls[index]?.body ?? "", index)).join("\n"));
    });
    const call = transportTo(app);
    await call(0);
    const [one, long, ...behind] = await Promise.all([1, 2, 3, 4].map((n) => call(n)));
    expect(long).toMatchObject({ kind: "error", code: "output_too_large" });
    expect(dataOf([one as CallReply, ...behind])).toEqual([{ n: 1 }, { n: 3 }, { n: 4 }]);
    expect(app.requests).toEqual([0, 4]);
    // The app keeps its word, so it is believed further on.
    await Promise.all([call(5), call(6), call(7), call(8)]);
    expect(app.requests).toEqual([0, 4, 4]);
  });

  test("of which one ends just at the bound are all read", async () => {
    const app = await startApp(([first], response) => {
      const long = encodeBundledReply({ index: 1, status: 200, headers: {}, body: `"${"x".repeat(limits.replyBytesMax - 2)}"` });
      response.writeHead(200, sdk).end(long + replyTo(first?.body ?? "", 0));
    });
    const call = transportTo(app);
    await call(0);
    const [one, long] = await Promise.all([call(1), call(2)]);
    expect(dataOf([one])).toEqual([{ n: 1 }]);
    expect(long).not.toMatchObject({ code: "output_too_large" });
  });

  test("end their request with the one that is too long when no other is waited for", async () => {
    const closed = Promise.withResolvers<void>();
    const app = await startApp(([first], response) => {
      response.writeHead(200, sdk);
      response.write(replyTo(first?.body ?? "", 0));
      response.write(encodeBundledReply({ index: 1, status: 200, headers: {}, body: "" }).slice(0, -1));
      response.write(`"${"x".repeat(limits.replyBytesMax)}`);
      response.once("close", closed.resolve);
    });
    const call = transportTo(app);
    await call(0);
    expect((await Promise.all([call(1), call(2)]))[1]).toMatchObject({ kind: "error", code: "output_too_large" });
    await closed.promise;
  });

  test("are read although the head of one is longer than a head is", async () => {
    const app = await startApp(([first], response) => {
      const long = encodeBundledReply({ index: 1, status: 200, headers: { "x-much": "x".repeat(70_000) }, body: "1" });
      response.writeHead(200, sdk).end(long + replyTo(first?.body ?? "", 0));
    });
    const call = transportTo(app);
    await call(0);
    const [one, long] = await Promise.all([call(1), call(2)]);
    expect(dataOf([one])).toEqual([{ n: 1 }]);
    expect(long).toMatchObject({ kind: "error", code: "http_unreachable", noRetry: false });
  });

  test("are given up one by one", async () => {
    const waiting = Promise.withResolvers<void>();
    const app = await startApp((calls, response) => {
      response.writeHead(200, sdk).flushHeaders();
      void waiting.promise.then(() => response.end(calls.map(({ body }, index) => replyTo(body, index)).join("")));
    });
    const call = transportTo(app);
    await call(0);
    const given = new AbortController();
    const replies = [call(1), call(2, given.signal)] as const;
    await expect.poll(() => app.requests).toEqual([0, 2]);
    given.abort();
    expect(await replies[1]).toMatchObject({
      kind: "error",
      code: "http_unreachable",
      error: { message: expect.stringContaining("given up") },
    });
    waiting.resolve();
    expect(dataOf([await replies[0]])).toEqual([{ n: 1 }]);
  });
});
