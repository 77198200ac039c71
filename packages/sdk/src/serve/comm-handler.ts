import { createHandler, type WebHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

/** What a framework's handler tells of one request, and how it answers. */
export interface HandlerActions<Output> {
  readonly method: () => string | Promise<string>;
  readonly url: () => URL | Promise<URL>;
  readonly headers: (name: string) => string | null | undefined | Promise<string | null | undefined>;
  /** The body, as text or parsed. */
  readonly body: () => unknown;
  readonly textBody?: () => string | Promise<string>;
  readonly queryString?: (key: string, url: URL) => string | null | undefined | Promise<string | null | undefined>;
  readonly env?: () => Readonly<Record<string, string | undefined>> | undefined;
  readonly transformResponse: (response: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: string;
  }) => Output;
  readonly transformStreamingResponse?: (response: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: ReadableStream;
  }) => unknown;
}

export interface CommHandlerOptions<Input extends readonly unknown[], Output> extends ServeOptions {
  readonly frameworkName: string;
  readonly handler: (...given: Input) => HandlerActions<Output> | Promise<HandlerActions<Output>>;
}

/** What the server sends, and what tells of others; a framework is asked by name. */
const readHeaders = [
  ...["content-type", "host", "authorization", "user-agent", "x-forwarded-proto", "x-forwarded-for", "traceparent", "tracestate"],
  ...["x-inngest-signature", "x-inngest-req-version", "x-inngest-step-id", "x-inngest-generation-id", "x-inngest-job-id"],
  ...["x-inngest-server-kind", "x-inngest-sync-kind"],
  ...["origin", "sec-fetch-site", "x-forwarded-host", "x-real-ip", "forwarded"],
  ...["x-run-id", "x-request-id", "x-stepwell-version"],
];

/** Makes a handler for a framework that has none here: it says how to read a request and how to answer. */
export class InngestCommHandler<Input extends readonly unknown[] = readonly unknown[], Output = unknown> {
  readonly #options: CommHandlerOptions<Input, Output>;
  readonly #handler: WebHandler;

  constructor(options: CommHandlerOptions<Input, Output>) {
    this.#options = options;
    const { frameworkName, handler: _, ...rest } = options;
    this.#handler = createHandler(rest, { name: frameworkName, isLongLived: false });
  }

  createHandler(): (...given: Input) => Promise<Output> {
    return async (...given) => {
      const actions = await this.#options.handler(...given);
      const variables = actions.env?.();
      const response = await this.#handler(await requestOf(actions), { args: given, ...(variables === undefined ? {} : { variables }) });
      const { status } = response;
      const headers = Object.fromEntries(response.headers);
      if (status === 201 && response.body !== null && actions.transformStreamingResponse !== undefined)
        return (await actions.transformStreamingResponse({ status, headers, body: response.body })) as Output;
      return actions.transformResponse({ status, headers, body: await response.text() }) as Output;
    };
  }
}

async function requestOf<Output>(actions: HandlerActions<Output>): Promise<Request> {
  const method = await actions.method();
  const url = new URL(await actions.url());
  const headers = new Headers();
  for (const name of readHeaders) {
    const value = await actions.headers(name);
    if (value !== null && value !== undefined) headers.set(name, value);
  }
  for (const key of ["fnId", "stepId", "probe", "deployId"]) {
    const value = await actions.queryString?.(key, url);
    if (value !== null && value !== undefined) url.searchParams.set(key, value);
  }
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  const body = actions.textBody === undefined ? await actions.body() : await actions.textBody();
  return new Request(url, { method, headers, body: typeof body === "string" ? body : JSON.stringify(body ?? null) });
}
