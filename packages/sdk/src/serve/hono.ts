import type { Variables } from "../client/environment.ts";
import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "hono";

/** What is used of Hono's context. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  readonly env?: unknown;
}

/**
 * Serves functions from a Hono application, on Node, Bun, Deno or a worker.
 *
 * @example
 * app.on(["GET", "PUT", "POST"], "/api/stepwell", serve({ client, functions }));
 */
export function serve(options: ServeOptions): (context: HonoContext) => Promise<Response> {
  const handler = createHandler(options, { name: frameworkName, isLongLived: typeof process !== "undefined" });
  return (context) => {
    const variables = variablesOf(context.env);
    return handler(context.req.raw, { args: [context], peer: peerOf(context.env), ...(variables === undefined ? {} : { variables }) });
  };
}

/** On workers settings come with the request; on Node the same place has the sockets. */
function variablesOf(env: unknown): Variables | undefined {
  if (typeof env !== "object" || env === null || "incoming" in env) return undefined;
  return Object.values(env).some((value) => typeof value === "string") ? (env as Variables) : undefined;
}

/** On Node the request of Node's is beside it. */
function peerOf(env: unknown): string | undefined {
  return (env as { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } } } | undefined)?.incoming?.socket
    ?.remoteAddress;
}
