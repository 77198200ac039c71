// The REST APIs beside runs of the official SDKs, on a server with keys.

import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const signingKey = "signkey-test-8ee2262a15e8d3c42d6a840db7af3de2aab08ef632b32a37a687f24b34dba3ff";
const eventKey = "conformance-key";

describe.for(["v3", "v4"] as const)("beside inngest %s", (sdk) => {
  let server: TestServer;
  let app: AppProcess;

  beforeAll(async () => {
    server = await startTestServer({ mode: "start", signingKeys: [signingKey], eventKeys: [eventKey] });
    app = await startApp({ sdk, serverUrl: server.url, functions: "rest", signingKey, eventKey });
    await server.sync(app.url);
  }, 30_000);

  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await server.stop();
  });

  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used.
  async function ask(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: any }> {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${signingKey}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** A run that has come as far as it can by itself. */
  async function waiting(name: string, data: object): Promise<string> {
    const [eventId] = await server.send({ name: `waiting/${name}`, data }, eventKey);
    return server.until(`a run of ${name} waits`, async () => {
      const [run] = await server.engine.reports.eventRuns(eventId as never);
      return run !== undefined && server.engine.phaseOf(run).status === "waiting" ? run.id : undefined;
    });
  }

  const ended = (runId: string) =>
    server.until(`run ${runId} has ended`, async () => {
      const { data } = (await ask("GET", `/v2/runs/${runId}?includeOutput=true`)).body;
      return data.endedAt === undefined ? undefined : data;
    });

  test("the SDK's sendSignal wakes the run that waits, and learns which", async () => {
    const runId = await waiting("waits", { signal: "by-client" });
    expect(await app.signal({ signal: "by-client", data: { from: "the client" } })).toMatchObject({ runId });
    expect(await ended(runId)).toMatchObject({ status: "COMPLETED", output: { signal: "by-client", data: { from: "the client" } } });
  });

  test("a signal that nobody waits for is no error to the SDK, and wakes the first that comes", async () => {
    expect(await app.signal({ signal: "early", data: 1 })).not.toHaveProperty("error");
    const [eventId] = await server.send({ name: "waiting/waits", data: { signal: "early" } }, eventKey);
    expect(await server.runOf(eventId ?? "", "conformance-waits")).toMatchObject({ output: { signal: "early", data: 1 } });
  });

  test("a step sends a signal", async () => {
    const runId = await waiting("waits", { signal: "by-step" });
    await server.send({ name: "waiting/sends", data: { signal: "by-step" } }, eventKey);
    expect(await ended(runId)).toMatchObject({ status: "COMPLETED", output: { data: { from: "a step" } } });
  });

  test("POST /invoke starts a function, which gets the data", async () => {
    const { status, body } = await ask("POST", "/invoke/conformance-invoked", { data: { n: 3 } });
    expect(status).toBe(200);
    expect((await server.runOf(body.id, "conformance-invoked")).output).toEqual({ name: "inngest/function.invoked", n: 3, got: 1 });
  });

  test("an invoke with a key runs the function once, however often it is asked for", async () => {
    const path = "/v2/apps/conformance/functions/invoked/invoke";
    const [first, ...others] = await Promise.all([1, 2, 3].map((n) => ask("POST", path, { data: { n }, idempotencyKey: `${sdk} order` })));
    const all = [first, ...others];
    expect(all.map((each) => each?.status).sort()).toEqual([200, 409, 409]);
    expect(new Set(all.map((each) => each?.body.data.runId)).size).toBe(1);
    expect(await ended(first?.body.data.runId)).toMatchObject({
      status: "COMPLETED",
      function: { id: "invoked", app: { id: "conformance" } },
    });
  });

  test("a cancellation by the SDK's own ids ends the runs it means and no other", async () => {
    const [meant, other] = [await waiting("sleeps", { n: 1 }), await waiting("sleeps", { n: 2 })];
    const made = await ask("POST", "/v1/cancellations", {
      app_id: "conformance",
      function_id: "sleeps",
      started_before: new Date(Date.now() + 1_000).toISOString(),
      if: "event.data.n == 1",
    });
    expect(made.status).toBe(200);
    expect(await ended(meant)).toMatchObject({ status: "CANCELLED" });
    expect((await ask("GET", `/v1/runs/${other}`)).body.data.status).toBe("Running");
    expect((await ask("DELETE", `/v1/cancellations/${made.body.data.id}`)).body.data).toEqual({ ok: true });
  });

  test("a rerun from a step with other arguments keeps what was before it, and calls the step with them", async () => {
    const [eventId] = await server.send({ name: "waiting/repeated", data: { fail: true } }, eventKey);
    const failed = await server.until("the run has failed", async () => {
      const [run] = await server.engine.reports.eventRuns(eventId as never);
      return run?.status === "failed" ? run.id : undefined;
    });
    const made = await ask("POST", `/v2/runs/${failed}/rerun`, {
      fromStep: { stepId: createHash("sha1").update("tell").digest("hex"), input: ["otherwise", { n: 2 }] },
    });
    expect(made.status).toBe(200);
    expect(await ended(made.body.data.runId)).toMatchObject({
      status: "COMPLETED",
      output: { first: { by: failed }, told: ["otherwise", { n: 2 }], last: ["otherwise", { n: 2 }] },
    });
  });

  test("a rerun from the beginning does everything again, with the same event", async () => {
    const [eventId] = await server.send({ name: "waiting/repeated", data: {} }, eventKey);
    await server.runOf(eventId ?? "", "conformance-repeated");
    const [{ id } = { id: "" }] = await server.engine.reports.eventRuns(eventId as never);
    const { body } = await ask("POST", `/v2/runs/${id}/rerun`);
    expect(await ended(body.data.runId)).toMatchObject({ output: { first: { by: body.data.runId }, told: ["as it was", 1] } });
    expect((await ask("GET", `/v1/events/${eventId}/runs`)).body.data).toMatchObject([
      { run_id: id },
      { run_id: body.data.runId, original_run_id: id },
    ]);
  });
});
