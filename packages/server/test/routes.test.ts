// The routes that people and programs read, over the engine and the store that ship; requests are made in memory.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call, type Engine, systemClock, systemRandom } from "@stepwell/engine";
import { asJson, epochMs, hashStepId, type Op, type Reply } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createApp, type HttpApp } from "../src/create-app.ts";
import { appSyncer } from "../src/discovery/sync-url.ts";
import { KeyRing } from "../src/keys/key-ring.ts";
import { measuredTransport } from "../src/metrics/measured-transport.ts";
import { MetricsTally } from "../src/metrics/metrics-tally.ts";
import type { Route } from "../src/route.ts";
import { routeTable } from "../src/route-table.ts";
import type { ServerSettings } from "../src/settings.ts";

const folder = mkdtempSync(join(tmpdir(), "stepwell-routes-"));
let store: Store;
let engine: Engine;
let app: HttpApp;
const tally = new MetricsTally();
let eventIds: readonly string[];

const step: Op = { kind: "StepRun", id: hashStepId("charge"), name: "charge", race: false, data: asJson({ charged: 42 }) };
const sleep: Op = { kind: "Sleep", id: hashStepId("nap"), name: "nap", race: false, target: "1h" };

/** `good` runs a step and ends; `bad` fails; `slow` sleeps for an hour. */
function answer({ target, memos }: Call): Reply {
  if (target.slug === "shop-bad")
    return {
      kind: "error",
      code: "function_error",
      error: { name: "CardError", message: "no funds", stack: "at x" },
      noRetry: true,
      status: 400,
    };
  if (memos.size === 0) return { kind: "ops", ops: [step], version: 2, noRetry: false, sdk: "js:v4" };
  return target.slug === "shop-slow"
    ? { kind: "ops", ops: [sleep], version: 2, noRetry: false, sdk: "js:v4" }
    : { kind: "result", data: asJson({ ok: true }), sdk: "js:v4" };
}

function appWith(more: Partial<ServerSettings>): HttpApp {
  const settings: ServerSettings = {
    mode: "dev",
    version: "1.2.3",
    keys: new KeyRing({ given: { signingKeys: [], eventKeys: [] }, wallNow: Date.now }),
    allowHosts: ["stepwell.internal"],
    storeKind: "sqlite",
    discovery: false,
    ...more,
  };
  return createApp({ engine, settings, tally, syncer: appSyncer({ engine, settings, wallNow: Date.now }) });
}

