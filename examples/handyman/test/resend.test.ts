// Mail over HTTP, by Resend's API: a server that answers as Resend does.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Answer, type EdgeWorld, endedRuns, eventually, send, startEdgeWorld } from "./edge-world.ts";

let world: EdgeWorld;
let taken: { readonly headers: IncomingHttpHeaders; readonly body: Answer }[] = [];
let answers: ((response: ServerResponse) => void)[] = [];

const resend = createServer(async (incoming, response) => {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  taken.push({ headers: incoming.headers, body: JSON.parse(text) });
  response.setHeader("content-type", "application/json");
  (answers.shift() ?? ((ok) => ok.end('{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}')))(response);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => resend.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(resend.address() as AddressInfo).port}`;
  world = await startEdgeWorld({ env: { SMTP_URL: "", RESEND_API_KEY: "re_test", RESEND_BASE_URL: baseUrl } });
});
afterAll(async () => {
  await world.close();
  resend.close();
});
beforeEach(() => {
  taken = [];
  answers = [];
});

test("a mail is one request, with the key as bearer and an idempotency key", async () => {
  const run = await resetPassword("ada@example.com");
  expect(run).toMatchObject({
    status: "completed",
    output: { value: { mail: { sent: true, id: "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794" } } },
  });
  expect(taken).toHaveLength(1);
  expect(taken[0]).toMatchObject({
    headers: { authorization: "Bearer re_test", "idempotency-key": `password-reset:${run.id}` },
    body: { to: ["ada@example.com"], from: "Handyman App <hello@handyman.example>", subject: "Reset your password" },
  });
  expect(taken[0]?.body.html).toContain("&lt;b&gt;Ada&lt;/b&gt;");
});

test("what Resend will not take now is tried again, as the same mail", async () => {
  answers = [(response) => response.writeHead(500).end('{"message":"down"}')];
  const run = await resetPassword("again@example.com");
  expect(run.status).toBe("completed");
  expect(taken.map(({ headers }) => headers["idempotency-key"])).toEqual(Array(2).fill(`password-reset:${run.id}`));
});

test("a limit of Resend's is kept to: the next try comes when it said", async () => {
  answers = [(response) => response.writeHead(429, { "retry-after": "1" }).end('{"message":"too many"}')];
  const before = Date.now();
  expect((await resetPassword("later@example.com")).status).toBe("completed");
  expect(taken).toHaveLength(2);
  expect(Date.now() - before).toBeGreaterThanOrEqual(1_000);
});

test("what Resend will never take fails at once, with what it said", async () => {
  answers = [(response) => response.writeHead(422).end('{"message":"Invalid `to` field."}')];
  const run = await resetPassword("never@example.com");
  expect(run).toMatchObject({ status: "failed", error: { message: expect.stringContaining("Invalid `to` field.") } });
  expect(taken).toHaveLength(1);
});

async function resetPassword(email: string): Promise<Answer> {
  const name = "auth/password.reset.requested";
  await send(world.server, { name, data: { userId: "u", email, token: "t", firstName: "<b>Ada</b>" } });
  let run: Answer;
  await eventually(async () => {
    const runs = await endedRuns(world.server, "send-password-reset-job", 0);
    run = runs.find(({ input, endedAt }) => endedAt !== null && input.value.data.email === email);
    return run;
  }).toBeDefined();
  return run;
}
