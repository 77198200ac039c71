import type { IncomingMessage, ServerResponse } from "node:http";
import type { EmbeddedEngine } from "@stepwell/embedded";
import { answerNode } from "stepwell/internals";
import { type ApiOptions, createApi } from "./create-api.ts";

export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => Promise<void>;

/**
 * The same as `createApi` for servers that have Node's requests and responses: Express, Connect, Node's own. A body parser may
 * stand before it.
 *
 * @example
 * app.use("/stepwell", requireAdmin, createNodeApi(engine, { basePath: "/stepwell" }));
 */
export function createNodeApi(engine: EmbeddedEngine, options: ApiOptions = {}): NodeHandler {
  const api = createApi(engine, options);
  return async (request, response, next) => {
    try {
      await answerNode((asked) => api(asked), request, response);
    } catch (error) {
      if (next !== undefined) next(error);
      // Node's own server takes no notice of a promise: one that rejects would end the process.
      else if (!response.headersSent) response.writeHead(500).end();
    }
  };
}
