// Limits that a test lowers for one function.

import { asJson, hashStepId, type Reply } from "@stepwell/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SmallServer, smallServer } from "./small-server.ts";

let server: SmallServer;

beforeAll(async () => {
  const base = { version: 2, noRetry: false, sdk: "js:v4" } as const;
  server = await smallServer({
    functions: ["three", "pair"],
    answer({ target, memos }): Reply {
      const step = (name: string) => ({ id: hashStepId(name), name, race: false });
      if (target.slug === "shop-pair" && memos.size === 0)
        return { kind: "ops", ops: ["a", "b"].map((name) => ({ kind: "StepPlanned", ...step(name) })), ...base };
      if (memos.size < 3)
        return { kind: "ops", ops: [{ kind: "StepRun", ...step(`s${memos.size}`), data: asJson("x".repeat(100)) }], ...base };
      return { kind: "result", data: asJson("done"), sdk: "js:v4" };
    },
  });
});
afterAll(() => server.stop());

/** How the run ends that the event starts. */
async function ended(
  name: string,
): Promise<{ readonly status: string; readonly error: { readonly name: string; readonly message: string } | null }> {
  const [eventId] = (await server.post("/e/key", { name: `shop/${name}` })).body.ids;
  const run = async () => (await server.get(`/api/v1/runs?event=${eventId}`)).body.data[0];
  await expect.poll(async () => (await run()).endedAt, { timeout: 10_000 }).not.toBeNull();
  return run();
}

test("a run that has more steps than its function may fails, until the limit is taken back", async () => {
  const path = "/fn/step-limit?functionId=shop-three";
  expect(await server.post(`${path}&limit=3`, "")).toMatchObject({ status: 200, body: { ok: true } });
  expect(await ended("three")).toMatchObject({ status: "completed" });
  await server.post("/fn/step-limit", "functionId=shop-three&limit=2");
  expect(await ended("three")).toMatchObject({
    status: "failed",
    error: {
      name: "InngestErrFunctionOverflowed",
      message: "The function run exceeded the step limit of 2 steps. (stepsPerRunMax)",
      code: "step_limit_exceeded",
      hint: expect.stringContaining("Split the work"),
    },
  });
  expect((await server.ask("DELETE", path)).status).toBe(200);
  expect((await server.ask("DELETE", path)).status).toBe(404);
  expect(await ended("three")).toMatchObject({ status: "completed" });
});

test("steps that are planned count too", async () => {
  await server.post("/fn/step-limit?functionId=shop-pair&limit=1", "");
  expect(await ended("pair")).toMatchObject({ status: "failed", error: { name: "InngestErrFunctionOverflowed" } });
});

test("a run whose results are larger than its function's may be fails", async () => {
  await server.post("/fn/state-size-limit?functionId=shop-three&limit=250", "");
  expect(await ended("three")).toMatchObject({ status: "failed", error: { name: "InngestErrStateOverflowed" } });
});

test.each([
  "functionId=none&limit=1",
  "limit=1",
  "functionId=shop-three",
  "functionId=shop-three&limit=x",
  "functionId=shop-three&limit=10001",
])("a limit that is none is refused: %s", async (query) => {
  const { status } = await server.post(`/fn/step-limit?${query}`, "");
  expect([400, 404]).toContain(status);
});
