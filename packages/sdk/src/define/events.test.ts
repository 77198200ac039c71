// Events against their schemas: when they are sent, when a function gets them, when a step has waited for one.

import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod/v3";
import { callOnce } from "../../test/call-once.ts";
import { setTransport } from "../client/client-transport.ts";
import { EventSchemas, eventType, invoke, type StandardSchemaV1, Stepwell, staticSchema } from "../index.ts";
import { functionConfigs } from "./function-configs.ts";

function sending(client: Stepwell): unknown[] {
  const sent: unknown[] = [];
  setTransport(client, {
    sendEvents: async (events) => {
      sent.push(...events);
      return { ids: events.map(() => "id") };
    },
    sendSignal: async () => ({ runId: undefined }),
  });
  return sent;
}

const libraries = {
  zod: z.object({ user: z.object({ id: z.string() }), n: z.number() }),
  valibot: v.object({ user: v.object({ id: v.string() }), n: v.number() }),
  arktype: type({ user: { id: "string" }, n: "number" }),
};

test("data is checked as JSON leaves it, because that is what a function gets", async () => {
  const schemas = new EventSchemas().fromSchema({ date: z.object({ at: z.date() }), coerced: z.object({ at: z.coerce.date() }) });
  const client = new Stepwell({ id: "app", schemas }) as unknown as Stepwell;
  const sent = sending(client);
  const data = { at: new Date(0) };
  await expect(client.send({ name: "date", data })).rejects.toMatchObject({
    code: "event_data_invalid",
    message: expect.stringMatching(/^the data of "date" does not fit its schema: data\.at: .*date/),
  });
  await client.send({ name: "coerced", data });
  await expect(client.send({ name: "coerced" })).rejects.toMatchObject({ message: expect.stringContaining("data.at: ") });
  expect(sent).toHaveLength(1);
});

describe.each(Object.entries(libraries))("a schema of %s", (_, schema) => {
  const made = eventType("go", { schema: schema as (typeof libraries)["zod"] });
  const right = { user: { id: "u" }, n: 1 };
  const wrong = { user: { id: 5 }, n: 1 } as never;

  test("lets pass what fits and refuses what does not, with its path, before anything is sent", async () => {
    const client = new Stepwell({ id: "app", schemas: new EventSchemas().fromSchema({ named: schema as (typeof libraries)["zod"] }) });
    const sent = sending(client as unknown as Stepwell);
    await (client as unknown as Stepwell).send([made.create(right), { name: "named", data: right }, { name: "other", data: wrong }]);
    expect(sent).toHaveLength(3);
    for (const event of [made.create(wrong), { name: "named", data: wrong }])
      await expect((client as unknown as Stepwell).send([{ name: "other" }, event])).rejects.toMatchObject({
        code: "event_data_invalid",
        message: expect.stringMatching(/^the data of "(go|named)" does not fit its schema: data\.user\.id: /),
      });
    expect(sent).toHaveLength(3);
    await expect(made.create(wrong).validate()).rejects.toMatchObject({ code: "event_data_invalid" });
  });

  test("is held against what a function gets, which fails without retries", async () => {
    const client = new Stepwell({ id: "app" });
    const fn = client.createFunction({ id: "f", triggers: [made] }, ({ event }) => event.data.user.id);
    expect(await callOnce(client, fn, { data: right })).toMatchObject({ kind: "result", data: '"u"' });
    expect(await callOnce(client, fn, { data: wrong })).toMatchObject({
      kind: "error",
      noRetry: true,
      error: { name: "StepwellError", message: expect.stringContaining("data.user.id") },
    });
  });

  test("is held against what a step has waited for, where the function can catch it", async () => {
    const client = new Stepwell({ id: "app" });
    const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, async ({ step }) => {
      const event = await step
        .waitForEvent("w", { event: made, timeout: "1h" })
        .catch((error: { code?: string }) => ({ data: { n: error.code } }));
      return event?.data.n ?? "none";
    });
    const waited = (data: unknown) => ({ memos: { w: { name: "go", id: "e", ts: 1, data } } });
    expect(await callOnce(client, fn, waited(right))).toMatchObject({ data: "1" });
    expect(await callOnce(client, fn, waited(wrong))).toMatchObject({ data: '"event_data_invalid"' });
    expect(await callOnce(client, fn, { memos: { w: null } })).toMatchObject({ data: '"none"' });
  });
});

