import type { Variables } from "../client/environment.ts";
import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "cloudflare-pages";

/** Pages functions are called with one object, modules of Workers with the request and the bindings. */
export type PagesArguments = [{ readonly request: Request; readonly env: object }];
export type WorkersArguments = [request: Request, env: object, context?: unknown];

/**
 * Serves functions from Cloudflare Workers and Pages.
 *
 * @example
 * export default { fetch: serve({ client, functions }) };
 */
export function serve(options: ServeOptions): (...given: PagesArguments | WorkersArguments) => Promise<Response> {
  const handler = createHandler(options, { name: frameworkName, isLongLived: false });
  return (...given) => {
    const [first, second] = given;
    const { request, env } = first instanceof Request ? { request: first, env: second } : first;
    return handler(request, { variables: textsOf(env), args: given });
  };
}

/** Of the bindings those that are text. */
function textsOf(env: unknown): Variables {
  return Object.fromEntries(Object.entries(env ?? {}).filter(([, value]) => typeof value === "string")) as Variables;
}
