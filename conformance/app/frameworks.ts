import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

export interface Served {
  readonly client: unknown;
  readonly functions: readonly unknown[];
  readonly streaming: boolean;
}

/** One SDK's serve handler behind one web framework, as a listener of Node's HTTP server. */
export async function serveWith(framework: string, sdkName: string, { client, functions, streaming }: Served): Promise<RequestListener> {
  const adapter = (await import(`${sdkName}/${framework}`)) as {
    readonly serve: (options: object) => never;
    readonly fastifyPlugin?: never;
  };
  const streamingOption = streaming ? { streaming: sdkName === "inngest" ? true : "force" } : {};
  const options = { client, functions, ...streamingOption };
  switch (framework) {
    case "express": {
      const express = (await import("express")).default;
      const app = express();
      app.use(express.json({ limit: "20mb" }));
      app.use("/api/inngest", adapter.serve(options));
      return app;
    }
    case "fastify": {
      const { fastify } = await import("fastify");
      const app = fastify({ bodyLimit: 20_000_000 });
      app.route({ method: ["GET", "POST", "PUT"], url: "/api/inngest", handler: adapter.serve(options) });
      await app.ready();
      return (request, response) => app.routing(request, response);
    }
    case "hono": {
      const { Hono } = await import("hono");
      const { getRequestListener } = await import("@hono/node-server");
      const app = new Hono();
      app.on(["GET", "PUT", "POST"], "/api/inngest", adapter.serve(options));
      return getRequestListener(app.fetch);
    }
    default:
      return nextListener(adapter.serve(options) as unknown as NextHandlers);
  }
}

type NextHandlers = Readonly<Record<string, (request: Request) => Promise<Response>>>;

/** Next.js hands a route handler a web request and sends the web response it gets; nothing more of Next is needed. */
function nextListener(handlers: NextHandlers): RequestListener {
  return (incoming: IncomingMessage, outgoing: ServerResponse) => void answer(handlers, incoming, outgoing);
}

async function answer(handlers: NextHandlers, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const method = incoming.method ?? "GET";
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method,
    headers: incoming.headers as Record<string, string>,
    ...(method === "GET" ? {} : { body: Buffer.concat(chunks) }),
  });
  const response = await handlers[method]?.(request);
  outgoing.writeHead(response?.status ?? 405, Object.fromEntries(response?.headers ?? []));
  outgoing.end(Buffer.from((await response?.arrayBuffer()) ?? new ArrayBuffer(0)));
}
