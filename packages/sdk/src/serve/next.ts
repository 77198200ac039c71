import type { ServerResponse } from "node:http";
import { createHandler } from "./create-handler.ts";
import type { NodeRequest } from "./node-request.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "nextjs";

export type RouteHandler = (request: Request, context?: unknown) => Promise<Response>;

/** A handler of the pages router, with those of the app router on it. */
export type NextHandler = ((request: never, response: never) => Promise<never>) & {
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  readonly PUT: RouteHandler;
};

/**
 * Serves functions from Next.js.
 *
 * @example
 * // app/api/stepwell/route.ts
 * export const { GET, POST, PUT } = serve({ client, functions });
 * // pages/api/stepwell.ts
 * export default serve({ client, functions });
 * export const config = { api: { bodyParser: false } };
 */
export function serve(options: ServeOptions): NextHandler {
  const handler = createHandler(options, { name: frameworkName, isLongLived: false });
  const route: RouteHandler = (request, context) => handler(request, { args: [request, context] });
  const page = async (request: Request | NodeRequest, response: ServerResponse): Promise<unknown> =>
    request instanceof Request || typeof (request as { readonly text?: unknown }).text === "function"
      ? handler(request as Request, { args: [request, response] })
      : // Of the pages router alone.
        (await import("./node-request.ts")).serveNode(handler, request as NodeRequest, response);
  return Object.assign(page, { GET: route, POST: route, PUT: route }) as unknown as NextHandler;
}
