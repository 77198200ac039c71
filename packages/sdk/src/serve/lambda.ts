import { createHandler } from "./create-handler.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "aws-lambda";

/** An event of API Gateway (both versions), a function URL or a load balancer, as far as it is read. */
export interface LambdaEvent {
  readonly httpMethod?: string;
  readonly path?: string;
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: {
    readonly http?: { readonly method?: string };
    readonly domainName?: string;
    readonly stage?: string;
    readonly path?: string;
  };
}

export interface LambdaResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * Serves functions from AWS Lambda.
 *
 * @example
 * export const handler = serve({ client, functions });
 */
export function serve(options: ServeOptions): (event: LambdaEvent, context?: unknown) => Promise<LambdaResult> {
  // Lambda collects a reply and sends it as a whole, so that one in pieces is of no use.
  const handler = createHandler({ ...options, streaming: false }, { name: frameworkName, isLongLived: false });
  return async (event, context) => {
    const response = await handler(lambdaRequest(event), { args: [event, context] });
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  };
}

function lambdaRequest(event: LambdaEvent): Request {
  const method = event.requestContext?.http?.method ?? event.httpMethod ?? "GET";
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers ?? {})) if (value !== undefined) headers.set(name, value);
  const host = headers.get("host") ?? event.requestContext?.domainName ?? "localhost";
  const scheme = headers.get("x-forwarded-proto") ?? "https";
  // The first version's own path lacks the stage, under which it is called from outside.
  const path = event.rawPath ?? event.requestContext?.path ?? event.path ?? "/";
  const url = new URL(path, `${scheme}://${host}`);
  url.search = event.rawQueryString ?? queryOf(event);
  const body = event.isBase64Encoded === true ? decodeBase64(event.body ?? "") : (event.body ?? "");
  return new Request(url, { method, headers, ...(method === "GET" || method === "HEAD" ? {} : { body }) });
}

function queryOf({ queryStringParameters }: LambdaEvent): string {
  const given = Object.entries(queryStringParameters ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given).toString();
}

function decodeBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}
