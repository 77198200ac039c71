// Requests and responses of Node's HTTP server, as the web has them. Frameworks on Node hand over the same objects, with
// more on them.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { servedBodyBytesMax } from "@stepwell/protocol";
import type { Answered } from "./answered.ts";
import type { ServedRequest } from "./call-request.ts";
import type { Answerer } from "./create-answerer.ts";
import { loadLater } from "./load-later.ts";

/** What frameworks add to a request. */
export interface NodeRequest extends IncomingMessage {
  /** The path before a router took its part off. */
  readonly originalUrl?: string;
  /** What a body parser made of the body, which can then be read no more. */
  readonly body?: unknown;
}

/** What a framework knows of a request better than Node does. */
export type Known = Pick<NodeRequest, "body" | "originalUrl">;

/** Answers a request of Node's by the handler of functions. */
export async function serveNode(
  handler: Answerer,
  incoming: NodeRequest,
  outgoing: ServerResponse,
  args: readonly unknown[] = [incoming, outgoing],
  known: Known = incoming,
): Promise<void> {
  try {
    const answered = await handler.answer(servedRequest(incoming, known), { args, peer: incoming.socket?.remoteAddress });
    writeAnswered(answered, outgoing);
  } catch (error) {
    if (error === tooLarge) return (await loadLater()).refuseBody(outgoing);
    // Whoever breaks off is no fault of the application's, and waits for nothing.
    if (!outgoing.destroyed) throw error;
  }
}

/** Answers one by a handler of web requests. */
export async function answerNode(
  handler: (request: Request) => Promise<Response>,
  incoming: NodeRequest,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    await writeNode(await handler(await webRequest(incoming)), outgoing);
  } catch (error) {
    if (error === tooLarge) return (await loadLater()).refuseBody(outgoing);
    if (!outgoing.destroyed) throw error;
  }
}

export function servedRequest(incoming: NodeRequest, known: Known = incoming): ServedRequest {
  return {
    method: incoming.method ?? "GET",
    url: urlOf(incoming, known).href,
    headers: new NodeHeaders(incoming),
    text: () => bodyOf(incoming, known),
  };
}

class NodeHeaders {
  readonly #headers: IncomingHttpHeaders;

  constructor({ headers }: NodeRequest) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name];
    return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    // Of a request over HTTP/2 the names with a colon are no headers.
    for (const name of Object.keys(this.#headers)) if (!name.startsWith(":")) yield [name, this.get(name) ?? ""];
  }
}

async function webRequest(incoming: NodeRequest): Promise<Request> {
  const { method, headers: all, url, text } = servedRequest(incoming);
  const headers = new Headers([...all].map(([name, value]) => [name, value]));
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  return new Request(url, { method, headers, body: await text() });
}

/** Whatever is sent as a path or a host: nobody who asks for nonsense ends the process. */
function urlOf(incoming: NodeRequest, known: Known): URL {
  const path = known.originalUrl ?? incoming.url ?? "/";
  // As it stands behind the host: alone `//` would be the beginning of another one.
  const url = path.startsWith("/") ? `${originOf(incoming)}${path}` : path;
  return URL.canParse(url) ? new URL(url) : new URL(path.startsWith("/") ? `http://localhost${path}` : "http://localhost/");
}

function originOf({ headers, socket }: NodeRequest): string {
  const forwarded = headers["x-forwarded-proto"];
  const isSecure = (socket as { readonly encrypted?: boolean } | undefined)?.encrypted === true;
  const scheme = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(",")[0]?.trim() ?? (isSecure ? "https" : "http");
  const host = headers.host ?? headers[":authority"] ?? "localhost";
  return `${scheme}://${Array.isArray(host) ? host[0] : host}`;
}

async function bodyOf(incoming: NodeRequest, { body }: Known): Promise<string> {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  if (body !== undefined && body !== null && !isStream(body) && (incoming.readableEnded || Object.keys(body).length > 0))
    return JSON.stringify(body);
  return textOf(incoming);
}

const tooLarge = new Error("the body is too large");

/** Told by events: iterating a stream costs more than the rest of a small call. */
function textOf(incoming: NodeRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    incoming.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes <= servedBodyBytesMax) chunks.push(chunk);
      else reject(tooLarge);
    });
    incoming.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    incoming.once("error", reject);
    incoming.once("close", () => reject(new Error("the request was closed before its body had come")));
  });
}

function isStream(body: object): boolean {
  return "pipe" in body;
}

function writeAnswered({ status, headers, body }: Answered, outgoing: ServerResponse): void {
  const all = { ...headers, ...lastOf(outgoing) };
  if (typeof body === "string") {
    const length = body === "" ? {} : { "content-length": Buffer.byteLength(body) };
    outgoing.writeHead(status, { ...all, ...length });
    outgoing.end(body);
    return;
  }
  outgoing.writeHead(status, all);
  const stop = body({ write: (text) => void outgoing.write(text), end: () => void outgoing.end() });
  outgoing.once("close", stop);
}

/**
 * A server that has been closed waits for its connections, and one that brings calls is never idle: the answer says that it is
 * the last of its connection, so that further calls go elsewhere and the process comes to its end.
 */
function lastOf({ req }: ServerResponse): { readonly connection?: "close" } {
  const { server } = (req.socket ?? {}) as { readonly server?: { readonly listening?: boolean } };
  return server?.listening === false && req.httpVersionMajor === 1 ? { connection: "close" } : {};
}

async function writeNode(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) {
    outgoing.end();
    return;
  }
  for await (const chunk of response.body) {
    if (outgoing.destroyed) return;
    outgoing.write(chunk);
  }
  outgoing.end();
}
