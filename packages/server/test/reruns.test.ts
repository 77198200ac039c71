import { hashStepId } from "@stepwell/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GraphqlShop, graphqlShop } from "./graphql-shop.ts";

let shop: GraphqlShop;

beforeAll(async () => {
  shop = await graphqlShop();
});
afterAll(() => shop.server.stop());

const charge = hashStepId("charge");

async function ended(runId: string) {
  await expect.poll(async () => (await shop.server.get(`/api/v1/runs/${runId}`)).body.data.endedAt).not.toBeNull();
  return (await shop.server.get(`/api/v1/runs/${runId}`)).body.data;
}

test("our own API repeats a run from a step on, and shows where its results come from", async () => {
  const of = shop.runIds["good"];
  const order = { fromStep: "charge", input: ["A-1009", 1], name: "once more" };
  const { status, body } = await shop.server.post(`/api/v1/runs/${of}/rerun`, order);
  expect(status).toBe(200);
  const run = await ended(body.data.runId);
  expect(run).toMatchObject({
    status: "completed",
    lineage: { rerunOf: of, fromStep: charge, rerunName: "once more" },
    can: { rerun: { ok: true } },
  });
  const again = await shop.server.post(`/api/v1/runs/${body.data.runId}/rerun`, { fromStep: "charge", overrides: {}, runAgain: [] });
  expect((await shop.server.get(`/v1/runs/${again.body.data.runId}`)).body.data).toMatchObject({ original_run_id: of });
});

test("results that are given are marked in the trace, and so are those that are kept", async () => {
  const of = shop.runIds["parent"];
  const order = { fromStep: "child", overrides: {} };
  const { body } = await shop.server.post(`/api/v1/runs/${of}/rerun`, order);
  expect(await ended(body.data.runId)).toMatchObject({ status: "completed" });
  const flaky = shop.runIds["flaky"];
  const refused = await shop.server.post(`/api/v1/runs/${flaky}/rerun`, { fromStep: "charge", overrides: { nope: { output: 1 } } });
  expect(refused).toMatchObject({ status: 400, body: { code: "rerun_step_unknown" } });
});

test("while its arguments are pending an SDK that fetches the state gets them", async () => {
  const of = shop.runIds["sleeps"];
  const { body } = await shop.server.post(`/api/v1/runs/${of}/rerun`, {});
  expect((await shop.server.get(`/v0/runs/${body.data.runId}/actions`)).body).toEqual({});
});

test.for([
  ["a step that takes no arguments", "sleeps", { fromStep: "nap", input: [1] }, 400, "input_not_editable"],
  ["arguments without a step", "good", { input: [1] }, 400, "invalid_request"],
  ["arguments that are no list", "good", { fromStep: "charge", input: {} }, 400, "invalid_request"],
  ["a field that is none", "good", { from: "charge" }, 400, "invalid_request"],
  ["a step that is none of the run's", "good", { fromStep: "x" }, 400, "rerun_step_unknown"],
] as const)("%s is refused, and nothing is started", async ([, name, order, status, code]) => {
  const before = (await shop.server.get("/api/v1/runs")).body.page.total.value;
  expect(await shop.server.post(`/api/v1/runs/${shop.runIds[name]}/rerun`, order)).toMatchObject({ status, body: { code } });
  expect((await shop.server.get("/api/v1/runs")).body.page.total.value).toBe(before);
});

test("a run that retention has removed is told from one that never was", async () => {
  expect(await shop.server.post("/v2/runs/01AAAAAAAAAAAAAAAAAAAAAAAA/rerun", "")).toMatchObject({
    status: 410,
    body: { errors: [{ code: "payload_expired" }] },
  });
  expect(await shop.server.post("/v2/runs/7ZZZZZZZZZZZZZZZZZZZZZZZZZ/rerun", "")).toMatchObject({ status: 404 });
});

test("the mutation rerun gives the new run's id, or says what is wrong", async () => {
  const mutation = "mutation($id: ULID!, $from: RerunFromStepInput) { rerun(runID: $id, fromStep: $from) }";
  const id = shop.runIds["good"];
  const { rerun } = await shop.data(mutation, { id, from: { stepID: charge, input: "[1]" } });
  expect(await ended(rerun)).toMatchObject({ lineage: { rerunOf: id, fromStep: charge } });
  expect((await shop.data(mutation, { id })).rerun).toMatch(/^[0-9A-Z]{26}$/);
  for (const from of [{ stepID: "x" }, { stepID: charge, input: "{}" }, { stepID: charge, input: "[" }])
    expect((await shop.gql(mutation, { id, from })).body.errors).toHaveLength(1);
  expect((await shop.gql(mutation, { id: "x" })).body.errors).toHaveLength(1);
});
