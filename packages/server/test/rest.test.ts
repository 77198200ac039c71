// What the REST APIs do: invokes, signals, cancellations of many runs, schedules, and the second version of the compatible one.

import { systemEvents } from "@stepwell/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EndpointWorld, registration } from "./endpoint-world.ts";

let world: EndpointWorld;
beforeAll(async () => {
  world = await EndpointWorld.open("dev");
});
afterAll(() => world[Symbol.asyncDispose]());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  world.ask("POST", path, { body: JSON.stringify(body), headers });
const get = (path: string) => world.ask("GET", path);
const dataOf = async (path: string) => (await get(path)).body.data;
const runsOf = (eventId: string) => world.engine.reports.eventRuns(eventId as never);

describe("an invoke", () => {
  test("starts one run of one function, with an event that says so", async () => {
    const { status, body } = await post("/invoke/shop-good", { data: { n: 1 }, user: { id: "u" } });
    expect([status, body.status]).toEqual([200, 200]);
    expect(await runsOf(body.id)).toMatchObject([{ functionSlug: "shop-good", origin: "invoke", eventName: systemEvents.invoked }]);
    expect((await dataOf(`/api/v1/events/${body.id}`)).data).toMatchObject({ n: 1, _inngest: { fn_id: "shop-good" } });
    const [run] = await runsOf(body.id);
    expect((await dataOf(`/api/v1/runs/${run?.id}`)).trigger).toMatchObject({ kind: "invoke", name: systemEvents.invoked });
  });

  test("with a key is done once for each function and key: a repeat is 409 with the first run, and starts nothing", async () => {
    const path = "/v2/apps/shop/functions/good/invoke";
    const first = await post(path, { data: {}, idempotencyKey: "order-1" });
    const again = await post(path, { data: { other: true }, idempotency_key: "order-1" });
    expect([first.status, again.status]).toEqual([200, 409]);
    expect(again.body.data).toEqual({ runId: first.body.data.runId });
    const other = await post("/v2/apps/shop/functions/slow/invoke", { data: {}, idempotencyKey: "order-1" });
    expect(other.status).toBe(200);
    const started = await world.engine.reports.listRuns({ eventName: systemEvents.invoked }, { limit: 200 });
    expect(started.rows.filter(({ id }) => id === first.body.data.runId || id === other.body.data.runId)).toHaveLength(2);
    const outcomes = (await world.engine.reports.listEvents({ names: [systemEvents.invoked] }, { limit: 200 })).rows.map(({ id }) =>
      world.engine.reports.eventOutcomes(id),
    );
    expect((await Promise.all(outcomes)).flat()).toMatchObject([{ kind: "duplicate", detail: first.body.data.runId }]);
  });

  test("of our own API names the first run with 200, by key or by the id of its payload, and may begin later", async () => {
    const path = "/api/v1/functions/shop%2Fgood/invoke";
    const first = await post(path, { data: {} }, { "idempotency-key": "k" });
    const again = await post(path, { data: {} }, { "idempotency-key": "k" });
    expect([first.status, again.status]).toEqual([202, 200]);
    expect(again.body.data).toMatchObject({ runId: first.body.data.runId, repeated: true });
    const byId = [await post(path, { id: "payload-1" }), await post(path, { id: "payload-1" })];
    expect(byId.map(({ body }) => body.data.repeated)).toEqual([false, true]);
    const later = await post(path, { data: {}, at: "2090-01-01T00:00:00Z" });
    expect(await dataOf(`/api/v1/runs/${later.body.data.runId}`)).toMatchObject({
      status: "queued",
      statusReason: { code: "scheduled", until: "2090-01-01T00:00:00.000Z" },
    });
  });

  test("hands on every key of its data", async () => {
    const data = JSON.parse('{"constructor":1,"__proto__":{"a":2},"prototype":3,"":4}') as object;
    const { body } = await post("/invoke/shop-good", { data });
    const { _inngest: _, ...sent } = (await dataOf(`/api/v1/events/${body.id}`)).data;
    expect(JSON.stringify(sent)).toBe(JSON.stringify(data));
  });

  test.for([
    ["/v2/apps/shop/functions/good/invoke", {}, 400, "missing_field"],
    ["/v2/apps/shop/functions/good/invoke", { data: null }, 400, "missing_field"],
    ["/v2/apps/shop/functions/good/invoke", { data: 7 }, 400, "invalid_request"],
    ["/v2/apps/shop/functions/none/invoke", { data: {} }, 404, "not_found"],
    ["/v2/apps/none/functions/good/invoke", { data: {} }, 404, "not_found"],
    ["/v2/apps/shop/functions/good/invoke", { data: {}, idempotencyKey: "x".repeat(256) }, 400, "invalid_request"],
  ] as const)("%s with %j is refused", async ([path, body, status, code]) => {
    expect(await post(path, body)).toMatchObject({ status, body: { errors: [{ code, message: expect.any(String) }] } });
  });

  test("that is wrong elsewhere is refused in the form of its API", async () => {
    expect(await post("/invoke/none", {})).toMatchObject({ status: 404, body: { code: "function_not_found", status: 404 } });
    expect(await post("/invoke/shop-good", { data: [] })).toMatchObject({ status: 400, body: { status: 400, error: expect.any(String) } });
    expect(await post("/invoke/shop-good", [])).toMatchObject({ status: 400, body: { status: 400, error: expect.any(String) } });
    expect(await post("/api/v1/functions/shop-good/invoke", { dat: {} })).toMatchObject({
      status: 400,
      body: { code: "invalid_request", fields: [{ path: "dat" }] },
    });
    expect(await post("/api/v1/functions/none/invoke", {})).toMatchObject({ status: 404, body: { code: "function_not_found" } });
  });
});

