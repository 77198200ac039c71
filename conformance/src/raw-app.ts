// An app that is no SDK: it answers calls as a test says, to see what the server makes of it.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export interface RawCall {
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** From 1. */
  readonly number: number;
}

export interface RawApp extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly calls: readonly RawCall[];
}

/** Answers every POST by the function given; the third argument ends the connection without an answer. */
export async function startRawApp(
  answer: (call: RawCall, response: ServerResponse, request: IncomingMessage) => void,
  port = 0,
): Promise<RawApp> {
  const calls: RawCall[] = [];
  const server: Server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (request.method !== "POST") return void response.writeHead(200, sdkHeaders).end("{}");
    const call = { url: new URL(request.url ?? "/", "http://localhost"), headers: request.headers, body, number: calls.length + 1 };
    calls.push(call);
    answer(call, response, request);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}/api/inngest`,
    port: bound,
    calls,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const sdkHeaders = {
  "content-type": "application/json",
  "x-inngest-sdk": "inngest-js:v4.24.0",
  "x-inngest-req-version": "2",
} as const;

export interface RawFunction {
  readonly id: string;
  readonly event: string;
  readonly retries?: number;
  readonly url: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** The body of a registration, as an SDK would send it. */
export function registration(appName: string, url: string, functions: readonly RawFunction[]): string {
  return JSON.stringify({
    url,
    v: "0.1",
    deployType: "ping",
    sdk: "js:v4.24.0",
    appName,
    functions: functions.map(({ id, event, retries = 2, url: functionUrl, options = {} }) => ({
      id: `${appName}-${id}`,
      name: id,
      triggers: [{ event }],
      steps: {
        step: {
          id: "step",
          name: "step",
          runtime: { type: "http", url: `${functionUrl}?fnId=${appName}-${id}&stepId=step` },
          retries: { attempts: retries },
        },
      },
      ...options,
    })),
  });
}

export async function register(
  serverUrl: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const response = await fetch(`${serverUrl}/fn/register`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
