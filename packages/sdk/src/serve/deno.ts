import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "deno";

/**
 * Serves functions from `Deno.serve`, and from Fresh.
 *
 * @example
 * Deno.serve(serve({ client, functions }));
 */
export function serve(options: ServeOptions): (request: Request) => Promise<Response> {
  const variables = denoVariables();
  if (variables !== undefined) options.client.setEnvVars(variables);
  const handler = createHandler(options, { name: frameworkName, isLongLived: true });
  return (request) => handler(request);
}

function denoVariables(): Record<string, string> | undefined {
  const { Deno } = globalThis as { readonly Deno?: { readonly env?: { toObject(): Record<string, string> } } };
  try {
    return Deno?.env?.toObject();
  } catch {
    return undefined; // Reading variables needs a permission; without it the options have to say everything.
  }
}
