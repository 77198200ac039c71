import { asJson, epochMs, hashStepId } from "@stepwell/protocol";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type SmallServer, smallServer } from "./small-server.ts";

const at = 1_700_000_000_001;
let server: SmallServer;
let path: string;
let runId: string;

beforeAll(async () => {
  const logs = [{ at: epochMs(1_700_000_000_000), level: "info", text: "charging" }] as const;
  server = await smallServer({
    functions: ["good"],
    answer: ({ memos }) =>
      memos.size > 0
        ? { kind: "result", data: asJson("done"), sdk: "js:v4" }
        : {
            kind: "ops",
            ops: [{ kind: "StepRun", id: hashStepId("charge"), name: "charge", race: false, data: asJson(1), logs }],
            version: 2,
            noRetry: false,
            sdk: "js:v4",
          },
  });
  await server.post("/e/key", { name: "shop/good" });
  await vi.waitFor(async () => expect((await server.get("/api/v1/runs")).body.data[0]?.status).toBe("completed"));
  runId = (await server.get("/api/v1/runs")).body.data[0].id;
  path = `/api/v1/runs/${runId}/logs`;
});
afterAll(() => server.stop());

test("a run has the lines of its steps and those that are posted, read in pages, by level and by step", async () => {
  const lines = [
    { at, level: "warn", text: "slow", data: { ms: 7 } },
    { at, level: "error", text: "lost", stepId: hashStepId("charge"), attempt: 1 },
  ];
  expect(await server.post(path, { lines })).toMatchObject({ status: 200, body: { data: { lines: 2 } } });
  const { body } = await server.get(`/api/v1/runs/${runId.slice(0, 24)}/logs`);
  const charge = { stepId: hashStepId("charge"), stepName: "charge" };
  const later = { at: "2023-11-14T22:13:20.001Z", cut: false };
  expect(body.data).toEqual([
    { at: "2023-11-14T22:13:20.000Z", level: "info", text: "charging", data: null, ...charge, attempt: 0, cut: false },
    { level: "warn", text: "slow", data: { ms: 7 }, stepId: null, stepName: null, attempt: null, ...later },
    { level: "error", text: "lost", data: null, ...charge, attempt: 1, ...later },
  ]);
  expect((await server.get(`${path}?after=${body.cursor}`)).body).toMatchObject({ data: [], cursor: body.cursor, page: { next: null } });
  const page = (await server.get(`${path}?limit=1&level=warn,error`)).body;
  expect(page).toMatchObject({ data: [{ text: "slow" }], page: { next: page.cursor } });
  expect((await server.get(`${path}?cursor=${page.cursor}`)).body).toEqual({
    ...(await server.get(`${path}?after=${page.cursor}`)).body,
    asOf: expect.any(String),
  });
  expect((await server.get(`${path}?after=${page.cursor}&step=${charge.stepId}`)).body.data).toMatchObject([{ text: "lost" }]);
  const { data: trace } = (await server.get(`/api/v1/runs/${runId}/trace`)).body;
  expect([trace.counts.logs, trace.spans[1].logs]).toEqual([3, 2]);
});

test("what is too much of an attempt is cut, with a marker as its last line", async () => {
  await server.post(path, { lines: [{ at, level: "info", text: "x".repeat(70_000), stepId: "s", attempt: 0 }] });
  expect((await server.get(`${path}?step=s`)).body.data).toMatchObject([
    { text: "x".repeat(65_536), cut: false },
    { text: "cut at 64 kB", cut: true, attempt: 0 },
  ]);
});

test("lines with a mistake are refused whole, and so are those of no run", async () => {
  const line = { at, level: "debug", text: "" };
  const bad = { lines: [line, { ...line, level: "loud" }] };
  expect(await server.post(path, bad)).toMatchObject({ status: 400, body: { code: "invalid_request", fields: [{ path: "lines[1]" }] } });
  expect((await server.get(`${path}?level=debug`)).body.data).toEqual([]);
  expect(await server.post(path, "[")).toMatchObject({ status: 400, body: { code: "invalid_json" } });
  expect(await server.post(path, { lines: [{ ...line, text: "x".repeat(2 ** 20) }] })).toMatchObject({ status: 413 });
  const unknown = "/api/v1/runs/01J00000000000000000000000/logs";
  expect(await server.post(unknown, { lines: [line] })).toMatchObject({ status: 404, body: { code: "run_not_found" } });
  expect(await server.get(unknown)).toMatchObject({ status: 404, body: { code: "run_not_found" } });
});

test.each(["level=loud", "limit=0", "limit=1001", "after=x", "cursor=x", "after=bDox&cursor=bDox", "since=1h"])(
  "a question with a mistake is refused: %s",
  async (query) => {
    expect(await server.get(`${path}?${query}`)).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  },
);
