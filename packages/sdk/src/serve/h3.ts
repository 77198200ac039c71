import type { ServerResponse } from "node:http";
import { createHandler, type WebHandler } from "./create-handler.ts";
import { type NodeRequest, serveNode } from "./node-request.ts";
import type { Framework, ServeOptions } from "./serve-options.ts";

export const frameworkName = "h3";

/** What is used of an event of H3, of its first version and of its second. */
export interface H3Event {
  /** On Node; each version has types of its own for what Node hands over. */
  readonly node?: { readonly req: object; readonly res?: object | undefined } | undefined;
  readonly req?: unknown;
}

export type H3Handler = (event: H3Event) => Promise<Response | undefined>;

/**
 * Serves functions from H3.
 *
 * @example
 * app.use("/api/stepwell", eventHandler(serve({ client, functions })));
 */
export function serve(options: ServeOptions): H3Handler {
  return serveEvents(options, { name: frameworkName, isLongLived: true });
}

/** The same under the name of a framework that is built on H3. */
export function serveEvents(options: ServeOptions, framework: Framework): H3Handler {
  const handler: WebHandler = createHandler(options, framework);
  return async (event) => {
    const { req, node } = event;
    if (req instanceof Request) return handler(req, { args: [event] });
    if (node === undefined) throw new TypeError("the event has neither a web request nor one of Node's");
    await serveNode(handler, node.req as NodeRequest, node.res as ServerResponse);
    return undefined;
  };
}