test("a schema is held against what a signal brings, where the function can catch what does not fit", async () => {
  const client = new Stepwell({ id: "app" });
  const schema = z.object({ at: z.coerce.date() });
  const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, async ({ step }) => {
    const signal = step.waitForSignal("w", { signal: "approve", timeout: "1h", schema });
    const brought = await signal.catch((error: Error) => error.message);
    return typeof brought === "object" ? (brought?.data.at.getTime() ?? "none") : brought;
  });
  const waited = (data: unknown) => callOnce(client, fn, { memos: { w: { signal: "approve", data } } });
  expect(await waited({ at: "1970-01-01T00:00:05Z", more: 1 })).toMatchObject({ data: "5000" });
  expect(await waited({ at: "soon" })).toMatchObject({
    data: expect.stringMatching(/^"the data of \\"approve\\" does not fit its schema: data\.at: /),
  });
  expect(await callOnce(client, fn, { memos: { w: null } })).toMatchObject({ data: '"none"' });
});

test("what a schema makes of the data is what the function gets", async () => {
  const client = new Stepwell({ id: "app" });
  const at = eventType("go", { schema: z.object({ at: z.coerce.date(), kind: z.string().default("plain") }) });
  const fn = client.createFunction({ id: "f", triggers: [at] }, ({ event }) => [event.data.at.getTime(), event.data.kind]);
  expect(await callOnce(client, fn, { data: { at: "1970-01-01T00:00:00.005Z" } })).toMatchObject({ data: '[5,"plain"]' });
});

test("an invocation fits one of the triggers' schemas, or that of its own", async () => {
  const client = new Stepwell({ id: "app" });
  const a = eventType("a", { schema: z.object({ a: z.string() }) });
  const b = eventType("b", { schema: z.strictObject({ b: z.number() }) });
  const either = client.createFunction({ id: "either", triggers: [a, b] }, ({ event }) => Object.keys(event.data));
  const invoked = (data: object) => ({ events: [{ name: "inngest/function.invoked", id: "e", ts: 1, data: { ...data, _inngest: {} } }] });
  expect(await callOnce(client, either, invoked({ b: 1 }))).toMatchObject({ data: '["b","_inngest"]' });
  expect(await callOnce(client, either, invoked({ c: 1 }))).toMatchObject({ kind: "error", noRetry: true });
  const own = client.createFunction({ id: "own", triggers: [a, invoke(z.object({ who: z.string() }))] }, () => "ok");
  expect(await callOnce(client, own, invoked({ who: "me" }))).toMatchObject({ data: '"ok"' });
  expect(await callOnce(client, own, invoked({ a: "a" }))).toMatchObject({ kind: "error" });
  const loose = client.createFunction({ id: "loose", triggers: [a, { event: "free" }] }, () => "ok");
  expect(await callOnce(client, loose, invoked({ anything: 1 }))).toMatchObject({ data: '"ok"' });
});

