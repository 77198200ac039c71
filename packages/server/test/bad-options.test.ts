// Options of functions that cannot be meant, registered over HTTP as an app would: each is refused with its name and a code of
// its own, and what was registered before goes on. What only an event can show has its outcome on the event or the run.

import { asJson } from "@stepwell/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SmallServer, smallServer } from "./small-server.ts";

const runtime = { type: "http", url: "http://localhost:1/" };
const steps = { step: { id: "step", name: "step", runtime } };
const batch = { maxSize: 2, timeout: "1s" };
const rate = { limit: 5, period: "1m" };
const key = "event.data.(";
/** Only waits and cancel rules have a later event; what is missing is less than everything, so this would always hold. */
const later = "async.data.k < 5";

let server: SmallServer;

beforeAll(async () => {
  server = await smallServer({ functions: ["before"], answer: () => ({ kind: "result", data: asJson("done"), sdk: "js:v4.24.0" }) });
});

afterAll(() => server.stop());

function register(appName: string, ...functions: readonly object[]) {
  const named = functions.map((each) => ({ name: "f", steps, ...each }));
  return server.post("/fn/register", { appName, url: `http://localhost:1/${appName}`, sdk: "js:v4.24.0", functions: named });
}

test.each<[options: object, option: string, code: string]>([
  // Of another type.
  [{ timeouts: { start: 10 } }, "timeouts.start", "timeouts_invalid"],
  [{ timeouts: { finish: true } }, "timeouts.finish", "timeouts_invalid"],
  [{ timeouts: "10s" }, "timeouts", "timeouts_invalid"],
  [{ rateLimit: "x" }, "rateLimit", "rate_limit_invalid"],
  [{ rateLimit: 5 }, "rateLimit", "rate_limit_invalid"],
  [{ concurrency: "5" }, "concurrency.limit", "concurrency_limit_invalid"],
  [{ concurrency: true }, "concurrency.limit", "concurrency_limit_invalid"],
  [{ concurrency: {} }, "concurrency.limit", "concurrency_limit_invalid"],
  [{ concurrency: { step: "5" } }, "concurrency.limit", "concurrency_limit_invalid"],
  [{ throttle: [] }, "throttle", "throttle_invalid"],
  [{ throttle: [rate] }, "throttle", "throttle_invalid"],
  [{ debounce: "10s" }, "debounce", "debounce_invalid"],
  [{ debounce: false }, "debounce", "debounce_invalid"],
  [{ priority: 3 }, "priority", "priority_invalid"],
  [{ priority: { run: 3 } }, "priority.run", "priority_invalid"],
  [{ singleton: true }, "singleton", "singleton_invalid"],
  [{ singleton: "skip" }, "singleton", "singleton_invalid"],
  [{ idempotency: 5 }, "idempotency", "idempotency_invalid"],
  [{ idempotency: ["event.data.id"] }, "idempotency", "idempotency_invalid"],
  [{ batchEvents: 10 }, "batchEvents", "batch_size_invalid"],
  [{ batchEvents: { ...batch, maxSize: "10" } }, "batchEvents.maxSize", "batch_size_invalid"],
  [{ batchEvents: { ...batch, timeout: 5 } }, "batchEvents.timeout", "batch_timeout_invalid"],
  [{ batchEvents: { ...batch, if: true } }, "batchEvents.if", "batch_if_expression_invalid"],
  [{ cancel: "x" }, "cancelOn", "cancellation_invalid"],
  [{ cancel: { event: "a" } }, "cancelOn", "cancellation_invalid"],
  [{ cancel: ["a"] }, "cancelOn[0].event", "cancellation_invalid"],
  [{ cancel: [{ event: "a", if: 1 }] }, "cancelOn[0].if", "cancellation_invalid"],
  [{ cancel: [{ event: "a", timeout: 60 }] }, "cancelOn[0].timeout", "cancellation_invalid"],
  [{ circuitBreaker: true }, "circuitBreaker", "circuit_breaker_invalid"],
  [{ circuitBreaker: { failures: "5" } }, "circuitBreaker.failures", "circuit_breaker_invalid"],
  [{ retries: "3" }, "retries", "retries_invalid"],
  [{ triggers: "shop/f" }, "triggers", "trigger_invalid"],
  [{ triggers: [{ event: 5 }] }, "triggers[0]", "trigger_invalid"],
  [{ triggers: [{ event: "a", expression: true }] }, "triggers[0].expression", "expression_invalid"],
  [{ triggers: [{ event: "a", if: 1 }] }, "triggers[0].expression", "expression_invalid"],

  // Keys that are no text.
  [{ rateLimit: { ...rate, key: 5 } }, "rateLimit.key", "rate_limit_invalid"],
  [{ throttle: { ...rate, key: ["a"] } }, "throttle.key", "throttle_invalid"],
  [{ debounce: { period: "1s", key: true } }, "debounce.key", "debounce_invalid"],
  [{ singleton: { mode: "skip", key: {} } }, "singleton.key", "singleton_invalid"],
  [{ concurrency: { limit: 1, key: 5 } }, "concurrency.key", "concurrency_key_invalid"],
  [{ concurrency: { limit: 1, scope: "env", key: 5 } }, "concurrency.key", "concurrency_key_invalid"],
  [{ batchEvents: { ...batch, key: 5 } }, "batchEvents.key", "batch_key_expression_invalid"],
  [{ idempotency: { key: 5 } }, "idempotency.key", "idempotency_invalid"],
  [{ circuitBreaker: { failures: 5, key: 5 } }, "circuitBreaker.key", "circuit_breaker_invalid"],

  // Keys and conditions that are no expression.
  [{ rateLimit: { ...rate, key } }, "rateLimit.key", "rate_limit_invalid"],
  [{ throttle: { ...rate, key } }, "throttle.key", "throttle_invalid"],
  [{ debounce: { period: "1s", key } }, "debounce.key", "debounce_invalid"],
  [{ singleton: { mode: "skip", key } }, "singleton.key", "singleton_invalid"],
  [{ concurrency: { limit: 1, key } }, "concurrency.key", "concurrency_key_invalid"],
  [{ batchEvents: { ...batch, key } }, "batchEvents.key", "batch_key_expression_invalid"],
  [{ batchEvents: { ...batch, if: key } }, "batchEvents.if", "batch_if_expression_invalid"],
  [{ idempotency: key }, "idempotency", "idempotency_invalid"],
  [{ priority: { run: key } }, "priority.run", "priority_invalid"],
  [{ circuitBreaker: { failures: 5, key } }, "circuitBreaker.key", "circuit_breaker_invalid"],
  [{ cancel: [{ event: "a", if: key }] }, "cancelOn[0].if", "cancellation_invalid"],
  [{ triggers: [{ event: "a", expression: key }] }, "triggers[0].expression", "expression_invalid"],

  // Expressions that speak of an event which never comes.
  [{ triggers: [{ event: "a", expression: later }] }, "triggers[0].expression", "expression_invalid"],
  [{ rateLimit: { ...rate, key: later } }, "rateLimit.key", "rate_limit_invalid"],
  [{ throttle: { ...rate, key: later } }, "throttle.key", "throttle_invalid"],
  [{ debounce: { period: "1s", key: later } }, "debounce.key", "debounce_invalid"],
  [{ singleton: { mode: "skip", key: later } }, "singleton.key", "singleton_invalid"],
  [{ concurrency: { limit: 1, key: later } }, "concurrency.key", "concurrency_key_invalid"],
  [{ batchEvents: { ...batch, key: later } }, "batchEvents.key", "batch_key_expression_invalid"],
  [{ batchEvents: { ...batch, if: later } }, "batchEvents.if", "batch_if_expression_invalid"],
  [{ idempotency: later }, "idempotency", "idempotency_invalid"],
  [{ priority: { run: later } }, "priority.run", "priority_invalid"],
  [{ circuitBreaker: { failures: 5, key: later } }, "circuitBreaker.key", "circuit_breaker_invalid"],

  // Numbers that allow nothing, or less.
  [{ concurrency: -1 }, "concurrency.limit", "concurrency_limit_invalid"],
  [{ concurrency: { fn: [{ limit: 0 }] } }, "concurrency.limit", "concurrency_limit_invalid"],
  [{ concurrency: 1.5 }, "concurrency.limit", "concurrency_limit_invalid"],
  [{ throttle: { ...rate, limit: 0 } }, "throttle.limit", "throttle_invalid"],
  [{ throttle: { ...rate, limit: -3 } }, "throttle.limit", "throttle_invalid"],
  [{ throttle: { ...rate, burst: -1 } }, "throttle.burst", "throttle_invalid"],
  [{ rateLimit: { ...rate, limit: 0 } }, "rateLimit.limit", "rate_limit_invalid"],
  [{ rateLimit: { ...rate, limit: -3 } }, "rateLimit.limit", "rate_limit_invalid"],
  [{ batchEvents: { ...batch, maxSize: 0 } }, "batchEvents.maxSize", "batch_size_invalid"],
  [{ batchEvents: { ...batch, maxSize: -2 } }, "batchEvents.maxSize", "batch_size_invalid"],
  [{ batchEvents: { ...batch, maxSize: 1_001 } }, "batchEvents.maxSize", "batch_size_invalid"],
  [{ circuitBreaker: { failures: 0 } }, "circuitBreaker.failures", "circuit_breaker_invalid"],
  [{ circuitBreaker: { rate: -0.5 } }, "circuitBreaker.rate", "circuit_breaker_invalid"],
  [{ circuitBreaker: { failures: 1, halfOpen: 0 } }, "circuitBreaker.halfOpen", "circuit_breaker_invalid"],
  [{ retries: -1 }, "retries", "retries_invalid"],

  // Cancel rules that nothing can fulfil, or for longer than a wait may take.
  [{ cancel: [{ event: "c/*" }] }, "cancelOn[0].event", "cancellation_invalid"],
  [{ cancel: [{ event: "a" }, { event: "*" }] }, "cancelOn[1].event", "cancellation_invalid"],
  [{ cancel: [{ event: "a", timeout: "800d" }] }, "cancelOn[0].timeout", "cancellation_invalid"],
  [{ cancel: [{ event: "a", timeout: "2999-01-01" }] }, "cancelOn[0].timeout", "cancellation_invalid"],

  // Windows of no time, and of too much.
  [{ rateLimit: { ...rate, period: "0s" } }, "rateLimit.period", "rate_limit_invalid"],
  [{ rateLimit: { ...rate, period: "2d" } }, "rateLimit.period", "rate_limit_invalid"],
  [{ throttle: { ...rate, period: "0s" } }, "throttle.period", "throttle_invalid"],
  [{ throttle: { ...rate, period: "" } }, "throttle.period", "throttle_invalid"],
  [{ debounce: { period: "0s" } }, "debounce.period", "debounce_invalid"],
  [{ debounce: { period: "8d" } }, "debounce.period", "debounce_invalid"],
  [{ debounce: { period: "1s", timeout: "0s" } }, "debounce.timeout", "debounce_invalid"],
  [{ batchEvents: { ...batch, timeout: "0s" } }, "batchEvents.timeout", "batch_timeout_invalid"],
  [{ batchEvents: { ...batch, timeout: "2h" } }, "batchEvents.timeout", "batch_timeout_invalid"],
  [{ timeouts: { start: "0s" } }, "timeouts.start", "timeouts_invalid"],
  [{ timeouts: { finish: "-1s" } }, "timeouts.finish", "timeouts_invalid"],
  [{ idempotency: { key: "event.id", window: "0s" } }, "idempotency.window", "idempotency_invalid"],
  [{ circuitBreaker: { failures: 1, window: "0s" } }, "circuitBreaker.window", "circuit_breaker_invalid"],
  [{ circuitBreaker: { failures: 1, cooldown: "0s" } }, "circuitBreaker.cooldown", "circuit_breaker_invalid"],

  // Words that nobody knows.
  [{ concurrency: { limit: 1, scope: "world", key: "'k'" } }, "concurrency.scope", "concurrency_scope_invalid"],
  [{ concurrency: { limit: 1, scope: 5 } }, "concurrency.scope", "concurrency_scope_invalid"],
  [{ concurrency: { limit: 1, scope: "env" } }, "concurrency.key", "concurrency_key_invalid"],
  [{ concurrency: { limit: 1, scope: "account" } }, "concurrency.key", "concurrency_key_invalid"],
  [{ singleton: { mode: "queue" } }, "singleton.mode", "singleton_invalid"],
  [{ singleton: {} }, "singleton.mode", "singleton_invalid"],

  // Too much at once.
  [{ concurrency: [1, 2, 3] }, "concurrency", "concurrency_limit_invalid"],
  [{ concurrency: { fn: [{ limit: 1 }, { limit: 2 }] } }, "concurrency.fn", "concurrency_limit_invalid"],

  // What contradicts itself.
  [{ batchEvents: batch, triggers: [{ cron: "* * * * *" }] }, "batchEvents", "combo_unsupported"],
  [{ batchEvents: batch, singleton: { mode: "skip" } }, "batchEvents", "combo_unsupported"],
  [{ batchEvents: batch, debounce: { period: "1s" } }, "batchEvents", "combo_unsupported"],
  [{ circuitBreaker: { failures: 1, rate: 0.5 } }, "circuitBreaker", "circuit_breaker_invalid"],
  [{ circuitBreaker: {} }, "circuitBreaker", "circuit_breaker_invalid"],
])("%j is refused with its name", async (options, option, code) => {
  const good = { id: "shop-before", triggers: [{ event: "shop/before" }] };
  const { status, body } = await register("shop", good, { id: "shop-f", triggers: [{ event: "shop/f" }], ...options });
  expect({ status, code: body.code, data: body.data }).toEqual({
    status: 400,
    code: "config_invalid",
    data: [{ function: "shop-f", option, code, message: expect.stringMatching(/ \S+ /) }],
  });
  expect(body).toMatchObject({ hint: expect.stringContaining("sync it"), error: expect.stringContaining(`shop-f: ${option}: `) });
  // All of the registration is refused, and what was there before it stays.
  expect(server.engine.apps()[0]).toMatchObject({ error: body.error });
  expect(server.engine.findFunction("shop-f")).toBeUndefined();
  expect(server.engine.findFunction("shop-before")).toBeDefined();
});

