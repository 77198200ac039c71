import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { servedBodyBytesMax } from "@stepwell/protocol";
import { Stepwell } from "stepwell";
import { afterEach, describe, expect, test } from "vitest";
import type { Answered } from "./answered.ts";
import type { ServedRequest } from "./call-request.ts";
import type { Answerer } from "./create-answerer.ts";
import { serve } from "./node.ts";
import { serveNode } from "./node-request.ts";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listen(listener: RequestListener): Promise<number> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A handler that answers so, and what it was asked. */
function answering(answered: Answered): { readonly handler: Answerer; readonly asked: ServedRequest[] } {
  const asked: ServedRequest[] = [];
  const answer = async (served: ServedRequest): Promise<Answered> => {
    asked.push(served);
    return answered;
  };
  return { handler: { answer }, asked };
}

describe("a request of Node's", () => {
  test("is read and answered without one of the web", async () => {
    const { handler, asked } = answering({ status: 206, headers: { "x-own": "é".length.toString() }, body: '["é"]' });
    const port = await listen((incoming, outgoing) => void serveNode(handler, incoming, outgoing));
    const response = await fetch(`http://127.0.0.1:${port}/api?fnId=a%20b`, {
      method: "PUT",
      headers: [
        ["x-list", "one"],
        ["x-list", "two"],
      ],
    });
    expect([response.status, response.headers.get("content-length"), response.headers.get("x-own")]).toEqual([206, "6", "1"]);
    expect(await response.json()).toEqual(["é"]);
    const [served] = asked;
    expect([served?.method, served?.url]).toEqual(["PUT", `http://127.0.0.1:${port}/api?fnId=a%20b`]);
    expect(served?.headers.get("x-list")).toBe("one, two");
    expect(served?.headers.get("x-none")).toBeNull();
    expect(new Map(served?.headers).get("host")).toBe(`127.0.0.1:${port}`);
  });

  test("whose answer comes bit by bit is told when nobody reads any more", async () => {
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    const { handler } = answering({
      status: 201,
      headers: {},
      body: (sink) => {
        sink.write(" ");
        return resolve;
      },
    });
    const port = await listen((incoming, outgoing) => void serveNode(handler, incoming, outgoing));
    const asking = request({ port, host: "127.0.0.1" });
    asking.on("error", () => undefined);
    asking.on("response", (response) => {
      response.on("error", () => undefined);
      response.once("data", () => asking.destroy());
    });
    asking.end();
    await stopped;
  });

  test("on a connection of a server that was closed meanwhile is the last one there", async () => {
    const { handler } = answering({ status: 200, headers: {}, body: "x" });
    const port = await listen((incoming, outgoing) => void serveNode(handler, incoming, outgoing));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (): Promise<string | undefined> => {
      const asking = request({ port, host: "127.0.0.1", agent }).end();
      const [response] = (await once(asking, "response")) as [IncomingMessage];
      await text(response);
      return response.headers.connection;
    };
    expect(await ask()).toBe("keep-alive");
    // As busy as a server keeps it: it is closed while a request is on its way.
    const last = ask();
    const closed = new Promise<void>((resolve) => server?.once("request", () => server?.close(() => resolve())));
    expect(await last).toBe("close");
    await closed;
    agent.destroy();
  });

  test.each([
    ["GET // HTTP/1.1\r\nhost: localhost", "http://localhost//"],
    ["GET /a HTTP/1.1\r\nhost: [", "http://localhost/a"],
    ["OPTIONS * HTTP/1.1\r\nhost: localhost", "http://localhost/"],
    ["GET http://elsewhere.test/b?c=d HTTP/1.1\r\nhost: localhost", "http://elsewhere.test/b?c=d"],
  ])("of nonsense is answered as any other: %s", async (head, url) => {
    const { handler, asked } = answering({ status: 404, headers: {}, body: "" });
    const port = await listen((incoming, outgoing) => void serveNode(handler, incoming, outgoing));
    const socket = connect(port, "127.0.0.1", () => socket.write(`${head}\r\n\r\n`));
    const [first] = await once(socket, "data");
    expect(String(first)).toMatch(/^HTTP\/1.1 404/);
    expect(asked.map((served) => served.url)).toEqual([url]);
    socket.destroy();
  });

  test("with more than may come is refused, and not kept", async () => {
    const client = new Stepwell({ id: "shop", isDev: true });
    const port = await listen(serve({ client, functions: [], registersAtStart: false }));
    const body = new Uint8Array(servedBodyBytesMax + 1);
    const response = await fetch(`http://127.0.0.1:${port}/api`, { method: "POST", body });
    expect([response.status, await response.json()]).toMatchObject([413, { code: "body_too_large" }]);
  });

  test("that breaks off before its body has come is the end of nothing else", async () => {
    const client = new Stepwell({ id: "shop", isDev: true });
    const functions = [client.createFunction({ id: "one", triggers: { event: "a/b" } }, () => "done")];
    const broken: unknown[] = [];
    const onUnhandled = (error: unknown): void => void broken.push(error);
    process.on("unhandledRejection", onUnhandled);
    try {
      const port = await listen(serve({ client, functions, registersAtStart: false }));
      const closed = new Promise<void>((resolve) => server?.once("connection", (socket) => socket.once("close", () => resolve())));
      const socket = connect(port, "127.0.0.1", () => {
        socket.write("POST /api?fnId=shop-one&stepId=step HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{", () =>
          socket.destroy(),
        );
      });
      await closed;
      const response = await fetch(`http://127.0.0.1:${port}/api`);
      expect(response.status).toBe(200);
      expect(broken).toEqual([]);
    } finally {
      process.off("unhandledRejection", onUnhandled);
    }
  });
});
