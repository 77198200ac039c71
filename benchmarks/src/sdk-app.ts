// An app on the official SDK: one function with one step. It says when so many runs have passed the end of the handler.

import { createServer, type ServerResponse } from "node:http";
import { Inngest } from "inngest";
import { serve } from "inngest/node";

const client = new Inngest({ id: "bench" });
let waiting: { left: number; response: ServerResponse } | undefined;

const one = client.createFunction({ id: "one", triggers: [{ event: "bench/one" }] }, async ({ step }) => {
  const value = await step.run("a", () => ({ ok: true }));
  if (waiting !== undefined) {
    waiting.left -= 1;
    if (waiting.left === 0) waiting.response.end("done");
  }
  return value;
});

const handler = serve({ client, functions: [one] });
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
