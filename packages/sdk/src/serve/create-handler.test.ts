import { canonicalJson, signBody, verifySignature } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { hashOf, runId } from "../../test/call-once.ts";
import { callBody, key, path, production, setup } from "../../test/served-app.ts";
import { Stepwell } from "../index.ts";
import { createHandler } from "./create-handler.ts";

describe("calls", () => {
  test("are answered with ops, and with what every answer has", async () => {
    const { ask } = setup();
    const { status, headers, body } = await ask("POST", path, callBody());
    expect(status).toBe(206);
    expect(body).toMatchObject([
      { op: "StepRun", name: "a", displayName: "a", data: 1, opts: { type: "step.run" }, timing: { a: expect.any(Number) } },
      { op: "RunComplete", data: 1 },
    ]);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "application/json",
      "x-inngest-sdk": expect.stringMatching(/^stepwell-js:v\d/),
      "x-inngest-req-version": "2",
      "x-inngest-no-retry": "false",
      "x-inngest-framework": "test",
    });
  });

  test("without checkpoints are answered step by step, and a result as it is", async () => {
    const { ask } = setup({ checkpointing: false });
    expect((await ask("POST", path, callBody())).body).toHaveLength(1);
    expect(await ask("POST", "/api/inngest?fnId=app-plain&stepId=step", callBody())).toMatchObject({ status: 200, raw: '{"n":1}' });
  });

  test("of functions that are not there, and bodies that are none, say so", async () => {
    const { ask } = setup();
    expect(await ask("POST", "/api/inngest?fnId=app-gone", callBody())).toMatchObject({
      status: 500,
      body: { message: expect.stringContaining('"app-gone"'), __serialized: true },
    });
    expect(await ask("POST", path, "")).toMatchObject({ status: 500, body: { message: expect.stringContaining("body parser") } });
  });

  test.each(['{"nme":"x"}', "not json", ""])("are none without a function and a name of an event: %s", async (body) => {
    const { ask } = setup();
    expect(await ask("POST", "/api/inngest", body)).toMatchObject({
      status: 400,
      body: { code: "invalid_request", message: expect.stringContaining("{ name, data }") },
    });
  });

  test("whose state is too large fetch it", async () => {
    const { ask, asked } = setup({}, {}, ({ url }) =>
      Response.json(
        url.endsWith("batch")
          ? [{ name: "go", data: { big: 1 }, id: "e", ts: 1 }]
          : { ["86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"]: { data: 7 } },
      ),
    );
    expect(await ask("POST", path, callBody({ use_api: true }))).toMatchObject({ status: 200, body: 7 });
    expect(asked.map(({ url }) => url)).toEqual([
      `http://localhost:8288/v0/runs/${runId}/batch`,
      `http://localhost:8288/v0/runs/${runId}/actions`,
    ]);
  });

  test("for a step that a deploy has renamed say so at once, and what there is instead", async () => {
    const { ask } = setup();
    const before = performance.now();
    const { status, headers, body } = await ask("POST", `/api/inngest?fnId=app-one&stepId=${hashOf("old")}`, callBody());
    expect({ status, noRetry: headers.get("x-inngest-no-retry") }).toEqual({ status: 500, noRetry: "false" });
    expect(body).toMatchObject({ requestedStep: hashOf("old"), message: expect.stringContaining('It came to "a" instead.') });
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test("of a run that repeats another may bring a result for a step to come", async () => {
    const lines: string[] = [];
    const logger = { info() {}, warn: (line: string) => void lines.push(line), error() {}, debug() {} };
    const { ask } = setup({ logger });
    const call = (more: object) => ({
      ...callBody({ stack: { stack: [hashOf("later")], current: 1 }, ...more }),
      steps: { [hashOf("later")]: { data: 1 } },
    });
    await ask("POST", path, call({ rerun: true }));
    expect(lines).toEqual([]);
    await ask("POST", path, call({}));
    expect(lines).toEqual([expect.stringContaining("step_order_changed")]);
  });

  test("save finished steps on the way, and stop when another call has taken over", async () => {
    const two = (client: Stepwell) =>
      client.createFunction({ id: "two", triggers: { event: "go" } }, async ({ step }) => [
        await step.run("a", () => 1),
        await step.run("b", () => 2),
      ]);
    const saved = setup();
    const fn = two(saved.client);
    const serving = setup({}, { functions: [fn] });
    const { body } = await serving.ask("POST", "/x?fnId=app-two&stepId=step", callBody(), {
      "x-request-id": "r",
      "x-inngest-generation-id": "3",
    });
    expect(body).toMatchObject([
      { op: "StepRun", name: "b" },
      { op: "RunComplete", data: [1, 2] },
    ]);
    const [checkpoint] = serving.asked;
    expect(checkpoint).toMatchObject({
      url: `http://localhost:8288/v1/checkpoint/${runId}/async`,
      body: { run_id: runId, qi_id: "q", request_id: "r", generation_id: 3, steps: [{ op: "StepRun", name: "a", data: 1 }] },
    });
    const stale = setup({}, { functions: [fn] }, () => new Response("", { status: 409 }));
    expect(await stale.ask("POST", "/x?fnId=app-two&stepId=step", callBody())).toMatchObject({
      status: 400,
      body: { name: "StaleDispatchError" },
    });
    const refused = setup({}, { functions: [fn] }, () => new Response("", { status: 413 }));
    expect((await refused.ask("POST", "/x?fnId=app-two&stepId=step", callBody())).body).toMatchObject([{ op: "StepRun", name: "a" }]);
  });

  test("may be streamed: spaces first, then the reply in an envelope", async () => {
    const { ask } = setup({}, { streaming: "force" });
    const { status, raw } = await ask("POST", path, callBody());
    expect(status).toBe(201);
    expect(raw.startsWith(" ")).toBe(true);
    const envelope = JSON.parse(raw) as { status: number; body: string; headers: object };
    expect(envelope).toMatchObject({ status: 206, headers: { "x-inngest-req-version": "2" } });
    expect(JSON.parse(envelope.body)).toMatchObject([{ op: "StepRun" }, { op: "RunComplete" }]);
  });
});

