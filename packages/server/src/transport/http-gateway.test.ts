// Requests that the server makes, over real HTTP, to services that behave and services that do not.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { GatewayReply } from "@stepwell/engine";
import { type GatewayRequest, limits } from "@stepwell/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { addressGuard } from "./address-guard.ts";
import { type HttpGatewayOptions, httpGateway } from "./http-gateway.ts";

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void;

async function serve(answer: Answer): Promise<{ readonly url: string; readonly port: number; readonly asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    asked.push(request);
    answer(response, request, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/ask?x=1`, port, asked };
}

async function send(
  request: Partial<GatewayRequest>,
  options: HttpGatewayOptions = {},
  signal = new AbortController().signal,
): Promise<GatewayReply> {
  const gateway = httpGateway(options);
  onTestFinished(() => gateway.close());
  return gateway.send({ method: "GET", url: "http://127.0.0.1:9/", headers: [], ...request }, signal);
}

describe("a request", () => {
  test("is sent with its method, its headers, doubled ones too, and its body; the answer comes back whole", async () => {
    const { url, asked } = await serve((response, _, body) =>
      response.writeHead(201, { "content-type": "text/plain", "x-many": ["1", "2"] }).end(`got ${body}`),
    );
    const headers = [
      ["x-a", "1"],
      ["X-A", "2"],
      ["user-agent", "Inngest"],
    ] as const;
    const reply = await send({ method: "PATCH", url, headers, body: "größer" });
    expect(reply).toMatchObject({ kind: "answer", url, status: 201, body: "got größer", headers: { "x-many": ["1", "2"] } });
    expect(asked[0]).toMatchObject({
      method: "PATCH",
      url: "/ask?x=1",
      headers: { "x-a": "1, 2", "user-agent": "Inngest", "content-length": "8" },
    });
  });

  test.for([204, 404, 500])("answered %i is answered", async (status) => {
    const { url } = await serve((response) => response.writeHead(status).end());
    expect(await send({ url })).toMatchObject({ kind: "answer", status, body: "" });
  });

  test.for([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ] as const)("answered in %s is decompressed", async ([encoding, compress]) => {
    const { url } = await serve((response) => response.writeHead(200, { "content-encoding": encoding }).end(compress("text")));
    expect(await send({ url })).toMatchObject({ body: "text" });
  });
});

describe("an answer that is too large", () => {
  test("is not read to its end, and not asked for again", async () => {
    const { url } = await serve((response) => response.end("x".repeat(limits.gatewayBytesMax + 1)));
    expect(await send({ url })).toMatchObject({ kind: "failed", code: "output_too_large", isFinal: true });
  });

  test("is found to be so after decompression", async () => {
    const { url } = await serve((response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(limits.gatewayBytesMax + 1))),
    );
    expect(await send({ url })).toMatchObject({ kind: "failed", code: "output_too_large" });
  });

  test("begins one byte past the limit", async () => {
    const { url } = await serve((response) => response.end("x".repeat(limits.gatewayBytesMax)));
    expect(await send({ url })).toMatchObject({ kind: "answer" });
  });
});

describe("no answer", () => {
  test("because nothing listens", async () => {
    expect(await send({ url: "http://127.0.0.1:9/secret?key=s" })).toEqual({
      kind: "failed",
      code: "gateway_failed",
      message: "nothing listens at http://127.0.0.1:9 (ECONNREFUSED)",
      isFinal: false,
    });
  });

  test("because the connection is reset", async () => {
    const { url } = await serve((response) => response.destroy());
    expect(await send({ url })).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("broke the connection off"),
      isFinal: false,
    });
  });

  test("because it ends in the middle", async () => {
    const { url } = await serve((response) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
    });
    expect(await send({ url })).toMatchObject({ kind: "failed", message: expect.stringContaining("broke the connection off") });
  });

  test("because the service hangs: it has an end", async () => {
    const { url } = await serve(() => undefined);
    expect(await send({ url }, { msMax: 50 })).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("callMsMax"),
      isFinal: false,
    });
  });

  test("because its encoding is another", async () => {
    const { url } = await serve((response) => response.writeHead(200, { "content-encoding": "gzip" }).end("plain"));
    expect(await send({ url })).toMatchObject({ kind: "failed", message: expect.stringContaining("says that it is gzip and is not") });
  });

  test("because it was given up", async () => {
    const { url, asked } = await serve(() => undefined);
    const abort = new AbortController();
    const reply = send({ url }, {}, abort.signal);
    await expect.poll(() => asked.length).toBe(1);
    abort.abort();
    expect(await reply).toMatchObject({ kind: "failed", message: expect.stringContaining("given up") });
  });

  test("when what is sent is no header", async () => {
    expect(await send({ headers: [["host", "a\nb"]] })).toMatchObject({ code: "gateway_request_invalid", isFinal: true });
  });
});

describe("a redirect", () => {
  test.for([301, 302, 303, 307, 308])("by %i is followed with method, body and headers", async (status) => {
    const { url, asked } = await serve((response, request, body) =>
      request.url === "/new" ? response.end(body) : response.writeHead(status, { location: "/new" }).end(),
    );
    const reply = await send({ method: "POST", url, headers: [["authorization", "Bearer s"]], body: "text" });
    expect(reply).toMatchObject({ kind: "answer", status: 200, body: "text", url: expect.stringMatching(/\/new$/) });
    expect(asked[1]).toMatchObject({ method: "POST", headers: { authorization: "Bearer s" } });
  });

  test("to another host gets no credentials", async () => {
    const other = await serve((response) => response.end("other"));
    const { url } = await serve((response) => response.writeHead(302, { location: other.url }).end());
    const headers = [
      ["authorization", "Bearer s"],
      ["cookie", "c"],
      ["x-api-key", "k"],
      ["x-a", "1"],
    ] as const;
    expect(await send({ url, headers })).toMatchObject({ body: "other" });
    expect(other.asked[0]?.headers).toMatchObject({ "x-a": "1" });
    for (const name of ["authorization", "cookie", "x-api-key"]) expect(other.asked[0]?.headers).not.toHaveProperty(name);
  });

  test("in a circle ends", async () => {
    const { url, asked } = await serve((response) => response.writeHead(302, { location: "/again" }).end());
    expect(await send({ url })).toMatchObject({ kind: "failed", message: expect.stringContaining("redirectsMax") });
    expect(asked).toHaveLength(limits.redirectsMax + 1);
  });

  test("to what is no address over HTTP is not followed", async () => {
    const { url } = await serve((response) => response.writeHead(302, { location: "file:///etc/passwd" }).end());
    expect(await send({ url })).toMatchObject({ kind: "failed", isFinal: false });
  });

  test("without an address is an answer", async () => {
    const { url } = await serve((response) => response.writeHead(304).end());
    expect(await send({ url })).toMatchObject({ kind: "answer", status: 304 });
  });
});

describe("a guard", () => {
  const guardOf = (...allowed: string[]) => ({ guard: addressGuard({ ranges: "private", allowed }) });
  const refused = { kind: "failed", code: "address_not_allowed", isFinal: true, message: expect.stringContaining("--allow-call-to") };

  test.for([
    "http://127.0.0.1:1/",
    "http://localhost:1/",
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/",
    "http://[::1]:1/",
    "http://[::ffff:127.0.0.1]:1/",
    "http://0x7f000001:1/",
  ])("refuses %s at once", async (url) => {
    expect(await send({ url }, guardOf())).toMatchObject(refused);
  });

  test("lets in what is allowed, and refuses a redirect from there to what is not", async () => {
    const { url, asked } = await serve((response, request) =>
      request.url === "/away" ? response.writeHead(302, { location: "http://127.0.0.2:9/" }).end() : response.end("in"),
    );
    expect(await send({ url }, guardOf("127.0.0.1"))).toMatchObject({ kind: "answer", body: "in" });
    expect(await send({ url: new URL("/away", url).href }, guardOf("127.0.0.1"))).toMatchObject(refused);
    expect(asked).toHaveLength(2);
  });
});
