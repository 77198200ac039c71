import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { app, bench } from "./bench.ts";

test("of an answer to step.fetch each cookie is there, and the other headers", async () => {
  const cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"];
  const server = createServer((_, response) => response.writeHead(200, { "set-cookie": cookies, "x-many": ["1", "2"] }).end("ok"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const asking = app().createFunction({ id: "asking" }, { event: "go" }, async ({ step }) => {
    const { headers } = await step.fetch(`http://127.0.0.1:${port}/`);
    return [headers.getSetCookie(), headers.get("x-many")];
  });
  const { run } = await bench([asking]);
  expect(await run("go")).toMatchObject([{ status: "completed", output: [cookies, "1, 2"] }]);
});
