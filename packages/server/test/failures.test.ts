// Dead letters over HTTP: groups, what is said of them, and runs that are repeated.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { EndpointWorld } from "./endpoint-world.ts";

let world: EndpointWorld;
let fingerprint = "";

beforeAll(async () => {
  world = await EndpointWorld.open("dev");
});
afterAll(() => world[Symbol.asyncDispose]());

async function ask(method: string, path: string, body?: object) {
  return world.ask(method, path, body === undefined ? {} : { body: JSON.stringify(body) });
}

async function fail(): Promise<string> {
  const id = await world.run("bad");
  fingerprint = (await ask("GET", `/api/v1/runs/${id}`)).body.data.failure.fingerprint;
  return id;
}

async function operation(id: string) {
  const of = async () => (await ask("GET", `/api/v1/operations/${id}`)).body.data;
  await expect.poll(async () => (await of()).state, { timeout: 20_000 }).not.toBe("running");
  return of();
}

beforeEach(async () => {
  await fail();
  await ask("PATCH", `/api/v1/failures/${fingerprint}`, { state: "open" });
});

test("runs that failed are a group, with their number, times, place, last error and newest runs", async () => {
  const id = await fail();
  const { status, body } = await ask("GET", "/api/v1/failures?fn=shop-bad&state=open");
  expect([status, body.data.length, body.page.total]).toEqual([200, 1, { value: 1, relation: "exact" }]);
  expect(body.data[0]).toMatchObject({
    ...{ fingerprint, state: "open", name: "CardTimeout", template: "no answer in ‹n› ms", frame: "charge (app/billing.ts)" },
    function: { slug: "shop-bad", appId: "shop" },
  });
  const { data } = (await ask("GET", `/api/v1/failures/${fingerprint.slice(0, 6)}`)).body;
  expect(data.sample).toMatchObject({ name: "CardTimeout", message: "no answer in 250 ms" });
  expect(data.newestRuns[0]).toMatchObject({ id, status: "failed", failure: { fingerprint, redrivenAs: null } });
  const runs = (await ask("GET", `/api/v1/runs?failure=${fingerprint}`)).body;
  expect(runs.page.total.value).toBe(data.runs.kept);
  expect((await ask("GET", "/api/v1/runs?failure=0000000000000000")).body.data).toEqual([]);
});

test("a group that was resolved opens again when it fails again, one that is ignored does not", async () => {
  const path = `/api/v1/failures/${fingerprint}`;
  expect((await ask("PATCH", path, { state: "resolved" })).body.data).toMatchObject({ state: "resolved", reopenedAt: null });
  expect((await ask("GET", "/api/v1/failures?state=open")).body).toMatchObject({ data: [], counts: { open: 0, resolved: 1, ignored: 0 } });
  await fail();
  expect((await ask("GET", path)).body.data).toMatchObject({ state: "open", reopenedAt: expect.any(String) });
  await ask("PATCH", path, { state: "ignored" });
  await fail();
  expect((await ask("GET", path)).body.data).toMatchObject({ state: "ignored" });
});

test("one run is redriven, once", async () => {
  const id = await fail();
  const first = await ask("POST", `/api/v1/runs/${id}/redrive`);
  expect(first.status).toBe(200);
  const { runId } = first.body.data;
  expect((await ask("GET", `/api/v1/runs/${id}`)).body.data.failure).toEqual({ fingerprint, redrivenAs: runId });
  expect((await ask("GET", `/api/v1/runs/${runId}`)).body.data.lineage.rerunOf).toBe(id);
  const second = await ask("POST", `/api/v1/runs/${id}/redrive`, { mode: "rerun" });
  expect(second).toMatchObject({ status: 409, body: { code: "already_redriven", detail: expect.stringContaining(runId) } });
});

