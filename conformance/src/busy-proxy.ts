// A proxy before an app: it has no time for the first call, and passes everything else on.

import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface BusyProxy extends AsyncDisposable {
  readonly url: string;
  /** When calls of the app came. */
  readonly calledAt: readonly number[];
}

export async function startBusyProxy(appUrl: string): Promise<BusyProxy> {
  const calledAt: number[] = [];
  const server = createServer((request, response) => {
    if (request.method === "POST") calledAt.push(Date.now());
    if (request.method === "POST" && calledAt.length === 1) {
      request.resume();
      return void response.writeHead(429, { "retry-after": "2" }).end("busy");
    }
    const target = new URL(request.url ?? "/", appUrl);
    const onward = ask(target, { method: request.method ?? "GET", headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.once("error", () => response.destroy());
    return void request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(appUrl).pathname}`,
    calledAt,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
