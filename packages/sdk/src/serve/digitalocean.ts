import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "digitalocean";

/** What a function of DigitalOcean is called with: the request beside the members of its body. */
export interface DigitalOceanArguments {
  readonly http?: {
    readonly headers: Readonly<Record<string, string>>;
    readonly method: string;
    readonly path: string;
    readonly queryString?: string;
  };
  readonly [member: string]: unknown;
}

export interface DigitalOceanResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Serves functions from DigitalOcean. The function does not know its own address, so `serveOrigin` is needed. */
export function serve(
  options: ServeOptions & { readonly serveOrigin: string },
): (given?: DigitalOceanArguments) => Promise<DigitalOceanResult> {
  const handler = createHandler(options, { name: frameworkName, isLongLived: false });
  return async ({ http, ...members } = {}) => {
    const method = http?.method ?? "GET";
    const url = new URL(http?.path ?? "/", options.serveOrigin);
    // The query's parameters stand among the members, where they cannot be told from the body's.
    for (const name of ["fnId", "stepId", "deployId", "probe"])
      if (typeof members[name] === "string") url.searchParams.set(name, members[name]);
    const { fnId: _, stepId: __, deployId: ___, probe: ____, ...body } = members;
    const response = await handler(
      new Request(url, { method, headers: http?.headers ?? {}, ...(method === "GET" ? {} : { body: JSON.stringify(body) }) }),
    );
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  };
}
