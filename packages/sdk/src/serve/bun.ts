import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "bun";

/**
 * Serves functions from `Bun.serve`.
 *
 * @example
 * Bun.serve({ routes: { "/api/stepwell": serve({ client, functions }) } });
 */
export function serve(options: ServeOptions): (request: Request) => Promise<Response> {
  const handler = createHandler(options, { name: frameworkName, isLongLived: true });
  return (request) => handler(request);
}
