// Requests and responses of Node's HTTP server, as the web has them. Frameworks on Node hand over the same objects, with
// more on them.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { WebHandler } from "./create-handler.ts";

/** What frameworks add to a request. */
export interface NodeRequest extends IncomingMessage {
  /** The path before a router took its part off. */
  readonly originalUrl?: string;
  /** What a body parser made of the body, which can then be read no more. */
  readonly body?: unknown;
}

/** What a framework knows of a request better than Node does. */
export type Known = Pick<NodeRequest, "body" | "originalUrl">;

/** Answers a request of Node's by a web handler. */
export async function answerNode(
  handler: WebHandler,
  incoming: NodeRequest,
  outgoing: ServerResponse,
  args: readonly unknown[] = [incoming, outgoing],
  known: Known = incoming,
): Promise<void> {
  await writeNode(await handler(await webRequest(incoming, known), { args, peer: incoming.socket?.remoteAddress }), outgoing);
}

export async function webRequest(incoming: NodeRequest, known: Known = incoming): Promise<Request> {
  const method = incoming.method ?? "GET";
  const headers = new Headers();
  // Of a request over HTTP/2 the names with a colon are no headers.
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined && !name.startsWith(":")) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  const url = new URL(known.originalUrl ?? incoming.url ?? "/", originOf(incoming));
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  return new Request(url, { method, headers, body: await bodyOf(incoming, known) });
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
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8");
}

function isStream(body: object): boolean {
  return "pipe" in body;
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