test("everything that is wrong is told at once", async () => {
  const options = { rateLimit: "x", concurrency: "5", throttle: [], priority: 3, singleton: true, idempotency: 5, cancel: "x" };
  const { body } = await register("shop", { id: "shop-f", triggers: [{ event: "shop/f" }], ...options });
  const named = (body.data as readonly { readonly option: string }[]).map(({ option }) => option);
  expect(named).toEqual(["cancelOn", "rateLimit", "throttle", "priority", "concurrency.limit", "singleton", "idempotency"]);
});

test("null is as absent, which is how some SDKs say that they have none", async () => {
  const none = { batchEvents: null, cancel: null, rateLimit: null, throttle: null, debounce: null, priority: null, concurrency: null };
  const more = { timeouts: null, singleton: null, idempotency: null, circuitBreaker: null };
  const answer = await register("nulls", { id: "nulls-f", triggers: [{ event: "nulls/f" }], ...none, ...more });
  expect(answer).toMatchObject({ status: 200 });
});

// The expression compiles; with a text as `n` its evaluation fails.
const failing = "int(event.data.n) > 1";

const starts = { runs: [{}], outcomes: [] };

test.each<[option: string, options: object, outcome: object, warning?: RegExp]>([
  ["if", { triggers: [{ event: "odd/e", if: failing }] }, { runs: [], outcomes: [{ code: "expression_error" }] }],
  ["rateLimit", { rateLimit: { ...rate, key: failing } }, starts, /^rateLimit: /],
  ["throttle", { throttle: { ...rate, key: failing } }, starts, /^throttle\.key: /],
  ["concurrency", { concurrency: { limit: 1, key: failing } }, starts, /^concurrency\.key: /],
  ["singleton", { singleton: { mode: "skip", key: failing } }, starts, /^singleton: /],
  ["idempotency", { idempotency: failing }, starts, /^idempotency: /],
  ["priority", { priority: { run: failing } }, starts, /^priority: /],
  ["batch", { batchEvents: { ...batch, if: failing } }, starts, /^batchEvents\.if: /],
  ["batchkey", { batchEvents: { maxSize: 2, timeout: "1h", key: failing } }, { runs: [], outcomes: [{ code: "batched" }] }],
  ["debounce", { debounce: { period: "1h", key: failing } }, { runs: [], outcomes: [{ code: "debounced" }] }],
])("an expression that fails when the event comes: %s", async (name, options, outcome, warning) => {
  const app = `odd${name}`;
  const triggers = [{ event: `${app}/e` }];
  const withEvent = JSON.parse(JSON.stringify({ triggers, ...options }).replaceAll("odd/e", `${app}/e`)) as object;
  expect(await register(app, { id: `${app}-f`, ...withEvent })).toMatchObject({ status: 200 });
  const sent = await server.post("/e/key", { name: `${app}/e`, data: { n: "text" } });
  const { body } = await server.get(`/api/v1/events/${sent.body.ids[0]}`);
  expect(body.data).toMatchObject(outcome);
  if (warning === undefined) return;
  const { body: run } = await server.get(`/api/v1/runs/${body.data.runs[0].id}`);
  expect(run.data.warnings).toEqual([expect.stringMatching(warning)]);
});

test("a key that comes out as no text is the text of its value", async () => {
  const options = { rateLimit: { limit: 1, period: "1h", key: "event.data.k" } };
  await register("keys", { id: "keys-f", triggers: [{ event: "keys/e" }], ...options });
  const values = [1, 1, "1", true, [1, 2], [1, 2], { a: 1 }, { a: 1 }, null, false, ""];
  const sent = await server.post(
    "/e/key",
    values.map((k) => ({ name: "keys/e", data: { k } })),
  );
  const became = await Promise.all(
    (sent.body.ids as readonly string[]).map(async (id) => {
      const { outcomes } = (await server.get(`/api/v1/events/${id}`)).body.data;
      return outcomes.length === 0 ? "run" : `${outcomes[0].code} ${outcomes[0].key}`;
    }),
  );
  const [first, limited] = ["run", (key: string) => `rate_limited ${key}`] as const;
  expect(became).toEqual([
    ...[first, limited("1"), limited("1"), first],
    ...[first, limited("[1,2]"), first, limited('{"a":1}')],
    // What is missing has the key `false`; empty text is a text.
    ...[first, limited("false"), first],
  ]);
});