describe("a signal", () => {
  test("wakes who waits for it, and is kept where nobody does", async () => {
    const runId = await world.run("signal", { signal: "go" });
    const trace = await dataOf(`/api/v1/runs/${runId}/trace`);
    expect(trace.spans[1]).toMatchObject({ kind: "step.waitForSignal", status: "waiting", wait: { signal: "go" }, end: null });
    expect(await post("/api/v1/signals", { signal: "go", data: 1 })).toMatchObject({
      status: 200,
      body: { data: { kind: "received", runId } },
    });
    expect(await post("/api/v1/signals", { signal: "go" })).toMatchObject({ status: 202, body: { data: { kind: "kept", runId: null } } });
    expect(await post("/v1/signals", { signal: "go" })).toMatchObject({
      status: 404,
      body: { code: "signal_kept", error: "No signal found" },
    });
    expect(await post("/v1/signals", {})).toMatchObject({ status: 400, body: { status: 400, error: expect.stringContaining("signal") } });
  });
});

describe("many runs", () => {
  const before = () => new Date(Date.now() + 1_000).toISOString();

  test("are cancelled by the SDK's own ids and a condition; the cancellation is listed and deleted", async () => {
    const meant = [await world.run("slow", { n: 7 }), await world.run("slow", { n: 7 })];
    const other = await world.run("slow", { n: 8 });
    const made = await post("/v1/cancellations", {
      app_id: "shop",
      function_id: "slow",
      started_before: before(),
      if: "event.data.n == 7",
    });
    expect(made).toMatchObject({
      status: 200,
      body: { data: { app_id: "shop", function_id: "slow", if: "event.data.n == 7", kind: "bulk_run" } },
    });
    const { id } = made.body.data;
    await expect.poll(async () => (await dataOf(`/api/v1/operations/${id}`)).counts.ok).toBe(2);
    for (const runId of meant) expect(await dataOf(`/v1/runs/${runId}`)).toMatchObject({ status: "Cancelled", output: {} });
    expect(await dataOf(`/v1/runs/${other}`)).toMatchObject({ status: "Running" });
    expect((await dataOf("/v1/cancellations")).map((each: { id: string }) => each.id)).toContain(id);
    expect(await world.ask("DELETE", `/v1/cancellations/${id}`)).toMatchObject({ status: 200, body: { data: { ok: true } } });
    expect(await world.ask("DELETE", `/v1/cancellations/${id}`)).toMatchObject({ status: 404, body: { code: "cancellation_not_found" } });
  });

  test.for([
    [{ app_id: "shop", function_id: "none", started_before: "2020-01-01" }, 404, "function_not_found"],
    [{ app_id: "none", function_id: "shop-slow", started_before: "2020-01-01" }, 404, "function_not_found"],
    [{ app_id: "shop", function_id: "slow" }, 400, "invalid_request"],
    [{ app_id: "shop", function_id: "slow", started_before: "2100-01-01" }, 400, "invalid_request"],
    [{ app_id: "shop", function_id: "slow", started_before: "yesterday" }, 400, "invalid_request"],
    [{ app_id: "shop", function_id: "slow", started_before: "2020-01-01", started_after: "2020-01-02" }, 400, "invalid_request"],
    [{ app_id: "shop", function_id: "slow", started_before: "2020-01-01", if: "event.data." }, 400, "expression_invalid"],
    [{ app_id: "shop", function_id: "slow", started_before: "2020-01-01", if: "async.data.k < 5" }, 400, "expression_invalid"],
  ] as const)("%j is refused", async ([body, status, code]) => {
    expect(await post("/v1/cancellations", body)).toMatchObject({ status, body: { status, code, error: expect.any(String) } });
  });

  test("are counted first, then cancelled, by any filter of the run list", async () => {
    const meant = await world.run("slow", { n: 9 });
    const selection = { filter: { fn: ["shop/slow"], status: ["waiting"], if: "event.data.n == 9" } };
    const counted = await post("/api/v1/operations", { kind: "cancel", dryRun: true, selection });
    expect(counted).toMatchObject({
      status: 200,
      body: { data: { matched: 1, relation: "exact", sample: [{ id: meant, status: "waiting" }] } },
    });
    expect((await dataOf(`/api/v1/runs/${meant}`)).status).toBe("waiting");
    const made = await post("/api/v1/operations", { kind: "cancel", name: "INC-1", reason: "wrong prices", selection });
    expect(made).toMatchObject({ status: 202, body: { data: { name: "INC-1", state: "running", selection } } });
    const path = `/api/v1/operations/${made.body.data.id}`;
    await expect.poll(async () => await dataOf(path)).toMatchObject({ state: "completed", counts: { ok: 1 } });
    expect(await dataOf(`/api/v1/runs/${meant}`)).toMatchObject({ status: "cancelled", cancelReason: "wrong prices" });
    expect((await post(`${path}/abort`, {})).body.data.state).toBe("completed");
  });

  test("are meant only where something says which", async () => {
    expect(await post("/api/v1/operations", { kind: "cancel", selection: {} })).toMatchObject({
      status: 400,
      body: { fields: [{ path: "selection.filter" }] },
    });
    expect(await post("/api/v1/operations", { kind: "cancel", selection: { filter: { function: ["shop-slow"] } } })).toMatchObject({
      status: 400,
      body: { fields: [{ path: "selection.filter.function" }] },
    });
    expect(await post("/api/v1/operations", { kind: "cancel", dryRun: true, selection: { filter: { if: "event.data." } } })).toMatchObject({
      status: 400,
      body: { code: "expression_invalid", fields: [{ path: "selection.filter.if", column: expect.any(Number) }] },
    });
  });
});

