import { type H3Handler, serveEvents } from "./h3.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "nitro";

/**
 * Serves functions from a route of Nitro.
 *
 * @example
 * // routes/api/stepwell.ts
 * export default defineEventHandler(serve({ client, functions }));
 */
export function serve(options: ServeOptions): H3Handler {
  return serveEvents(options, { name: frameworkName, isLongLived: true });
}
