import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { at } from "../api.ts";
import { has } from "../app.ts";
import { type Context, rule } from "../conformance-case.ts";
import { anyOp, idOf, ops, planned, result, soon, stepRun } from "../reply.ts";

type Op = Readonly<Record<string, unknown>>;

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the step remembers when the server asks a service that answers so, and what the service was asked. */
async function asks(
  { app }: Context,
  op: string,
  opts: (url: string) => Op,
  answer: { readonly status: number; readonly body: string },
): Promise<{ readonly memo: unknown; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const service = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    asked.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
    response.writeHead(answer.status, { "content-type": "application/json", "x-many": ["1", "2"] }).end(answer.body);
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/ask?x=1`;
    const run = await app.start((call) =>
      has(call, "g") ? result(call.body.steps[idOf("g")]) : ops([anyOp(op, "g", { opts: opts(url) })], soon),
    );
    return { memo: (await run.ended()).output, asked };
  } finally {
    service.close();
    service.closeAllConnections();
  }
}

const ok = { status: 200, body: '{"answer":42}' };
const infer =
  (format: string, more: Op = {}) =>
  (url: string): Op => ({ type: "step.ai.infer", url, format, auth_key: "secret", headers: {}, body: { q: 1 }, ...more });

export const gatewayCases = [
  ...rule(
    "8.19",
    {
      "StepCancel gives up a request that is under way": async ({ app, expect }) => {
        let isGivenUp = false;
        const service = createServer((_, response) => void response.on("close", () => (isGivenUp = true)));
        await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
        try {
          const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/slow`;
          const race = { parallelMode: "race" };
          let wasGivenUp = false;
          const run = await app.start((call) => {
            if (call.stepId !== "step") return ops([stepRun("quick", 1)]);
            if (!has(call, "quick")) return ops([anyOp("Gateway", "g", { opts: { url, ...race } }), planned("quick", { opts: race })]);
            if (!has(call, "nap"))
              return ops([anyOp("StepCancel", "cancel", { opts: { ids: [idOf("g")] } }), anyOp("Sleep", "nap", { name: "1s" })]);
            wasGivenUp = isGivenUp;
            return result("end");
          });
          expect.like(await run.ended(), { status: "Completed", output: "end" });
          expect.ok(wasGivenUp, "the request was given up before the run ended");
        } finally {
          service.close();
          service.closeAllConnections();
        }
      },
    },
    ["dev"],
  ),
  ...rule(
    "8.10",
    {
      "the server makes the request, and its answer is the result": async (context) => {
        const opts = (url: string): Op => ({ url, method: "PUT", headers: { "x-own": "1" }, body: "text" });
        const { memo, asked } = await asks(context, "Gateway", opts, ok);
        context.expect.like(asked, [{ method: "PUT", url: "/ask?x=1", body: "text" }]);
        context.expect.equal([asked[0]?.headers["x-own"], asked[0]?.headers["user-agent"]], ["1", "Inngest"]);
        context.expect.like(memo, { data: { body: ok.body, status_code: 200 } });
        const headers = Object.entries(at(memo, "data", "headers") as object).map(([name, value]) => [name.toLowerCase(), value]);
        context.expect.matches(Object.fromEntries(headers)["x-many"], /^1, ?2$/);
      },
      "without a method it is POST": async (context) => {
        const { asked } = await asks(context, "Gateway", (url) => ({ url }), ok);
        context.expect.equal(asked[0]?.method, "POST");
      },
      "any status is a success": async (context) => {
        const { memo } = await asks(context, "Gateway", (url) => ({ url, method: "GET" }), { status: 500, body: "broken" });
        context.expect.like(memo, { data: { body: "broken", status_code: 500 } });
      },
      "a service that cannot be reached is an error of the step": async (context) => {
        const { memo } = await asks(context, "Gateway", () => ({ url: "http://127.0.0.1:9/", method: "GET" }), ok);
        context.expect.like(memo, { error: { name: "GatewayError" } });
        context.expect.matches(at(memo, "error", "message"), /^Error making gateway request: /);
      },
    },
    ["dev"],
  ),
  ...rule(
    "8.11",
    {
      "the answer's JSON is the result; the key goes where the format has it": async (context) => {
        for (const [format, header, value] of [
          ["openai-chat", "authorization", "Bearer secret"],
          ["anthropic", "x-api-key", "secret"],
          ["bedrock", "authorization", "secret"],
        ] as const) {
          const { memo, asked } = await asks(context, "AIGateway", infer(format), ok);
          context.expect.equal(memo, { data: { answer: 42 } });
          context.expect.like(asked[0], { method: "POST", body: '{"q":1}' });
          context.expect.equal(asked[0]?.headers[header], value, format);
        }
      },
      "gemini's key stands in the query": async (context) => {
        const { asked } = await asks(context, "AIGateway", infer("gemini"), ok);
        context.expect.equal(new URL(asked[0]?.url ?? "", "http://x").searchParams.get("key"), "secret");
      },
      "an error of the service is an error of the step, with what it said": async (context) => {
        const { memo } = await asks(context, "AIGateway", infer("openai-chat"), { status: 429, body: '{"error":"slow down"}' });
        context.expect.like(memo, { error: { name: "AIGatewayError", data: { error: "slow down" } } });
      },
      "a success that is no JSON is text": async (context) => {
        const { memo } = await asks(context, "AIGateway", infer("openai-chat"), { status: 200, body: "plain" });
        context.expect.equal(memo, { data: "plain" });
      },
    },
    ["dev"],
  ),
];