test("schedules are listed, the next one first, with their next times in their zone and their last run", async () => {
  await world.tick();
  const [often, schedule, ...others] = await dataOf("/api/v1/schedules");
  expect(others).toEqual([]);
  expect(often).toMatchObject({
    function: { slug: "shop-often" },
    cron: "* * * * * *",
    zone: "UTC",
    last: [{ plannedAt: expect.stringMatching(/\.000Z$/), runId: expect.any(String), driftMs: expect.any(Number) }],
  });
  expect(await dataOf(`/api/v1/runs/${often.last[0].runId}`)).toMatchObject({ trigger: { kind: "cron", cron: "* * * * * *" } });
  expect(schedule).toMatchObject({
    kind: "cron",
    function: { slug: "shop-tick" },
    cron: "0 2 * * *",
    zone: "Europe/Paris",
    state: "on",
    last: [],
  });
  expect(schedule.next).toHaveLength(5);
  const hours = schedule.next.map((at: string) =>
    new Intl.DateTimeFormat("en", { timeZone: "Europe/Paris", hour: "numeric", hour12: false }).format(new Date(at)),
  );
  expect(new Set(hours)).toEqual(new Set(["02"]));
  expect(schedule.nextFireAt).toBe(schedule.next[0]);
});

describe("the second version", () => {
  test("has runs without zero values, 64-bit numbers as text, and outputs only where they are asked for", async () => {
    const runId = await world.run("good", { n: 1 });
    const run = await dataOf(`/v2/runs/${runId}?includeOutput=true`);
    expect(run).toEqual({
      id: runId,
      function: { id: "good", name: "good", app: { id: "shop" } },
      app: { id: "shop" },
      status: "COMPLETED",
      queuedAt: expect.stringMatching(/Z$/),
      startedAt: expect.stringMatching(/Z$/),
      endedAt: expect.stringMatching(/Z$/),
      durationMs: expect.stringMatching(/^\d+$/),
      output: { ok: true },
      trigger: { eventIds: [expect.any(String)], eventName: "shop/good" },
    });
    expect(await dataOf(`/api/v2/runs/${runId}`)).not.toHaveProperty("output");
    const trace = await dataOf(`/v2/runs/${runId}/trace?includeOutput=true`);
    expect(trace.rootSpan).toMatchObject({
      status: "COMPLETED",
      input: { data: [{ name: "shop/good", data: { n: 1 } }] },
      children: [{ name: "charge", stepOp: "RUN", status: "COMPLETED", output: { charged: 42 } }],
    });
  });

  test("lists runs in pages, either way round, by status and function", async () => {
    const all = async (order: string): Promise<readonly string[]> => {
      const ids: string[] = [];
      for (let cursor = ""; ; ) {
        const { body } = await get(`/v2/apps/shop/functions/good/runs?limit=2&order=${order}&status=completed${cursor}`);
        ids.push(...(body.data ?? []).map(({ id }: { id: string }) => id));
        if (body.page.hasMore !== true) return ids;
        cursor = `&cursor=${body.page.cursor}`;
      }
    };
    const [down, up] = [await all("DESC"), await all("asc")];
    expect(down.length).toBeGreaterThan(2);
    expect(up).toEqual(down.toReversed());
    expect((await get("/v2/runs?functionId=none")).body).not.toHaveProperty("data");
    const at = encodeURIComponent((await dataOf(`/v2/runs/${down[0]}`)).endedAt);
    expect((await get(`/v2/runs?timeField=endedAt&from=${at}&functionId=good`)).body.data[0].id).toBe(down[0]);
  });

  test("what was open when a run ended has ended with it, and is no live step", async () => {
    const runId = await world.run("slow");
    await post(`/v2/runs/${runId}/cancel`, {});
    const run = await dataOf(`/api/v1/runs/${runId}`);
    expect(run.steps.live).toBe(0);
    expect(run.steps.known).toBeGreaterThan(run.steps.done);
    const { children } = (await dataOf(`/v2/runs/${runId}/trace`)).rootSpan;
    const nap = children.at(-1);
    expect(nap).toMatchObject({ status: "CANCELLED", endedAt: run.endedAt, durationMs: expect.stringMatching(/^\d+$/) });
  });

  test("cancels once", async () => {
    const runId = await world.run("slow");
    expect(await post(`/v2/runs/${runId}/cancel`, {})).toMatchObject({ status: 200, body: { data: { runId } } });
    expect(await post(`/v2/runs/${runId}/cancel`, {})).toMatchObject({
      status: 409,
      body: { errors: [{ code: "run_already_cancelled" }] },
    });
    const done = await world.run("good");
    expect(await post(`/v2/runs/${done}/cancel`, {})).toMatchObject({ status: 409, body: { errors: [{ code: "run_already_ended" }] } });
  });

  test("takes events, and tells their runs, apps and functions", async () => {
    const { eventId } = (await post("/v2/events", { name: "shop/good", data: { n: 1 } })).body.data;
    expect((await get(`/v2/events/${eventId}/runs`)).body).toMatchObject({
      data: [{ trigger: { eventIds: [eventId] } }],
      metadata: { fetchedAt: expect.any(String) },
      page: { limit: 20 },
    });
    expect(await post("/v2/events", { name: "inngest/x" })).toMatchObject({
      status: 400,
      body: { errors: [{ code: "validation_error" }] },
    });
    expect(await dataOf("/v2/apps/shop")).toMatchObject({
      id: "shop",
      method: "SERVE",
      functionCount: 7,
      latestSync: { sdkLanguage: "js" },
    });
    expect(await dataOf("/v2/apps/shop/functions/shop-tick")).toMatchObject({
      id: "tick",
      slug: "shop-tick",
      triggers: [{ type: "CRON", value: "TZ=Europe/Paris 0 2 * * *" }],
      configuration: { retries: { value: expect.any(Number) } },
    });
    expect((await dataOf("/v2/operations")).operations.length).toBeGreaterThan(20);
  });

  test("says what the open server does not have, and what nobody has", async () => {
    expect(await get("/v2/sessions")).toMatchObject({ status: 501, body: { errors: [{ code: "not_implemented" }] } });
    expect(await get("/api/v2/nothing")).toMatchObject({ status: 404, body: { errors: [{ code: "not_found" }] } });
  });
});