describe("a trigger with a wildcard", () => {
  const paid = z.object({ total: z.number() });
  const opened = z.strictObject({ by: z.string().default("nobody") });
  const known = new EventSchemas().fromSchema({ "shop/paid": paid, "shop/line.opened": opened, "mail/sent": z.object({ to: z.email() }) });
  const event = (name: string, data: object) => ({ events: [{ name, id: "e", ts: 1, data }] });

  test("gives the function what the client's schema of each event makes of it, and refuses what does not fit", async () => {
    const client = new Stepwell({ id: "app", schemas: known }) as unknown as Stepwell;
    const fn = client.createFunction({ id: "f", triggers: { event: "shop/*" } }, ({ event: { data } }) => data);
    expect(await callOnce(client, fn, event("shop/paid", { total: 5, more: 1 }))).toMatchObject({ data: '{"total":5}' });
    expect(await callOnce(client, fn, event("shop/line.opened", {}))).toMatchObject({ data: '{"by":"nobody"}' });
    expect(await callOnce(client, fn, event("shop/paid", { total: "5" }))).toMatchObject({
      kind: "error",
      noRetry: true,
      error: { message: expect.stringMatching(/^the data of "shop\/paid" does not fit its schema: data\.total: /) },
    });
    // Nobody has said what these are like.
    expect(await callOnce(client, fn, event("shop/other", { total: "5" }))).toMatchObject({ data: '{"total":"5"}' });
  });

  test("holds an invocation against the schemas of all it means, unless some have types alone", async () => {
    const invokedWith = (schemas: EventSchemas<never>, data: object) => {
      const client = new Stepwell({ id: "app", schemas }) as unknown as Stepwell;
      const fn = client.createFunction({ id: "f", triggers: { event: "shop/*" } }, ({ event: { data: got } }) => got);
      return callOnce(client, fn, event("inngest/function.invoked", data));
    };
    expect(await invokedWith(known as never, { total: 5 })).toMatchObject({ data: '{"total":5}' });
    expect(await invokedWith(known as never, { to: "me" })).toMatchObject({ kind: "error", noRetry: true });
    const partly = known.fromRecord<{ "shop/closed": { data: { why: string } } }>();
    expect(await invokedWith(partly as never, { why: "x" })).toMatchObject({ data: '{"why":"x"}' });
  });

  test("has its own schema, or that of its type, for every event that it means, and a plain name goes before it", async () => {
    const client = new Stepwell({ id: "app", schemas: known }) as unknown as Stepwell;
    const own = { event: "shop/*", schema: z.object({ own: z.number() }) };
    const typed = eventType("shop/*", { schema: z.object({ own: z.number() }) });
    for (const trigger of [own, typed, { event: typed }]) {
      const fn = client.createFunction({ id: "f", triggers: [trigger, { event: "shop/paid" }] }, ({ event: { data } }) => data);
      expect(await callOnce(client, fn, event("shop/any", { own: 1, x: 1 }))).toMatchObject({ data: '{"own":1}' });
      expect(await callOnce(client, fn, event("shop/any", { total: 1 }))).toMatchObject({ kind: "error" });
      expect(await callOnce(client, fn, event("shop/paid", { total: 1, x: 1 }))).toMatchObject({ data: '{"total":1}' });
    }
  });

  test("registers the shapes of all that it means", () => {
    const client = new Stepwell({ id: "app", schemas: known }) as unknown as Stepwell;
    const fn = client.createFunction({ id: "f", triggers: { event: "shop/*" } }, () => 1);
    expect(functionConfigs(client, [fn], "http://x/")[0]?.["inputSchema"]).toMatchObject({
      anyOf: [{ properties: { total: { type: "number" } } }, { properties: { by: { type: "string" } } }],
    });
  });
});

test("a schema for TypeScript alone checks nothing", async () => {
  const client = new Stepwell({ id: "app" });
  const fn = client.createFunction(
    { id: "f", triggers: [eventType("go", { schema: staticSchema<{ n: number }>() })] },
    ({ event }) => event.data.n,
  );
  expect(await callOnce(client, fn, { data: { n: "text" } })).toMatchObject({ data: '"text"' });
});

test("a type has a version, which its events carry", () => {
  expect(eventType("a", { version: "2" }).create({ x: 1 }, { id: "once" })).toMatchObject({
    name: "a",
    v: "2",
    id: "once",
    data: { x: 1 },
  });
});

