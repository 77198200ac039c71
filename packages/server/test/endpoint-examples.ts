// For every endpoint a request that it takes. Tests ask it as it is, and with one or two of its fields spoilt.

import { encodeQueueItemToken, hashStepId } from "@stepwell/protocol";
import type { Route } from "../src/route.ts";
import { type EndpointWorld, registration } from "./endpoint-world.ts";

export interface Example {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Making = (world: EndpointWorld) => Example | Promise<Example>;

const plain: Making = () => ({});
const ofRun =
  (kind: "good" | "slow", query: Example["query"] = {}): Making =>
  async (world) => ({ params: { runId: await world.run(kind) }, query });
const ofEvent =
  (query: Example["query"] = {}): Making =>
  async (world) => ({ params: { eventId: await world.send("shop/good", { n: 1 }) }, query });
const ofFunction =
  (more: Omit<Example, "params"> = {}): Making =>
  () => ({ params: { appId: "shop", functionId: "good" }, ...more });

const window = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };
const runQuery = { status: "COMPLETED", limit: "2", order: "ASC", timeField: "endedAt", from: window.from, until: window.to };

const signal: Making = async (world) => {
  const name = world.word();
  await world.run("signal", { signal: name });
  return { body: { signal: name, data: { ok: 1 } } };
};

const metadata: Making = async (world) => ({
  params: { runId: await world.run("good") },
  body: {
    target: { step_id: "charge", step_index: 0, step_attempt: 0, span_id: "ab12" },
    metadata: [
      { kind: "userland.x", op: "merge", values: { k: 1 } },
      { kind: "inngest.score", op: "set", values: { quality: { value: 0.5 } } },
    ],
  },
});

const cancellation = (): object => ({
  app_id: "shop",
  function_id: "slow",
  started_after: "2020-01-01T00:00:00Z",
  started_before: new Date(Date.now() - 1_000).toISOString(),
  if: "event.data.n == 1",
});

const operation = {
  kind: "cancel",
  name: "a name",
  reason: "a reason",
  dryRun: true,
  selection: { filter: { fn: ["shop-slow"], status: ["waiting"], from: window.from, if: "event.data.n == 1" } },
};

async function created(world: EndpointWorld, path: string, body: object): Promise<string> {
  const answer = await world.ask("POST", path, { body: JSON.stringify(body) });
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return answer.body.data.id;
}

const ofOperation: Making = async (world) => ({
  params: { id: await created(world, "/api/v1/operations", { ...operation, dryRun: false }) },
});

const replay = {
  kind: "replay",
  name: "a name",
  dryRun: true,
  selection: { filter: { fn: ["shop-bad"], status: ["failed"], failureState: ["open"], from: window.from, if: "event.data.n == 1" } },
  options: { mode: "resume", ratePerSecond: 20 },
};

const ofFailure =
  (more: Omit<Example, "params"> = {}): Making =>
  async (world) => {
    const run = await world.engine.reports.getRun((await world.run("bad")) as never);
    return { params: { fingerprint: run?.failure?.fingerprint ?? "" }, ...more };
  };

const checkpoint: Making = async (world) => {
  const runId = await world.run("hang");
  const step = { op: "StepRun", id: hashStepId(world.word()), name: "saved", data: { a: 1 } };
  const qiId = encodeQueueItemToken({ itemId: runId as never, generation: 1 });
  return { params: { runId }, body: { run_id: runId, qi_id: qiId, steps: [step] } };
};

async function limited(world: EndpointWorld, path: string): Promise<Example> {
  await world.ask("POST", `${path}?functionId=shop-good&limit=1000`, {});
  return { query: { functionId: "shop-good" } };
}

