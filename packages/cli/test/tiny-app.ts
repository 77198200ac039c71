// An app that speaks as much of the protocol as these tests need, on node:http alone.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

export interface TinyApp {
  readonly port: number;
  readonly url: string;
  /** What was asked of it, e.g. `PUT /api/inngest`. */
  readonly requests: readonly string[];
}

export interface TinyAppOptions {
  readonly port?: number;
  /** Where it registers when it is asked to; it answers the PUT and registers nowhere without one. */
  readonly server?: () => string;
  /** Sent with the registration. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The functions, and what each call of one is answered with. */
  readonly functions?: Readonly<Record<string, TinyReply>>;
}

export interface TinyReply {
  readonly event: string;
  /** A condition on the event. */
  readonly if?: string;
  readonly status: number;
  /** What is sent, or what makes it. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const path = "/api/inngest";

export async function tinyApp(options: TinyAppOptions = {}): Promise<TinyApp> {
  const requests: string[] = [];
  const server = createServer((request, response) => void answer(request, response));
  // The server may be gone before its app is: what cannot be said to it is nobody's failure.
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(`${request.method} ${request.url}`);
    const url = `http://localhost:${port}${path}`;
    if (request.method === "PUT" && options.server !== undefined) await register(options.server(), url, options).catch(() => undefined);
    const id = new URL(request.url ?? "/", url).searchParams.get("fnId") ?? "";
    const reply = options.functions?.[id.replace(/^tiny-/, "")];
    const isCall = request.method === "POST" && reply !== undefined;
    const body: unknown = isCall && typeof reply.body === "function" ? await reply.body() : reply?.body;
    response.writeHead(isCall ? reply.status : 200, {
      "content-type": "application/json",
      "x-inngest-sdk": "js:v4.0.0",
      "x-inngest-req-version": "2",
      ...(isCall ? reply.headers : {}),
    });
    response.end(JSON.stringify(isCall ? body : { message: "ok" }));
  };
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port, url: `http://localhost:${port}${path}`, requests };
}

async function register(server: string, url: string, { functions = {}, headers = {} }: TinyAppOptions): Promise<void> {
  const body = {
    appName: "tiny",
    url,
    sdk: "js:v4.0.0",
    framework: "test",
    deployType: "ping",
    v: "0.1",
    functions: Object.entries(functions).map(([id, { event, if: expression }]) => ({
      id: `tiny-${id}`,
      name: id,
      triggers: [expression === undefined ? { event } : { event, expression }],
      steps: {
        step: { id: "step", name: "step", runtime: { type: "http", url: `${url}?fnId=tiny-${id}&stepId=step` }, retries: { attempts: 0 } },
      },
    })),
  };
  await fetch(`${server}/fn/register`, { method: "POST", headers, body: JSON.stringify(body) });
}