test.for([
  ["POST", "/api/v1/runs/:good/redrive", {}, 409, "run_not_failed"],
  ["GET", "/api/v1/failures/0000000000", undefined, 404, "failure_not_found"],
  ["GET", "/api/v1/failures/%25", undefined, 404, "failure_not_found"],
  ["PATCH", "/api/v1/failures/0000000000", { state: "open" }, 404, "failure_not_found"],
  ["PATCH", "/api/v1/failures/:group", { state: "muted" }, 400, "invalid_request"],
  ["GET", "/api/v1/failures?state=closed", undefined, 400, "invalid_request"],
  ["GET", "/api/v1/runs?failureState=closed", undefined, 400, "invalid_request"],
  ["POST", "/api/v1/failures/:group/redrive", { ratePerSecond: 0 }, 400, "invalid_request"],
  ["POST", "/api/v1/failures/:group/redrive", { ratePerSecond: 10_001 }, 400, "invalid_request"],
  ["POST", "/api/v1/operations", { kind: "replay", selection: {} }, 400, "invalid_request"],
  ["POST", "/api/v1/operations", { kind: "replay", reason: "x", selection: { all: true } }, 400, "invalid_request"],
  ["POST", "/api/v1/operations", { kind: "replay", selection: { filter: { status: ["waiting"] } } }, 400, "invalid_request"],
  ["POST", "/api/v1/operations", { kind: "cancel", selection: { filter: { status: ["failed"] } } }, 400, "invalid_request"],
  ["POST", "/api/v1/operations", { kind: "cancel", options: {}, selection: { all: true } }, 400, "invalid_request"],
  ["POST", "/api/v1/operations", { kind: "replay", selection: { filter: { if: "event." } } }, 400, "expression_invalid"],
  ["POST", "/api/v1/operations", { kind: "replay", selection: { filter: { if: "async.data.k < 5" } } }, 400, "expression_invalid"],
  ["POST", "/api/v1/operations", { kind: "cancel", selection: { filter: { if: "async.data.k < 5" } } }, 400, "expression_invalid"],
] as const)("%s %s %j is refused with %i %s", async ([method, path, body, status, code]) => {
  const good = path.includes(":good") ? await world.run("good") : "";
  const answer = await ask(method, path.replace(":good", good).replace(":group", fingerprint), body);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
});

test("a group is redriven as an operation, after a count of what it would start", async () => {
  const path = `/api/v1/failures/${fingerprint}/redrive`;
  const { data } = (await ask("POST", path, { dryRun: true, ratePerSecond: 10 })).body;
  expect(data.eligible).toBeGreaterThan(0);
  const redriven = data.ineligible.find(({ reason }: { reason: string }) => reason === "already_redriven")?.count ?? 0;
  expect(data).toMatchObject({
    matched: data.eligible + redriven,
    relation: "exact",
    estimate: { seconds: Math.ceil(data.eligible / 10) },
  });
  const created = await ask("POST", path, { mode: "rerun", ratePerSecond: 1_000 });
  expect(created).toMatchObject({
    status: 202,
    body: { data: { kind: "replay", state: "running", selection: { filter: { failure: [fingerprint] } } } },
  });
  const over = await operation(created.body.data.id);
  expect(over).toMatchObject({ state: "completed", counts: { ok: data.eligible }, options: { mode: "rerun", ratePerSecond: 1_000 } });
  expect((await ask("GET", "/api/v1/operations")).body.data[0].id).toBe(over.id);
});

test("a replay by a filter means groups that are open, unless it says otherwise", async () => {
  await ask("PATCH", `/api/v1/failures/${fingerprint}`, { state: "ignored" });
  const counted = async (filter: object) =>
    (await ask("POST", "/api/v1/operations", { kind: "replay", dryRun: true, selection: { filter } })).body.data;
  const id = (await ask("GET", `/api/v1/runs?failure=${fingerprint}&limit=1`)).body.data[0].trigger.eventId;
  expect(await counted({ fn: ["shop-bad"] })).toMatchObject({ matched: 0 });
  expect(await counted({ event: id, failureState: ["ignored"] })).toMatchObject({ matched: 1, eligible: 1 });
  expect(await counted({ event: id, failure: [fingerprint] })).toMatchObject({ eligible: 1 });
});

test("an operation that is stopped starts nothing more", async () => {
  await fail();
  await fail();
  const { body } = await ask("POST", `/api/v1/failures/${fingerprint}/redrive`, { ratePerSecond: 1 });
  const aborted = await ask("POST", `/api/v1/operations/${body.data.id}/abort`);
  expect(aborted).toMatchObject({ status: 200, body: { data: { kind: "replay", state: "aborted" } } });
});
