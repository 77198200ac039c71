// An app on the official SDK, or on ours: one function with one step. It says when so many runs have passed the end of the handler.

import { createServer, type RequestListener, type ServerResponse } from "node:http";

let waiting: { left: number; response: ServerResponse } | undefined;

function onEnd(): void {
  if (waiting === undefined) return;
  waiting.left -= 1;
  if (waiting.left === 0) waiting.response.end("done");
}

async function ourHandler(): Promise<RequestListener> {
  const [{ Stepwell }, { serve }] = await Promise.all([import("stepwell"), import("stepwell/node")]);
  const client = new Stepwell({ id: "bench" });
  const one = client.createFunction({ id: "one", triggers: [{ event: "bench/one" }] }, async ({ step }) => {
    const value = await step.run("a", () => ({ ok: true }));
    onEnd();
    return value;
  });
  return serve({ client, functions: [one] });
}

async function officialHandler(): Promise<RequestListener> {
  const [{ Inngest }, { serve }] = await Promise.all([import("inngest"), import("inngest/node")]);
  const client = new Inngest({ id: "bench" });
  const one = client.createFunction({ id: "one", triggers: [{ event: "bench/one" }] }, async ({ step }) => {
    const value = await step.run("a", () => ({ ok: true }));
    onEnd();
    return value;
  });
  return serve({ client, functions: [one] });
}

const handler = await (process.argv[2] === "stepwell" ? ourHandler() : officialHandler());
const server = createServer((request, response) => {
  const count = /^\/after\/(\d+)$/.exec(request.url ?? "")?.[1];
  if (count === undefined) handler(request, response);
  else {
    // The headers say that it counts from now on; the body comes when so many have passed.
    response.flushHeaders();
    waiting = { left: Number(count), response };
  }
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`);
});
