import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "sveltekit";

export type SvelteKitHandler = (event: { readonly request: Request }) => Promise<Response>;

/**
 * Serves functions from an endpoint of SvelteKit.
 *
 * @example
 * // src/routes/api/stepwell/+server.ts
 * export const { GET, POST, PUT } = serve({ client, functions });
 */
export function serve(
  options: ServeOptions,
): SvelteKitHandler & { readonly GET: SvelteKitHandler; readonly POST: SvelteKitHandler; readonly PUT: SvelteKitHandler } {
  const handler = createHandler(options, { name: frameworkName, isLongLived: false });
  const answer: SvelteKitHandler = (event) => handler(event.request, { args: [event] });
  return Object.assign((event: { readonly request: Request }) => answer(event), { GET: answer, POST: answer, PUT: answer });
}
