import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "astro";

export type AstroHandler = (event: { readonly request: Request }) => Promise<Response>;

/**
 * Serves functions from an endpoint of Astro.
 *
 * @example
 * // src/pages/api/stepwell.ts
 * export const { GET, POST, PUT } = serve({ client, functions });
 */
export function serve(
  options: ServeOptions,
): AstroHandler & { readonly GET: AstroHandler; readonly POST: AstroHandler; readonly PUT: AstroHandler } {
  const handler = createHandler(options, { name: frameworkName, isLongLived: false });
  const answer: AstroHandler = (event) => handler(event.request, { args: [event] });
  return Object.assign((event: { readonly request: Request }) => answer(event), { GET: answer, POST: answer, PUT: answer });
}
