import type { Executable } from "../define/executable.ts";
import type { Hooks } from "../middleware/hooks.ts";
import { openMiddleware } from "../middleware/open-middleware.ts";

/** A function with the middleware of one call; where that cannot be made, the call fails as it does when the function throws. */
export function openCall(
  executable: Executable,
  requestArgs: readonly unknown[] = [],
): { readonly opened: Executable; readonly middleware: readonly Hooks[] } {
  try {
    return { opened: executable, middleware: openMiddleware(executable.client, executable.definition, requestArgs) };
  } catch (error) {
    return { opened: { ...executable, hasSchemas: false, handler: () => Promise.reject(error) }, middleware: [] };
  }
}
