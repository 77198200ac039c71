import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "remix";

/**
 * Serves functions from a resource route of Remix or React Router.
 *
 * @example
 * const handler = serve({ client, functions });
 * export { handler as action, handler as loader };
 */
export function serve(options: ServeOptions): (given: { readonly request: Request; readonly context?: unknown }) => Promise<Response> {
  const handler = createHandler(options, { name: frameworkName, isLongLived: false });
  return (given) => handler(given.request, { args: [given] });
}
