import { createHandler } from "./create-handler.ts";
import { type NodeRequest, webRequest } from "./node-request.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "koa";

/** What is used of Koa's context. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly originalUrl: string;
  readonly request: { readonly body?: unknown };
  status: number;
  body: unknown;
  set(headers: Record<string, string>): void;
}

/**
 * Serves functions from a Koa application; koa-bodyparser may stand before it.
 *
 * @example
 * router.all("/api/stepwell", serve({ client, functions }));
 */
export function serve(options: ServeOptions): (context: KoaContext) => Promise<void> {
  const handler = createHandler(options, { name: frameworkName, isLongLived: true });
  return async (context) => {
    const raw = Object.assign(Object.create(context.req) as NodeRequest, { body: context.request.body, originalUrl: context.originalUrl });
    const response = await handler(await webRequest(raw), { args: [context] });
    context.status = response.status;
    context.set(Object.fromEntries(response.headers));
    context.body = await response.text();
  };
}
