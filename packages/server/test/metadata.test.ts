import { hashStepId } from "@stepwell/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GraphqlShop, graphqlShop } from "./graphql-shop.ts";

let shop: GraphqlShop;
let runId: string;

beforeAll(async () => {
  shop = await graphqlShop();
  runId = shop.runIds["good"] ?? "";
});
afterAll(() => shop.server.stop());

const post = (body: unknown, id = runId) => shop.server.post(`/v1/runs/${id}/metadata`, body);

test("what is noted about a run and its step is in every trace", async () => {
  expect(await post({ target: { run_id: "ignored" }, metadata: [{ kind: "userland.x", op: "merge", values: { n: 1, s: "t" } }] })).toEqual({
    status: 200,
    body: "",
  });
  const scores = [
    { name: "quality", value: 0, stepId: "charge", experiment: { id: "e", variant: "b" } },
    { name: "ok", value: false },
  ];
  expect(await shop.server.post(`/v2/runs/${runId}/scores`, scores)).toMatchObject({
    status: 200,
    body: {
      data: [
        { runId, ...scores[0] },
        { runId, name: "ok", value: false },
      ],
    },
  });
  const { run } = await shop.data(
    "query($id: String!) { run(runID: $id) { trace { metadata { scope kind values updatedAt } childrenSpans { stepID metadata { scope kind values } } } } }",
    { id: runId },
  );
  expect(run.trace.metadata).toMatchObject([
    { scope: "run", kind: "inngest.score", values: { ok: { value: false } } },
    { scope: "run", kind: "userland.x", values: { n: 1, s: "t" } },
  ]);
  const step = run.trace.childrenSpans.find((span: { stepID: string }) => span.stepID === hashStepId("charge"));
  expect(step.metadata).toEqual([
    { scope: "step", kind: "inngest.experiment", values: { name: "e", variant: "b" } },
    { scope: "step", kind: "inngest.score", values: { quality: { value: 0 } } },
  ]);
  const { rootSpan } = (await shop.server.get(`/v2/runs/${runId}/trace`)).body.data;
  expect(rootSpan.metadata[1]).toMatchObject({ scope: "run", kind: "userland.x", values: { n: "1", s: "t" } });
  expect(rootSpan.children[0].metadata).toHaveLength(2);
  expect((await shop.server.get(`/api/v1/runs/${runId}/metadata`)).body.data).toHaveLength(4);
});

test.for([
  ["no step, but an attempt of it", { target: { step_attempt: 0 }, metadata: [{ kind: "x", values: {} }] }, 400],
  ["an attempt that is none", { target: { step_id: "s", step_attempt: -2 }, metadata: [{ kind: "x", values: {} }] }, 400],
  ["a span that is none", { target: { step_id: "s", span_id: "zz" }, metadata: [{ kind: "x", values: {} }] }, 400],
  ["no metadata", {}, 400],
  ["a kind that may not be posted", { metadata: [{ kind: "inngest.other", values: {} }] }, 400],
  ["too much", { metadata: [{ kind: "x", op: "set", values: { x: "x".repeat(70_000) } }] }, 413],
] as const)("%s is refused", async ([, body, status]) => {
  expect(await post(body)).toMatchObject({ status, body: { error: expect.stringMatching(/\w{3}/) } });
  expect((await shop.server.post(`/api/v1/runs/${runId}/metadata`, body)).status).toBe(status);
});

test("a run that is not there is no mistake in the compatible API, and one in ours", async () => {
  const body = { metadata: [{ kind: "x", op: "merge", values: { a: 1 } }] };
  expect((await post(body, "01AAAAAAAAAAAAAAAAAAAAAAAA")).status).toBe(200);
  expect((await post(body, "x")).status).toBe(400);
  expect((await shop.server.post("/api/v1/runs/01AAAAAAAAAAAAAAAAAAAAAAAA/metadata", body)).status).toBe(404);
});

test.for([
  [{}],
  [[]],
  [[{ name: "a'", value: 1 }]],
  [[{ name: "a", value: "1" }]],
  [Array.from({ length: 101 }, () => ({ name: "a", value: 1 }))],
] as const)("scores %j are refused", async ([body]) => {
  expect(await shop.server.post(`/v2/runs/${runId}/scores`, body)).toMatchObject({
    status: 400,
    body: { errors: [{ code: "invalid_request" }] },
  });
});
