// An app behind the web handler, and what it asks of a server that is played.

import { type ClientOptions, Stepwell } from "../src/index.ts";
import { createHandler } from "../src/serve/create-handler.ts";
import type { ServeOptions } from "../src/serve/serve-options.ts";
import { runId } from "./call-once.ts";

export const key = "signkey-test-8ee2262a15e8d3c42d6a840db7af3de2aab08ef632b32a37a687f24b34dba3ff";
export const production = { isDev: false, signingKey: key, eventKey: "event-key", baseUrl: "http://server.test" };

export interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** An app, and what it asked of its server. */
export function setup(
  options: Partial<ClientOptions> = {},
  serve: Partial<ServeOptions> = {},
  answer: (asked: Asked) => Response = () => Response.json({ ok: true }),
) {
  const asked: Asked[] = [];
  const fake: typeof fetch = async (input, init) => {
    const text = typeof init?.body === "string" ? init.body : "";
    const one = {
      url: String(input),
      method: init?.method ?? "GET",
      headers: new Headers(init?.headers),
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
    };
    asked.push(one);
    return answer(one);
  };
  const logger = { info() {}, warn() {}, error() {}, debug() {} };
  const client = new Stepwell({ id: "app", isDev: true, fetch: fake, logger, ...options });
  const one = client.createFunction({ id: "one", triggers: { event: "go" } }, ({ step }) => step.run("a", () => 1));
  const plain = client.createFunction({ id: "plain", triggers: { event: "go" } }, ({ event }) => event.data);
  const functions = serve.functions ?? [one, plain];
  const handle = createHandler({ client, registersAtStart: false, ...serve, functions }, { name: "test", isLongLived: false });
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    origin = "http://localhost:3000",
  ) => {
    const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const response = await handle(new Request(`${origin}${path}`, { method, headers, ...(text === undefined ? {} : { body: text }) }));
    const raw = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      raw,
      body: raw === "" ? undefined : (JSON.parse(raw) as Record<string, unknown> & readonly unknown[]),
    };
  };
  return { asked, client, ask };
}

export const callBody = (more: object = {}) => ({
  ctx: {
    run_id: runId,
    attempt: 0,
    max_attempts: 5,
    disable_immediate_execution: false,
    use_api: false,
    stack: { stack: [], current: 0 },
    fn_id: "6e0a2f0e-0000-5000-8000-000000000000",
    qi_id: "q",
    ...more,
  },
  event: { name: "go", data: { n: 1 }, id: "e", ts: 1, user: {} },
  events: [{ name: "go", data: { n: 1 }, id: "e", ts: 1, user: {} }],
  steps: {},
  version: -1,
});
export const path = "/api/inngest?fnId=app-one&stepId=step";