describe("what is registered", () => {
  const client = new Stepwell({ id: "app" });
  const configOf = (options: object, triggers: readonly object[] = []) => {
    const fn = client.createFunction({ id: "f", ...options }, triggers as never, () => 1);
    return functionConfigs(client, [fn], "https://app.test/api/x?y=1")[0];
  };

  test.each([
    ["zod", z.object({ a: z.string(), b: z.number().default(1) })],
    ["arktype", type({ a: "string", b: "number = 1" })],
    ["valibot, wrapped by @valibot/to-json-schema", toStandardJsonSchema(v.object({ a: v.string(), b: v.optional(v.number(), 1) }))],
  ] as const)("has the JSON Schema of what is sent, by %s", (_, schema) => {
    const given = configOf({}, [{ event: "a", schema: schema as StandardSchemaV1 }])?.["inputSchema"];
    expect(given).toMatchObject({ type: "object", properties: { a: { type: "string" }, b: { type: "number" } }, required: ["a"] });
  });

  test.each([
    ["valibot as it is", v.object({ a: v.string() })],
    ["zod 3", z3.object({ a: z3.string() })],
    ["a type that JSON Schema cannot say", z.object({ a: z.bigint() })],
    ["types alone", staticSchema<{ a: string }>()],
    ["nothing", undefined],
  ] as const)("has none of %s", (_, schema) => {
    expect(configOf({}, [{ event: "a", ...(schema === undefined ? {} : { schema }) }])).not.toHaveProperty("inputSchema");
  });

  test("has every option in the words of the wire", () => {
    expect(
      configOf(
        {
          name: "F",
          retries: { limit: 7, base: "1s" },
          concurrency: [{ limit: 5, key: "event.data.a" }],
          batchEvents: { maxSize: 5, timeout: "5s" },
          idempotency: { key: "event.data.id", window: "1 hour" },
          rateLimit: { limit: 1, period: "1 minute" },
          throttle: { limit: 1, period: 60_000, burst: 2 },
          debounce: { period: "10s" },
          priority: { run: "1" },
          timeouts: { start: "1h", finish: 7_200_000 },
          singleton: { mode: "skip" },
          cancelOn: [
            { event: eventType("stop"), match: "data.id", timeout: "1d" },
            { event: "end", if: "true" },
          ],
        },
        [
          { event: eventType("a"), if: "event.data.x" },
          { cron: "TZ=Europe/Paris 0 9 * * *", jitter: "30s", overlap: "skip" },
        ],
      ),
    ).toEqual({
      id: "app-f",
      name: "F",
      triggers: [
        { event: "a", expression: "event.data.x" },
        { cron: "TZ=Europe/Paris 0 9 * * *", jitter: "30s", overlap: "skip" },
      ],
      steps: {
        step: {
          id: "step",
          name: "step",
          runtime: { type: "http", url: "https://app.test/api/x?y=1&fnId=app-f&stepId=step" },
          retries: { attempts: 7 },
        },
      },
      concurrency: [{ limit: 5, key: "event.data.a" }],
      batchEvents: { maxSize: 5, timeout: "5s" },
      idempotency: { key: "event.data.id", window: "1h" },
      rateLimit: { limit: 1, period: "1m" },
      throttle: { limit: 1, period: "1m", burst: 2 },
      debounce: { period: "10s" },
      priority: { run: "1" },
      timeouts: { start: "1h", finish: "2h" },
      singleton: { mode: "skip" },
      cancel: [
        { event: "stop", if: "event.data.id == async.data.id", timeout: "1d" },
        { event: "end", if: "true" },
      ],
    });
  });

  test("has the failure handler as a function of its own", () => {
    const fn = client.createFunction({ id: "g", onFailure: () => undefined }, { event: "a" }, () => 1);
    expect(functionConfigs(client, [fn], "http://x/")[1]).toMatchObject({
      id: "app-g-failure",
      name: "g (failure)",
      triggers: [{ event: "inngest/function.failed", expression: "event.data.function_id == 'app-g'" }],
      steps: { step: { retries: { attempts: 1 } } },
    });
  });
});
