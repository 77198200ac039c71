import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Api } from "../api.ts";
import { type Context, rule } from "../conformance-case.ts";
import { bare, ops, result, soon, stepRun, thrown } from "../reply.ts";

const withoutPrefix = (key: string): string => key.replace(/^signkey-\w+-/, "");
const hashOf = (key: string): string =>
  createHash("sha256")
    .update(Buffer.from(withoutPrefix(key), "hex"))
    .digest("hex");
const keyOf = (api: Api): string => api.target.signingKey ?? "";

function expectSigned({ api, expect }: Context, headers: IncomingHttpHeaders, body: string): void {
  const signature = headers["x-inngest-signature"];
  expect.matches(signature, /^t=\d+&s=[0-9a-f]{64}$/);
  const [, t = "", s] = /^t=(\d+)&s=(.*)$/.exec(String(signature)) ?? [];
  expect.equal(
    s,
    createHmac("sha256", withoutPrefix(keyOf(api)))
      .update(body)
      .update(t)
      .digest("hex"),
    "the signature",
  );
  expect.between(Number(t), Date.now() / 1_000 - 30, Date.now() / 1_000 + 5, "the time of the signature");
}

/** RFC 8785, as far as JSON.stringify does not do it already. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}

const awkward = '{"z":1,"a":{"é":1e21,"b":-0.0,"10":"\\u00e9\\u2028/","9":[3,{"y":0.1,"x":null}]}}';

export const signingCases = [
  ...rule(
    "3.1",
    {
      "the secret is the text of the key without its prefix": async (context) => {
        await (await context.app.start(() => result())).ended();
        const call = await context.app.call(1);
        expectSigned(context, call.headers, call.text);
      },
    },
    ["signed"],
  ),
  ...rule(
    "3.2",
    {
      "the signature is t and s, over the body and the digits of t": async (context) => {
        await (await context.app.start(() => result(), { event: { data: { text: "ü/\n" } } })).ended();
        const call = await context.app.call(1);
        expectSigned(context, call.headers, call.text);
      },
    },
    ["signed"],
  ),
  ...rule(
    "3.3",
    {
      "the body is canonical JSON, whatever the event and the results were like": async (context) => {
        const { app, expect } = context;
        const run = await app.start(
          (call) => {
            if (call.number > 1) return result();
            return { ...ops([]), body: `[{"op":"StepRun","id":"b","name":"b","data":${awkward}},{"op":"StepRun","id":"a","data":1}]` };
          },
          { event: { data: JSON.parse(awkward) } },
        );
        await run.ended();
        for (const { text, headers } of app.calls) {
          expect.equal(text, canonical(JSON.parse(text)));
          expectSigned(context, headers, text);
        }
      },
      "every attempt is signed anew": async (context) => {
        const { app, expect } = context;
        await (await app.start((call) => (call.number === 1 ? thrown("once", soon) : result()), { retries: 1 })).ended();
        const [first, second] = app.calls.map(({ headers }) => /^t=(\d+)/.exec(String(headers["x-inngest-signature"]))?.[1]);
        expect.ok(Number(second) > Number(first), "a later time");
        for (const { text, headers } of app.calls) expectSigned(context, headers, text);
      },
      "a sync is signed over its body": async (context) => {
        const { app, api } = context;
        let check: (() => void) | undefined;
        app.onPut = ({ headers, text }) => {
          check = () => expectSigned(context, headers, text);
          return bare(200, "{}");
        };
        await api.post("/api/v1/apps/sync", { url: app.url });
        context.expect.ok(check !== undefined, "the app was asked");
        check?.();
      },
    },
    ["signed"],
  ),
  ...rule("3.4", {
    "the signature of a response is not looked at": async ({ app, expect }) => {
      const run = await app.start((call) =>
        call.number === 1 ? ops([stepRun("a", 1)], { "x-inngest-signature": "t=1&s=00" }) : result("ok"),
      );
      expect.like(await run.ended(), { status: "Completed", output: "ok" });
    },
  }),
  ...rule(
    "3.5",
    {
      "the key passes hashed or plain, with prefix and without": async ({ app, api, expect }) => {
        const key = keyOf(api);
        const tokens = [key, withoutPrefix(key), hashOf(key), `signkey-prod-${hashOf(key)}`, `signkey-test-${withoutPrefix(key)}`];
        for (const bearer of tokens) expect.equal((await api.post("/fn/register", app.registration(), { bearer })).status, 200, bearer);
      },
      "without the key the answer is 401 in plain text": async ({ app, api, expect }) => {
        for (const bearer of [false, "undefined", "nonsense", `signkey-test-${"0".repeat(64)}`] as const) {
          const answer = await api.post("/fn/register", app.registration(), { bearer });
          expect.equal(answer.status, 401);
          expect.matches(answer.headers.get("content-type"), /^text\/plain/);
          expect.equal(answer.text, "Authentication failed\n");
        }
      },
      "it is asked for at every door of SDKs and of the API": async ({ api, expect }) => {
        const runId = "01JQDAE4RQF8MBCR55T5AK4KXR";
        const doors = [
          ["POST", "/fn/register"],
          ["DELETE", "/fn/remove?url=x"],
          ["GET", `/v0/runs/${runId}/batch`],
          ["GET", `/v0/runs/${runId}/actions`],
          ["DELETE", `/v0/runs/${runId}`],
          ["POST", `/v1/checkpoint/${runId}/async`],
          ["GET", "/v1/events"],
          ["GET", `/v1/runs/${runId}`],
          ["DELETE", `/v1/runs/${runId}`],
          ["GET", "/api/v1/runs"],
        ] as const;
        for (const [method, path] of doors) {
          const body = method === "POST" ? { body: "{}" } : {};
          expect.equal((await api.ask(method, path, { ...body, bearer: false })).status, 401, `${method} ${path}`);
        }
      },
      "it is not asked for where events come in, nor for the health": async ({ app, api, expect }) => {
        expect.equal((await api.events({ name: app.event() })).status, 200);
        expect.equal((await api.get("/health", { bearer: false })).status, 200);
      },
    },
    ["signed"],
  ),
];
