import type { ServerResponse } from "node:http";
import { createAnswerer } from "./create-answerer.ts";
import { type NodeRequest, serveNode } from "./node-request.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "koa";

/** What is used of Koa's context. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly res: ServerResponse;
  readonly originalUrl: string;
  /** With a `body` where a parser has made one. */
  readonly request: object;
  /** `false`: Koa leaves the answer to whoever has the response of Node's. */
  respond?: boolean;
}

/**
 * Serves functions from a Koa application; koa-bodyparser may stand before it.
 *
 * @example
 * router.all("/api/stepwell", serve({ client, functions }));
 */
export function serve(options: ServeOptions): (context: KoaContext) => Promise<void> {
  const handler = createAnswerer(options, { name: frameworkName, isLongLived: true });
  return async (context) => {
    context.respond = false;
    const { req, res, originalUrl, request } = context;
    await serveNode(handler, req, res, [context], { body: "body" in request ? request.body : undefined, originalUrl });
  };
}
