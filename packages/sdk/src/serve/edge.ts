import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "edge";

/** Serves functions wherever a handler gets a `Request` and gives a `Response`. */
export function serve(options: ServeOptions): (request: Request) => Promise<Response> {
  const handler = createHandler(options, { name: frameworkName, isLongLived: false });
  return (request) => handler(request);
}