/** By method and path, as in the table of routes. */
const examples: Readonly<Record<string, Making>> = {
  "POST /e/:key": () => ({ params: { key: "event-key" }, body: [{ name: "shop/good", data: { n: 1 }, ts: Date.now(), user: {} }] }),
  "POST /v1/checkpoint/:runId/async": checkpoint,
  "POST /invoke/:slug": () => ({ params: { slug: "shop-good" }, body: { data: { n: 1 }, user: { id: "u" }, v: "1" } }),
  "POST /invoke/:app/:function": () => ({ params: { app: "shop", function: "good" }, body: { data: { n: 1 } } }),
  "POST /fn/step-limit": () => ({ query: { functionId: "shop-good", limit: "9" } }),
  "POST /fn/state-size-limit": () => ({ query: { functionId: "shop-good", limit: "900" } }),
  "DELETE /fn/step-limit": (world) => limited(world, "/fn/step-limit"),
  "DELETE /fn/state-size-limit": (world) => limited(world, "/fn/state-size-limit"),
  "POST /v0/gql": async (world) => ({
    body: {
      query:
        "query($id: String!, $first: Int) { run(runID: $id) { status trace { childrenSpans { outputID } } } runs(first: $first) { totalCount } }",
      variables: { id: await world.run("good"), first: 2 },
    },
  }),
  "POST /v0/telemetry": plain,
  "POST /fn/register": () => ({ body: registration("other", "http://localhost:2/") }),
  "DELETE /fn/remove": async (world) => {
    const url = `http://localhost:3/${world.word()}`;
    await world.ask("POST", "/fn/register", { body: JSON.stringify(registration("gone", url)) });
    return { query: { url } };
  },
  "GET /v0/runs/:runId/batch": ofRun("slow"),
  "GET /v0/runs/:runId/actions": ofRun("slow"),
  "DELETE /v0/runs/:runId": ofRun("slow"),
  "GET /health": plain,
  "GET /dev": plain,
  "GET /metrics": plain,
  "GET /v1/events": () => ({ query: { limit: "2", name: "shop/good", received_after: window.from, received_before: window.to } }),
  "GET /v1/events/:eventId": ofEvent(),
  "GET /v1/events/:eventId/runs": ofEvent(),
  "GET /v1/runs/:runId": ofRun("good"),
  "DELETE /v1/runs/:runId": ofRun("slow"),
  "GET /v1/runs/:runId/jobs": ofRun("slow"),
  "GET /v1/apps/:name/functions": () => ({ params: { name: "shop" } }),
  "POST /v1/signals": signal,
  "POST /v1/cancellations": () => ({ body: cancellation() }),
  "GET /v1/cancellations": plain,
  "DELETE /v1/cancellations/:id": async (world) => ({ params: { id: await created(world, "/v1/cancellations", cancellation()) } }),
  "GET /v2/health": plain,
  "GET /v2/account": plain,
  "GET /v2/envs": () => ({ query: { limit: "1" } }),
  "GET /v2/keys/events": () => ({ query: { limit: "1" } }),
  "GET /v2/keys/signing": () => ({ query: { limit: "1" } }),
  "GET /v2/operations": plain,
  "GET /v2/apps": () => ({ query: { limit: "1" } }),
  "GET /v2/apps/:appId": () => ({ params: { appId: "shop" } }),
  "GET /v2/apps/:appId/functions": () => ({ params: { appId: "shop" }, query: { limit: "2" } }),
  "GET /v2/apps/:appId/functions/:functionId": ofFunction(),
  "GET /v2/apps/:appId/functions/:functionId/runs": ofFunction({ query: runQuery }),
  "POST /v2/apps/:appId/functions/:functionId/invoke": (world) =>
    ofFunction({ body: { data: { n: 1 }, idempotencyKey: world.word() } })(world),
  "POST /v2/events": () => ({ body: { name: "shop/good", data: { n: 1 }, user: {}, ts: Date.now() } }),
  "GET /v2/events/:eventId/runs": ofEvent({ includeOutput: "true", limit: "1" }),
  "GET /v2/runs": () => ({ query: { ...runQuery, appId: "shop", functionId: "good", includeOutput: "true" } }),
  "GET /v2/runs/:runId": ofRun("good", { includeOutput: "true" }),
  "GET /v2/runs/:runId/trace": ofRun("good", { includeOutput: "true" }),
  "POST /v2/runs/:runId/cancel": ofRun("slow"),
  "POST /v1/runs/:runId/metadata": metadata,
  "GET /api/v1/runs/:runId/metadata": ofRun("good"),
  "POST /api/v1/runs/:runId/metadata": metadata,
  "POST /v2/runs/:runId/scores": async (world) => ({
    params: { runId: await world.run("good") },
    body: [
      { name: "quality", value: 0.5, stepId: "charge", experiment: { id: "e", variant: "a" } },
      { name: "ok", value: true },
    ],
  }),
  "POST /v2/runs/:runId/rerun": async (world) => ({
    params: { runId: await world.run("good") },
    body: { fromStep: { stepId: hashStepId("charge"), input: [{ n: 1 }] } },
  }),
  "GET /api/v1/server": plain,
  "GET /api/v1/doctor": plain,
  "GET /api/v1/openapi.json": plain,
  "GET /api/v1/runs": () => ({ query: { status: "waiting", fn: "shop/slow", app: "shop", eventName: "shop/slow", limit: "2", ...window } }),
  "GET /api/v1/runs/:runId": ofRun("good"),
  "GET /api/v1/runs/:runId/trace": ofRun("slow"),
  "GET /api/v1/runs/:runId/steps/:stepId": async (world) => ({ params: { runId: await world.run("good"), stepId: "charge" } }),
  "POST /api/v1/runs/:runId/cancel": ofRun("slow"),
  "POST /api/v1/runs/:runId/rerun": async (world) => ({
    params: { runId: await world.run("slow") },
    body: { fromStep: "nap", overrides: { charge: { output: { charged: 1 } } }, runAgain: [], name: world.word() },
  }),
  "GET /api/v1/runs/:runId/logs": ofRun("good", { level: "info", limit: "2" }),
  "POST /api/v1/runs/:runId/logs": async (world) => ({
    params: { runId: await world.run("slow") },
    body: { lines: [{ at: Date.now(), level: "info", text: "a line" }] },
  }),
  "GET /api/v1/apps": plain,
  "GET /api/v1/functions": plain,
  "GET /api/v1/functions/:slug": () => ({ params: { slug: "shop/good" } }),
  "POST /api/v1/functions/:slug/invoke": (world) => ({
    params: { slug: "shop-good" },
    body: { data: { n: 1 }, user: {}, id: world.word(), at: "2020-01-01" },
    headers: { "idempotency-key": world.word() },
  }),
  "GET /api/v1/schedules": async (world) => {
    await world.tick();
    return {};
  },
  "GET /api/v1/breakers": plain,
  "POST /api/v1/breakers/:id/reset": async (world) => {
    await world.run("good");
    return { params: { id: world.engine.breakers.list()[0]?.id ?? "" } };
  },
  "GET /api/v1/failures": () => ({ query: { state: "open", fn: "shop/bad", app: "shop", limit: "2", ...window } }),
  "GET /api/v1/failures/:fingerprint": ofFailure(),
  "PATCH /api/v1/failures/:fingerprint": ofFailure({ body: { state: "resolved" } }),
  "POST /api/v1/failures/:fingerprint/redrive": ofFailure({ body: { mode: "rerun", ratePerSecond: 5, dryRun: true } }),
  "POST /api/v1/runs/:runId/redrive": async (world) => ({ params: { runId: await world.run("bad") }, body: { mode: "resume" } }),
  "POST /api/v1/operations": (world) => ({ body: Number(world.word().slice(1)) % 2 === 0 ? operation : replay }),
  "GET /api/v1/operations": plain,
  "GET /api/v1/operations/:id": ofOperation,
  "POST /api/v1/operations/:id/abort": ofOperation,
  "POST /api/v1/signals": signal,
  "POST /api/v1/events": () => ({ body: { events: [{ name: "shop/good", data: { n: 1 } }] } }),
  "POST /api/v1/apps/sync": () => ({ body: { url: "http://localhost:1/", kind: "in_band" } }),
  "DELETE /api/v1/apps/:id": async (world) => {
    const id = world.word();
    await world.ask("POST", "/fn/register", { body: JSON.stringify(registration(id, `http://localhost:1/${id}`)) });
    return { params: { id }, query: { runs: "drain" } };
  },
  "GET /api/v1/events": () => ({ query: { name: "shop/good", limit: "2", ...window } }),
  "GET /api/v1/events/:eventId": ofEvent(),
  "GET /api/v1/events/:eventId/why": ofEvent(),
  "GET /api/v1/runs/:runId/why": ofRun("slow"),
  "GET /api/v1/runs/:runId/explain": ofRun("slow"),
  "GET /api/v1/keys": plain,
  "POST /api/v1/keys": (world) => ({ body: { kind: "event", name: world.word() } }),
  "POST /api/v1/keys/:id/rotate": async (world) => ({
    params: { id: await created(world, "/api/v1/keys", { kind: "event" }) },
    body: { overlap: "0s" },
  }),
  "POST /api/v1/sign-in": (world) => ({ body: { password: world.password } }),
  "POST /api/v1/sign-out": plain,
  "GET /api/v1/alerts": plain,
  "POST /api/v1/alerts/test": () => ({ body: { channel: "ops" } }),
  "POST /api/v1/password": plain,
  "DELETE /api/v1/keys/:id": async (world) => ({ params: { id: await created(world, "/api/v1/keys", { kind: "event" }) } }),
};

/** Endpoints that never do anything: one tells that the key was forgotten, others that the open server has no such thing. */
export function refusesAlways({ path, summary }: Route): boolean {
  return path === "/e" || summary === "Not in the open server";
}

/** `undefined`: the endpoint has none yet. */
export function exampleOf(route: Route): Making | undefined {
  if (refusesAlways(route)) return () => ({ params: { appId: "x", functionId: "x", id: "x", key: "x", env: "x" } });
  return examples[`${route.method} ${route.path.replace(/^\/api\/v2\//, "/v2/")}`];
}