beforeAll(async () => {
  store = await openSqliteStore({ file: join(folder, "r.db"), now: epochMs(Date.now()), synchronous: "off", reader: "inline" });
  engine = buildEngine({
    store,
    transport: measuredTransport({ inProcess: false, call: async (call) => answer(call) }, tally),
    observer: tally,
    clock: systemClock(store.lastNow),
    random: systemRandom(),
  });
  await engine.start();
  app = appWith({});
  const functions = ["good", "bad", "slow"].map((name) => ({
    id: `shop-${name}`,
    name,
    triggers: [{ event: `shop/${name}` }],
    steps: { step: { id: "step", name: "step", runtime: { type: "http", url: "http://localhost:1/" } } },
  }));
  expect(
    (
      await ask("/fn/register", {
        method: "POST",
        body: JSON.stringify({ appName: "shop", url: "http://localhost:1/api/inngest", sdk: "js:v4.24.0", functions }),
      })
    ).status,
  ).toBe(200);
  const sent = await ask("/e/key", {
    method: "POST",
    body: JSON.stringify(["good", "bad", "slow"].map((name) => ({ name: `shop/${name}`, data: { n: 1 } }))),
  });
  eventIds = sent.body.ids;
  await vi.waitFor(async () => {
    const { body } = await ask("/api/v1/runs");
    expect(body.data.map((run: { status: string }) => run.status).sort()).toEqual(["completed", "failed", "waiting"]);
  });
});
afterAll(async () => {
  await engine.stop({ graceMs: 100 });
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used.
type Body = any;

async function ask(
  path: string,
  init: RequestInit & { readonly on?: HttpApp } = {},
): Promise<{ readonly status: number; readonly body: Body; readonly headers: Headers }> {
  const { on = app, ...rest } = init;
  const response = await on.fetch(
    new Request(`http://localhost:8288${path}`, {
      ...rest,
      headers: { host: "localhost:8288", ...(rest.headers as Record<string, string>) },
    }),
  );
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, body: isJson && text !== "" ? JSON.parse(text) : text, headers: response.headers };
}

const runOf = async (name: string) => (await ask(`/api/v1/runs?fn=shop-${name}`)).body.data[0];

describe("runs", () => {
  test("are listed newest first, with what people want to know of each", async () => {
    const { body } = await ask("/api/v1/runs");
    expect(body.page).toMatchObject({ next: null, prev: null, limit: 50, total: { value: 3, relation: "exact" } });
    expect(await runOf("good")).toMatchObject({
      status: "completed",
      function: { slug: "shop-good", appId: "shop" },
      trigger: { kind: "event", name: "shop/good", eventId: eventIds[0] },
      steps: { known: 1, done: 1, failed: 0 },
      error: null,
    });
    expect(await runOf("bad")).toMatchObject({ status: "failed", error: { name: "CardError", message: "no funds" } });
    expect(await runOf("slow")).toMatchObject({
      status: "waiting",
      statusReason: { code: "sleep", until: expect.stringMatching(/Z$/) },
      endedAt: null,
    });
  });

  test("are filtered by status, computed ones too, by function and by app", async () => {
    const count = async (query: string): Promise<number> => (await ask(`/api/v1/runs?${query}`)).body.data.length;
    expect(
      await Promise.all(
        [
          "status=failed",
          "status=waiting",
          "status=live",
          "status=completed,failed",
          "fn=shop/good",
          "app=shop",
          "app=none",
          `event=${eventIds[1]}`,
          "eventName=shop/slow",
          "from=2100-01-01T00:00:00Z",
        ].map(count),
      ),
    ).toEqual([1, 1, 1, 2, 1, 3, 0, 1, 1, 0]);
  });

  test.for([
    ["status=running", 0],
    ["status=queued", 0],
    ["status=waiting", 1],
    ["status=waiting,failed", 2],
    ["status=live", 1],
    ["status=completed", 1],
    ["", 3],
  ] as const)("with %j the total counts what is listed", async ([query, count]) => {
    const { body } = await ask(`/api/v1/runs?${query}`);
    expect([body.data.length, body.page.total]).toEqual([count, { value: count, relation: "exact" }]);
  });

  test("come in pages that follow each other both ways", async () => {
    const first = (await ask("/api/v1/runs?limit=2")).body;
    const second = (await ask(`/api/v1/runs?limit=2&after=${first.page.next}`)).body;
    expect([first.data.length, second.data.length, second.page.next]).toEqual([2, 1, null]);
    const back = (await ask(`/api/v1/runs?limit=2&before=${second.page.prev}`)).body;
    expect(back.data.map(({ id }: { id: string }) => id)).toEqual(first.data.map(({ id }: { id: string }) => id));
  });

  test("are shown with input, output, error and what may be done with them; a beginning of the id will do", async () => {
    const { id } = await runOf("good");
    const { body } = await ask(`/api/v1/runs/${id.slice(0, 25)}`);
    expect(body.data).toMatchObject({
      id,
      input: { value: { name: "shop/good", data: { n: 1 } } },
      output: { bytes: 11, value: { ok: true } },
      can: { cancel: { ok: false, why: "already_ended" } },
    });
  });

  test("have a trace of spans without payloads", async () => {
    const { body } = await ask(`/api/v1/runs/${(await runOf("slow")).id}/trace`);
    expect(body.data.spans).toMatchObject([
      { id: "run", kind: "run" },
      { kind: "step.run", name: "charge", status: "completed" },
      { kind: "step.sleep", name: "nap", status: "sleeping", end: null },
    ]);
    expect(JSON.stringify(body)).not.toContain("charged");
    const failed = (await ask(`/api/v1/runs/${(await runOf("bad")).id}/trace`)).body.data;
    expect(failed.spans[0].tries).toMatchObject([{ n: 1, status: "failed", httpStatus: 400 }]);
  });

  test("are cancelled once", async () => {
    const [eventId] = (await ask("/e/key", { method: "POST", body: '{"name":"shop/slow"}' })).body.ids;
    await expect.poll(async () => (await ask(`/api/v1/events/${eventId}`)).body.data.runs[0].status).toBe("waiting");
    const { id } = (await ask(`/api/v1/events/${eventId}`)).body.data.runs[0];
    expect(await ask(`/api/v1/runs/${id}/cancel`, { method: "POST" })).toMatchObject({
      status: 200,
      body: { data: { id, status: "cancelled" } },
    });
    expect(await ask(`/api/v1/runs/${id}/cancel`, { method: "POST" })).toMatchObject({ status: 409, body: { code: "run_already_ended" } });
    expect((await ask(`/v1/runs/${id}`, { method: "DELETE" })).status).toBe(200);
    expect((await ask(`/v0/runs/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await ask(`/v0/runs/${id}/actions`)).status).toBe(410);
  });
});

describe("events", () => {
  test("are filtered by name and by the time they came in", async () => {
    const names = async (query: string): Promise<readonly string[]> =>
      (await ask(`/api/v1/events?${query}`)).body.data.map(({ name }: { name: string }) => name);
    expect(await names("name=shop/bad")).toEqual(["shop/bad"]);
    expect(await names("name=shop/bad&from=2100-01-01T00:00:00Z")).toEqual([]);
    expect(await names("name=shop/bad&to=2100-01-01T00:00:00Z")).toEqual(["shop/bad"]);
  });
});

describe("a parameter that is not known", () => {
  test("is named, with those that are", async () => {
    expect((await ask("/api/v1/runs?trigger=cron")).body).toMatchObject({
      detail:
        '"trigger" is no parameter of this address; it takes status, fn, app, event, eventName, parent, failure, failureState, from, to, limit, after, before',
      fields: [{ path: "trigger" }],
    });
    expect((await ask("/api/v1/functions?a")).body.detail).toBe('"a" is no parameter of this address; this address takes none');
  });
});

describe("the compatible API", () => {
  test("knows events, their runs, runs and jobs, in its envelope", async () => {
    const event = await ask(`/v1/events/${eventIds[0]}`);
    expect(event.body).toMatchObject({
      data: { internal_id: eventIds[0], name: "shop/good", data: { n: 1 } },
      metadata: { fetched_at: expect.any(String) },
    });
    expect((await ask(`/v1/events/${eventIds[1]}/runs`)).body.data).toMatchObject([
      { status: "Failed", event_id: eventIds[1], output: { name: "CardError" } },
    ]);
    const { id } = (await ask(`/api/v1/events/${eventIds[2]}`)).body.data.runs[0];
    expect((await ask(`/v1/runs/${id}`)).body.data).toMatchObject({ run_id: id, status: "Running", ended_at: null });
    expect((await ask(`/v1/runs/${id}/jobs`)).body.data).toMatchObject([{ JobID: id, kind: "sleep", attempt: 0 }]);
    expect((await ask("/v1/events?limit=1")).body.data).toHaveLength(1);
    expect((await ask("/v1/apps/shop/functions")).body).toHaveLength(3);
  });

  test("gives an SDK the state that was too large for a call", async () => {
    const { id } = (await ask(`/api/v1/events/${eventIds[2]}`)).body.data.runs[0];
    expect((await ask(`/v0/runs/${id}/actions`)).body).toEqual({ [hashStepId("charge")]: { data: { charged: 42 } } });
    expect((await ask(`/v0/runs/${id}/batch`)).body).toMatchObject([{ name: "shop/slow", user: {} }]);
  });
});

describe("what is not there, or not right", () => {
  test.for([
    ["/api/v1/runs/01J00000000000000000000000", 404, "run_not_found"],
    ["/api/v1/runs/abc", 400, "invalid_run_id"],
    ["/api/v1/runs?status=sleepy", 400, "invalid_request"],
    ["/api/v1/runs?limit=0", 400, "invalid_request"],
    ["/api/v1/runs?limit=201", 400, "invalid_request"],
    ["/api/v1/runs?after=nonsense", 400, "invalid_request"],
    ["/api/v1/runs?fn=none", 400, "function_not_found"],
    ["/api/v1/runs?from=yesterday", 400, "invalid_request"],
    ["/api/v1/runs?q=charge", 400, "invalid_request"],
    ["/api/v1/runs?status=failed&sort=-queuedAt", 400, "invalid_request"],
    ["/api/v1/runs/01J00000000000000000000000/trace?depth=all", 400, "invalid_request"],
    ["/api/v1/events?foo=1", 400, "invalid_request"],
    ["/api/v1/events?from=yesterday", 400, "invalid_request"],
    ["/api/v1/apps?name=shop", 400, "invalid_request"],
    ["/api/v1/events/01J00000000000000000000000", 404, "event_not_found"],
    ["/api/v1/events/x", 400, "invalid_event_id"],
    ["/api/v1/nope", 404, "not_found"],
  ] as const)("%s is a problem with a code and a hint or fields", async ([path, status, code]) => {
    const answered = await ask(path);
    expect(answered.headers.get("content-type")).toBe("application/problem+json");
    expect(answered.body).toMatchObject({ code, detail: expect.any(String), hint: expect.any(String) });
    expect(answered.status === status || (code === "function_not_found" && answered.status === 404)).toBe(true);
  });

  test.for([
    ["/v1/runs/01J00000000000000000000000", 404],
    ["/v1/runs/x", 400],
    ["/v1/events/x", 400],
    ["/v1/events?cursor=x", 400],
    ["/v1/nothing", 404],
  ] as const)("%s has its status in the body too", async ([path, status]) => {
    expect(await ask(path)).toMatchObject({
      status,
      body: { status, error: expect.any(String), code: expect.any(String), hint: expect.any(String), data: null },
    });
  });

  test("an event that nobody knows has started nothing", async () => {
    expect(await ask("/v1/events/01J00000000000000000000000/runs")).toMatchObject({ status: 200, body: { data: [] } });
  });

  test.for([
    ["no JSON", 400, "invalid_json"],
    ["", 400, "invalid_json"],
    ['{"name":""}', 400, "invalid_event"],
    ['{"name":"inngest/x"}', 400, "event_name_reserved"],
    [`{"name":"${"x".repeat(300)}"}`, 400, "event_name_invalid"],
    [`[${'{"name":"a"},'.repeat(5_000)}{"name":"a"}]`, 400, "too_many_events"],
    [JSON.stringify({ name: "a", data: { text: "x".repeat(3 * 1024 * 1024) } }), 400, "event_too_large"],
    [`"${"x".repeat(33 * 1024 * 1024)}"`, 413, "body_too_large"],
  ] as const)("an event that is refused has a code and a hint besides what SDKs read (%#)", async ([body, status, code]) => {
    expect(await ask("/e/key", { method: "POST", body })).toMatchObject({
      status,
      body: { ids: [], status, code, error: expect.any(String), hint: expect.any(String) },
    });
  });

  test("a registration that is refused has a code and a hint", async () => {
    for (const [body, code] of [
      ["{", "invalid_json"],
      ["{}", "config_invalid"],
    ] as const)
      expect(await ask("/fn/register", { method: "POST", body })).toMatchObject({ status: 400, body: { code, hint: expect.any(String) } });
  });

  test("every answer says which kind of server this is", async () => {
    expect((await ask("/health")).headers.get("x-inngest-server-kind")).toBe("dev");
    expect((await ask("/nowhere")).headers.get("x-inngest-server-kind")).toBe("dev");
    expect((await ask("/health", { on: appWith({ mode: "start" }) })).headers.get("x-inngest-server-kind")).toBe("cloud");
  });
});

describe("trust", () => {
  test("dev answers this machine's names and those that were let in, and no others", async () => {
    for (const host of ["localhost:8288", "127.0.0.1", "[::1]:8288", "shop.localhost:3000", "stepwell.internal:80"])
      expect((await ask("/api/v1/server", { headers: { host } })).status).toBe(200);
    for (const host of ["evil.example", "localhost.evil.example", "192.168.1.2:8288"])
      expect(await ask("/api/v1/server", { headers: { host } })).toMatchObject({ status: 403, body: { code: "host_not_allowed" } });
  });

  test("a page of another origin may send events from this machine, and do nothing else", async () => {
    const event = { method: "POST", body: '{"name":"a"}' };
    const local = await ask("/e/key", { ...event, headers: { origin: "http://localhost:3000" } });
    expect([local.status, local.headers.get("access-control-allow-origin")]).toEqual([200, "http://localhost:3000"]);
    expect((await ask("/e/key", { ...event, headers: { origin: "https://evil.example" } })).status).toBe(403);
    expect((await ask("/api/v1/runs", { headers: { origin: "http://localhost:3000" } })).status).toBe(403);
    expect((await ask("/api/v1/runs", { headers: { origin: "http://localhost:8288" } })).status).toBe(200);
  });

  test("events without a key in the path are refused, not lost", async () => {
    const event = { method: "POST", body: '{"name":"a"}' };
    for (const path of ["/e", "/e/"]) expect(await ask(path, event)).toMatchObject({ status: 401, body: { code: "event_key_missing" } });
    expect(await ask("/e/k", { ...event, on: appWith({ mode: "start" }) })).toMatchObject({
      status: 503,
      body: { code: "event_key_missing", error: "Event keys are required to process events securely" },
    });
    const keys = new KeyRing({ given: { signingKeys: [], eventKeys: ["right"] }, wallNow: Date.now });
    expect(await ask("/e/wrong", { ...event, on: appWith({ mode: "start", keys }) })).toMatchObject({
      status: 401,
      body: { status: 401, message: "", code: "event_key_invalid", error: "Event key not found", hint: expect.any(String) },
    });
  });
});

describe("the table of routes", () => {
  test("has every route of every file, and each method and path once", async () => {
    const paths = routeTable.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(paths).size).toBe(paths.length);
    const folder = new URL("../src/routes/", import.meta.url);
    const files = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith(".ts"));
    const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href) as Promise<Record<string, unknown>>));
    const written = modules
      .flatMap((module) => Object.values(module).flat())
      .filter((value) => typeof value === "object" && value !== null && "handle" in value);
    const handlersOf = (routes: readonly unknown[]) => new Set(routes.map((each) => (each as Route).handle));
    expect(handlersOf(written)).toEqual(handlersOf(routeTable));
  });

  test("metrics count what happened, for Prometheus", async () => {
    const { body } = await ask("/metrics");
    expect(body).toMatch(/^stepwell_runs_ended_total\{function="shop-good",status="completed"\} [1-9]/m);
    expect(body).toMatch(/^stepwell_runs_ended_total\{function="shop-bad",status="failed"\} [1-9]/m);
    expect(body).toMatch(/^stepwell_steps_total\{function="shop-slow",outcome="completed"\} [1-9]/m);
    expect(body).toMatch(/^stepwell_call_duration_seconds_count\{outcome="result"\} [1-9]/m);
    expect(body).toMatch(/^stepwell_info\{version="1.2.3",mode="dev",store="sqlite"\} 1$/m);
    const page = readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
    const names = [...String(body).matchAll(/^# TYPE (stepwell_\w+)/gm)].map(([, name]) => name);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    expect(body).toMatch(/^stepwell_queue_items\{state="parked"\} [1-9]/m);
    expect(body).toMatch(/^stepwell_event_loop_delay_seconds\{quantile="0.99"\}/m);
  });
});
