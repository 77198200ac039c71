import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createAnswerer } from "./create-answerer.ts";
import { serveNode } from "./node-request.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "nodejs";

/**
 * Serves functions from Node's own HTTP server.
 *
 * @example
 * createServer(serve({ client, functions })).listen(3000);
 */
export function serve(options: ServeOptions): RequestListener {
  const handler = createAnswerer(options, { name: frameworkName, isLongLived: true, takesBundles: true });
  return (incoming, outgoing) => {
    serveNode(handler, incoming, outgoing).catch(() => outgoing.headersSent || outgoing.writeHead(500).end());
  };
}

/** A server that does nothing else. */
export function createServer(options: ServeOptions): Server {
  return createHttpServer(serve(options));
}