describe("in production", () => {
  test("keys and the server's address may be said to serve instead of to the client", async () => {
    const { signingKey, baseUrl } = production;
    const { ask, asked } = setup({ isDev: false, eventKey: "event-key" }, { signingKey, baseUrl });
    expect((await ask("POST", "/x?fnId=app-plain&stepId=step", callBody())).status).toBe(401);
    expect((await ask("PUT", "/x", undefined, {}, "https://shop.test")).status).toBe(200);
    expect(asked.map(({ url, headers }) => [url, headers.get("authorization")?.slice(0, 15)])).toEqual([
      ["http://server.test/fn/register", "Bearer signkey-"],
    ]);
  });

  const signed = async (body: string, at = Date.now()) => ({ "x-inngest-signature": await signBody(key, body, Math.floor(at / 1_000)) });

  test("only signed calls are answered, and the answer is signed", async () => {
    const { ask } = setup(production);
    const body = canonicalJson(callBody());
    const answer = await ask("POST", path, body, await signed(body));
    expect(answer.status).toBe(206);
    const header = answer.headers.get("x-inngest-signature") ?? undefined;
    expect(await verifySignature({ header, body: answer.raw, keys: [key], nowMs: Date.now(), isCanonical: false })).toBe("valid");
  });

  test("a body that a framework has parsed passes in its canonical form", async () => {
    const { ask } = setup(production);
    expect((await ask("POST", path, JSON.stringify(callBody(), null, 2), await signed(canonicalJson(callBody())))).status).toBe(206);
  });

  test.each([
    ["no signature", () => ({})],
    [
      "another key",
      async (body: string) => ({ "x-inngest-signature": await signBody("signkey-test-00", body, Math.floor(Date.now() / 1_000)) }),
    ],
    ["another body", async () => signed("{}")],
    ["an old one", async (body: string) => signed(body, Date.now() - 6 * 60_000)],
    ["nonsense", () => ({ "x-inngest-signature": "yes" })],
  ])("with %s a caller learns nothing", async (_, headersFor) => {
    const { ask } = setup(production);
    const body = canonicalJson(callBody());
    const answer = await ask("POST", path, body, (await headersFor(body)) as Record<string, string>);
    expect(answer).toMatchObject({ status: 401, body: { message: "Unauthorized" } });
    expect([...answer.headers.keys()].filter((name) => name.startsWith("x-"))).toEqual(["x-inngest-sdk-handled"]);
    expect((await ask("GET", "/api/inngest")).status).toBe(401);
  });

  test("the key of before is good as well", async () => {
    const { ask } = setup({ ...production, signingKey: "signkey-test-00112233", signingKeyFallback: key });
    const body = canonicalJson(callBody());
    expect((await ask("POST", path, body, await signed(body))).status).toBe(206);
  });

  test("a trust probe is answered, any other is refused", async () => {
    const { ask } = setup(production);
    expect(await ask("POST", "/api/inngest?probe=trust", "{}", await signed("{}"))).toMatchObject({ status: 200, raw: "" });
    expect((await ask("POST", "/api/inngest?probe=other", "{}", await signed("{}"))).status).toBe(400);
    expect((await ask("POST", "/api/inngest?probe=trust", "{}")).status).toBe(401);
  });

  test("a question is answered in full to who has signed it", async () => {
    const { ask } = setup(production);
    expect((await ask("GET", "/api/inngest", undefined, await signed(""))).body).toMatchObject({
      schema_version: "2024-05-24",
      mode: "cloud",
      function_count: 2,
      authentication_succeeded: true,
      app_id: "app",
      signing_key_hash: expect.stringMatching(/^[0-9a-f]{12}$/),
      event_key_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test("without a key every request is told which one is missing, and a process that lives on does not start", async () => {
    const { signingKey: _, ...without } = production;
    const { ask, client } = setup(without);
    const message = expect.stringMatching(/STEPWELL_SIGNING_KEY.*The event key, which is set, only sends events/);
    expect(await ask("POST", path, callBody())).toMatchObject({ status: 500, body: { code: "signing_key_missing", message } });
    expect(() => createHandler({ client, functions: [] }, { name: "express", isLongLived: true })).toThrow(/STEPWELL_SIGNING_KEY/);
    client.setEnvVars({ NEXT_PHASE: "phase-production-build" });
    expect(() => createHandler({ client, functions: [] }, { name: "express", isLongLived: true })).not.toThrow();
  });

  test("without the server's address too", async () => {
    const { baseUrl: _, ...without } = production;
    expect((await setup(without).ask("PUT", "/api/inngest")).body).toMatchObject({
      code: "base_url_missing",
      message: expect.stringContaining("STEPWELL_BASE_URL"),
    });
  });
});

describe("dev mode that was inferred", () => {
  const inferred = () => {
    const world = setup();
    const client = new Stepwell({ id: "app" });
    client.setEnvVars({});
    const handle = createHandler({ client, functions: [] }, { name: "test", isLongLived: false });
    return {
      ...world,
      get: async (origin: string, headers: Record<string, string> = {}, peer?: string) =>
        handle(new Request(`${origin}/api/inngest`, { headers }), { peer }),
    };
  };

  test.each(["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000", "http://app.localhost"])(
    "answers %s",
    async (origin) => {
      expect((await inferred().get(origin)).status).toBe(200);
    },
  );

  test.each(["http://shop.example.com", "http://10.0.0.5:3000", "http://localhost.example.com"])(
    "does not answer %s, and says why",
    async (origin) => {
      const response = await inferred().get(origin);
      expect([response.status, await response.json()]).toEqual([
        403,
        { code: "host_not_allowed", message: expect.stringContaining("NODE_ENV=production") },
      ]);
    },
  );

  test("goes by the header that names the host", async () => {
    expect((await inferred().get("http://localhost:3000", { host: "shop.example.com" })).status).toBe(403);
  });

  test.each([
    [{ "x-forwarded-for": "203.0.113.7" }, undefined],
    [{ "x-forwarded-for": "127.0.0.1, 203.0.113.7" }, "127.0.0.1"],
    [{ "x-forwarded-host": "shop.example.com" }, "::1"],
    [{ "x-real-ip": "10.0.0.5" }, undefined],
    [{ forwarded: 'for="[2001:db8::1]:4711";host=localhost' }, undefined],
    [{ forwarded: "for=unknown" }, undefined],
    [{}, "203.0.113.7"],
    [{}, "::ffff:10.0.0.5"],
  ])("does not answer a request to localhost with %j from %s, and says why", async (headers, peer) => {
    const response = await inferred().get("http://localhost:3000", headers, peer);
    expect([response.status, await response.json()]).toEqual([
      403,
      { code: "host_not_allowed", message: expect.stringMatching(/so a request (from|with the header) .* STEPWELL_DEV=1/) },
    ]);
  });

  // As the dev servers of frameworks do, which are proxies of this machine.
  test.each([
    [{ "x-forwarded-for": "::ffff:127.0.0.1, ::1", "x-forwarded-host": "localhost:3000" }, "::ffff:127.0.0.1"],
    [{ forwarded: 'for="[::1]:4711";host="localhost:3000";proto=http' }, "::1"],
  ])("answers a request of this machine with %j", async (headers, peer) => {
    expect((await inferred().get("http://localhost:3000", headers, peer)).status).toBe(200);
  });

  test("that was asked for answers any", async () => {
    expect((await setup().ask("GET", "/api/inngest", undefined, {}, "http://host.docker.internal:3000")).status).toBe(200);
  });
});

test("two functions of one id are refused when they are served", () => {
  const client = new Stepwell({ id: "app", isDev: true });
  const functions = [1, 2].map(() => client.createFunction({ id: "same" }, () => 1));
  expect(() => createHandler({ client, functions }, { name: "test", isLongLived: true })).toThrow(
    expect.objectContaining({ code: "function_id_duplicate" }),
  );
});

test("other methods are refused", async () => {
  expect((await setup().ask("DELETE", "/api/inngest")).status).toBe(405);
});