describe("what other servers and SDKs read", () => {
  test("a removed function is still named by its runs and cancellations", async () => {
    const url = "http://localhost:1/old";
    const register = (functions: readonly object[]) => post("/fn/register", { ...registration("old", url), functions });
    const functions = (registration("old", url) as { readonly functions: readonly { readonly id: string }[] }).functions;
    const slow = functions.filter(({ id }) => id === "old-slow");
    await register(slow);
    const [known] = (await get("/v1/apps/old/functions")).body;
    const eventId = await world.send("old/slow");
    const [run] = await runsOf(eventId);
    const made = await post("/v1/cancellations", { app_id: "old", function_id: "slow", started_before: "2020-01-01" });
    expect((await register(functions.filter(({ id }) => id === "old-good"))).status).toBe(200);
    expect((await get("/v1/apps/old/functions")).body.map(({ id }: { id: string }) => id)).toEqual(["old-good"]);
    expect((await dataOf(`/v1/runs/${run?.id}`)).function_id).toBe(known.internal_id);
    const listed = (await dataOf("/v1/cancellations")).find(({ id }: { id: string }) => id === made.body.data.id);
    expect(listed).toMatchObject({ app_id: "old", function_id: "slow", function_internal_id: known.internal_id });
    await world.ask("DELETE", "/api/v1/apps/old?runs=cancel");
  });

  test("a function names the one that handles its failure", async () => {
    const url = "http://localhost:1/handled";
    const step = { id: "step", name: "step", runtime: { type: "http", url } };
    const handler = [{ event: systemEvents.failed, expression: "event.data.function_id == 'handled-pay'" }];
    const functions = [
      { id: "handled-pay", name: "Pay", triggers: [{ event: "pay" }], steps: { step } },
      { id: "handled-pay-failure", name: "Pay (failure)", triggers: handler, steps: { step } },
    ];
    await post("/fn/register", { ...registration("handled", url), functions });
    const path = "/v2/apps/handled/functions";
    expect((await dataOf(`${path}/pay`)).failureHandler).toEqual({ slug: "handled-pay-failure", name: "Pay (failure)" });
    expect((await dataOf(path)).map((each: object) => "failureHandler" in each).sort()).toEqual([false, true]);
    await world.ask("DELETE", "/api/v1/apps/handled?runs=cancel");
  });

  test("a run of several events names its batch, one of a single event none", async () => {
    const url = "http://localhost:1/lots";
    const step = { id: "step", name: "step", runtime: { type: "http", url } };
    const functions = [
      { id: "lots-sum", name: "sum", triggers: [{ event: "lots/sum" }], batchEvents: { maxSize: 2, timeout: "60s" }, steps: { step } },
    ];
    await post("/fn/register", { ...registration("lots", url), functions });
    const eventId = await world.send("lots/sum");
    await world.send("lots/sum");
    await expect.poll(async () => (await runsOf(eventId)).length).toBe(1);
    const [run] = await runsOf(eventId);
    expect(await dataOf(`/v1/runs/${run?.id}`)).toMatchObject({ batch_id: run?.id });
    expect((await dataOf(`/v2/runs/${run?.id}`)).trigger).toMatchObject({ isBatch: true, batchId: run?.id });
    const single = await world.run("good", { n: 1 });
    expect(await dataOf(`/v1/runs/${single}`)).not.toHaveProperty("batch_id");
    await world.ask("DELETE", "/api/v1/apps/lots?runs=cancel");
  });

  test("functions have their triggers as their app wrote them, and their steps as a list", async () => {
    const { functions } = (await get("/dev")).body;
    const find = (slug: string) => functions.find((each: { slug: string }) => each.slug === slug);
    expect(find("shop-good")).toMatchObject({
      triggers: [{ event: "shop/good", expression: "event.data.n != 3" }],
      steps: [{ id: "step", name: "step", uri: "http://localhost:1/api/inngest" }],
    });
    expect(find("shop-tick").triggers).toEqual([{ cron: "TZ=Europe/Paris 0 2 * * *" }]);
    const { config } = (await get("/v1/apps/shop/functions")).body.find(({ id }: { id: string }) => id === "shop-tick");
    expect(config.triggers).toEqual([{ cron: "TZ=Europe/Paris 0 2 * * *" }]);
  });

  test("telemetry is taken, and metrics of environments are said to be elsewhere", async () => {
    expect((await post("/v0/telemetry", { any: 1 })).status).toBe(200);
    expect(await get("/v1/prom/production")).toMatchObject({ status: 501, body: { error: expect.stringContaining("/metrics") } });
  });
});
