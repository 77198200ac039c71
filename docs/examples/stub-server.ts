// Stands for a server of Stepwell where a test looks at what it is asked, and for other services.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StubServer {
  readonly url: string;
  /** All that it was asked, in order. */
  readonly asked: readonly Asked[];
}

interface Answer {
  readonly status?: number;
  /** Text as it is, else as JSON. */
  readonly body?: unknown;
}

/** A server until the end of the test; it answers 200, unless the answer has another status. */
export async function stubServer(
  answer: (asked: Asked) => Answer | Promise<Answer>,
): Promise<StubServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const one = { ...describe(request), body: await text(request) };
    asked.push(one);
    const { status = 200, body = {} } = await answer(one);
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  }).listen(0);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, asked };
}

function describe({ method = "", url = "", headers }: IncomingMessage): Omit<Asked, "body"> {
  return { method, path: url, headers };
}
