// Each option of a function in the forms SDKs send, and what is wrong with each in its own place and under its own code.

import { expect, test } from "vitest";
import { limits, parseFunctionConfig } from "./index.ts";

const url = { step: { runtime: { url: "http://localhost:1/" } } };

/** What is read of the options; or what is wrong with which. */
function read(options: object): unknown {
  const parsed = parseFunctionConfig({ id: "app-f", steps: url, ...options });
  return parsed.kind === "function" ? parsed.config.options : parsed.problems.map(({ option, code }) => `${option} ${code}`);
}

const limitOf = (limit: number) => ({ limit, scope: "fn" });

test.each<[wrote: object, read: object]>([
  [{}, {}],
  [{ unknown: { option: 1 } }, {}],
  [{ batchEvents: null, cancel: null, rateLimit: null, throttle: null, debounce: null, singleton: null, concurrency: null }, {}],

  [{ batchEvents: { maxSize: 10, timeout: "5s" } }, { batchEvents: { maxSize: 10, timeoutMs: 5_000 } }],
  [
    { batch_events: { max_size: 10, timeout: "5s", key: "event.data.k", if: "event.data.ok" } },
    { batchEvents: { maxSize: 10, timeoutMs: 5_000, key: "event.data.k", if: "event.data.ok" } },
  ],

  [{ cancel: [] }, {}],
  [{ cancel: [{ event: "a" }] }, { cancel: [{ event: "a" }] }],
  [
    {
      cancel: [
        { event: "a", if: "async.data.id == event.data.id", timeout: "1h" },
        { event: "b", timeout: "2030-01-01T00:00:00Z" },
      ],
    },
    {
      cancel: [
        { event: "a", if: "async.data.id == event.data.id", timeout: "1h" },
        { event: "b", timeout: "2030-01-01T00:00:00Z" },
      ],
    },
  ],
  [{ cancel: [{ event: "a", if: "", timeout: null }] }, { cancel: [{ event: "a" }] }],

  [{ rateLimit: { limit: 3, period: "1m" } }, { rateLimit: { limit: 3, periodMs: 60_000 } }],
  [
    { rate_limit: { limit: 3, period: "24h", key: "event.data.k" } },
    { rateLimit: { limit: 3, periodMs: 86_400_000, key: "event.data.k" } },
  ],
  [{ rateLimit: { limit: 3, period: "1m", smoothing: true } }, { rateLimit: { limit: 3, periodMs: 60_000, smoothing: true } }],
  [{ rateLimit: { limit: 3, period: "1m", smoothing: false } }, { rateLimit: { limit: 3, periodMs: 60_000 } }],

  [{ throttle: { limit: 3, period: "1m" } }, { throttle: { limit: 3, periodMs: 60_000, burst: 1 } }],
  [
    { throttle: { limit: 3, period: "1m", burst: 5, key: "event.data.k" } },
    { throttle: { limit: 3, periodMs: 60_000, burst: 5, key: "event.data.k" } },
  ],

  [{ debounce: { period: "10s" } }, { debounce: { periodMs: 10_000 } }],
  [
    { debounce: { period: "10s", timeout: "30d", key: "event.data.k" } },
    { debounce: { periodMs: 10_000, timeoutMs: 2_592_000_000, key: "event.data.k" } },
  ],

  [{ priority: { run: "event.data.urgent ? 120 : 0" } }, { priority: { run: "event.data.urgent ? 120 : 0" } }],
  [{ priority: {} }, {}],
  [{ priority: { run: "" } }, {}],

  [{ concurrency: 4 }, { concurrency: { step: [limitOf(4)], fn: [] } }],
  [{ concurrency: 0 }, {}],
  [{ concurrency: { limit: 4 } }, { concurrency: { step: [limitOf(4)], fn: [] } }],
  [
    { concurrency: [{ limit: 4, key: "event.data.k" }, 2] },
    { concurrency: { step: [{ ...limitOf(4), key: "event.data.k" }, limitOf(2)], fn: [] } },
  ],
  [
    { concurrency: [{ limit: 4, key: '"mails"', scope: "env" }] },
    { concurrency: { step: [{ limit: 4, key: '"mails"', scope: "env" }], fn: [] } },
  ],
  [
    { concurrency: [{ limit: 4, key: '"mails"', scope: "account" }] },
    { concurrency: { step: [{ limit: 4, key: '"mails"', scope: "account" }], fn: [] } },
  ],
  [{ concurrency: { step: [{ limit: 4 }], fn: [{ limit: 2 }] } }, { concurrency: { step: [limitOf(4)], fn: [limitOf(2)] } }],
  [{ concurrency: { fn: [{ limit: 2 }] } }, { concurrency: { step: [], fn: [limitOf(2)] } }],

  [{ timeouts: { start: "10s", finish: "1h" } }, { timeouts: { startMs: 10_000, finishMs: 3_600_000 } }],
  [{ timeouts: { start: "10s" } }, { timeouts: { startMs: 10_000 } }],
  [{ timeouts: { finish: "1h", start: "" } }, { timeouts: { finishMs: 3_600_000 } }],
  [{ timeouts: {} }, {}],
  [{ timeouts: null, priority: null, idempotency: null, circuitBreaker: null }, {}],
  [
    { cancel: [{ event: "a", timeout: "" }], debounce: { period: "1s", key: "" } },
    { cancel: [{ event: "a" }], debounce: { periodMs: 1_000 } },
  ],

  [{ singleton: { mode: "skip" } }, { singleton: { mode: "skip" } }],
  [{ singleton: { mode: "cancel", key: "event.data.k" } }, { singleton: { mode: "cancel", key: "event.data.k" } }],

  [{ idempotency: "event.data.k" }, { idempotency: "event.data.k" }],
  [{ idempotency: "" }, {}],
  [{ idempotency: { key: "event.data.k" } }, { idempotency: "event.data.k" }],
  [{ idempotency: { key: "event.data.k", window: "1s" } }, { idempotency: "event.data.k", idempotencyWindowMs: 1_000 }],
  [{ idempotency: { key: "event.data.k", window: "30d" } }, { idempotency: "event.data.k", idempotencyWindowMs: 2_592_000_000 }],
  [
    { batchEvents: { maxSize: 2, timeout: "1s" }, cancel: [{ event: "a" }], priority: { run: "1" } },
    { batchEvents: { maxSize: 2, timeoutMs: 1_000 }, cancel: [{ event: "a" }], priority: { run: "1" } },
  ],
  [
    { batchEvents: { maxSize: 2, timeout: "1s" }, triggers: [{ event: "a" }, { cron: "* * * * *" }] },
    { batchEvents: { maxSize: 2, timeoutMs: 1_000 } },
  ],
  [
    { batchEvents: { maxSize: 2, timeout: "1s" }, rateLimit: { limit: 1, period: "1s" }, concurrency: 1, idempotency: "event.id" },
    {
      batchEvents: { maxSize: 2, timeoutMs: 1_000 },
      rateLimit: { limit: 1, periodMs: 1_000 },
      concurrency: { step: [limitOf(1)], fn: [] },
      idempotency: "event.id",
    },
  ],
])("%j is read", (wrote, expected) => {
  expect(read(wrote)).toEqual(expected);
});

const batch = { maxSize: 2, timeout: "1s" };
const five = { limit: 5, period: "1m" };

test.each<[wrote: object, ...problems: string[]]>([
  [{ batchEvents: {} }, "batchEvents.maxSize batch_size_invalid", "batchEvents.timeout batch_timeout_invalid"],
  [{ batchEvents: { ...batch, maxSize: 2.5 } }, "batchEvents.maxSize batch_size_invalid"],
  [{ batchEvents: { ...batch, maxSize: "2" } }, "batchEvents.maxSize batch_size_invalid"],
  [{ batchEvents: { ...batch, timeout: "soon" } }, "batchEvents.timeout batch_timeout_invalid"],
  [{ batchEvents: { ...batch, timeout: 5_000 } }, "batchEvents.timeout batch_timeout_invalid"],

  [{ cancel: [{}] }, "cancelOn[0].event cancellation_invalid"],
  [{ cancel: [{ event: "a" }, "b"] }, "cancelOn[1].event cancellation_invalid"],
  [{ cancel: [{ event: "a", timeout: "soon" }] }, "cancelOn[0].timeout cancellation_invalid"],

  [{ rateLimit: {} }, "rateLimit.limit rate_limit_invalid", "rateLimit.period rate_limit_invalid"],
  [{ rateLimit: { ...five, limit: 0 } }, "rateLimit.limit rate_limit_invalid"],
  [{ rateLimit: { ...five, limit: -1 } }, "rateLimit.limit rate_limit_invalid"],
  [{ rateLimit: { ...five, limit: 1.5 } }, "rateLimit.limit rate_limit_invalid"],
  [{ rateLimit: { ...five, period: "0s" } }, "rateLimit.period rate_limit_invalid"],
  [{ rateLimit: { ...five, period: 60 } }, "rateLimit.period rate_limit_invalid"],
  [{ rateLimit: { ...five, period: "24h1ms" } }, "rateLimit.period rate_limit_invalid"],
  [{ rateLimit: { ...five, smoothing: "yes" } }, "rateLimit.smoothing rate_limit_invalid"],

  [{ idempotency: 7 }, "idempotency idempotency_invalid"],
  [{ idempotency: {} }, "idempotency.key idempotency_invalid"],
  [{ idempotency: { key: "event.id", window: "0s" } }, "idempotency.window idempotency_invalid"],
  [{ idempotency: { key: "event.id", window: "999ms" } }, "idempotency.window idempotency_invalid"],
  [{ idempotency: { key: "event.id", window: "31d" } }, "idempotency.window idempotency_invalid"],
  [{ idempotency: { key: "event.id", window: 60 } }, "idempotency.window idempotency_invalid"],

  [{ throttle: {} }, "throttle.limit throttle_invalid", "throttle.period throttle_invalid"],
  [{ throttle: { ...five, limit: 0 } }, "throttle.limit throttle_invalid"],
  [{ throttle: { ...five, burst: 0 } }, "throttle.burst throttle_invalid"],
  [{ throttle: { ...five, burst: "2" } }, "throttle.burst throttle_invalid"],
  [{ throttle: { ...five, period: "often" } }, "throttle.period throttle_invalid"],

  [{ debounce: {} }, "debounce.period debounce_invalid"],
  [{ debounce: { period: "never" } }, "debounce.period debounce_invalid"],
  [{ debounce: { period: "1m", timeout: "later" } }, "debounce.timeout debounce_invalid"],

  [{ concurrency: -1 }, "concurrency.limit concurrency_limit_invalid"],
  [{ concurrency: { limit: 1.5 } }, "concurrency.limit concurrency_limit_invalid"],
  [{ concurrency: [{ key: "event.data.k" }] }, "concurrency.limit concurrency_limit_invalid"],
  [{ concurrency: "4" }, "concurrency.limit concurrency_limit_invalid"],
  [{ concurrency: { fn: [{ limit: 0 }] } }, "concurrency.limit concurrency_limit_invalid"],
  [{ concurrency: { fn: [{ limit: 1 }, { limit: 2 }] } }, "concurrency.fn concurrency_limit_invalid"],
  [{ concurrency: { limit: 1, scope: "world", key: '"k"' } }, "concurrency.scope concurrency_scope_invalid"],
  [{ concurrency: { limit: 1, scope: "env" } }, "concurrency.key concurrency_key_invalid"],
  [{ concurrency: { limit: 1, scope: "account", key: "" } }, "concurrency.key concurrency_key_invalid"],

  [{ timeouts: { start: "soon" } }, "timeouts.start timeouts_invalid"],
  [{ timeouts: { start: 10, finish: 20 } }, "timeouts.start timeouts_invalid", "timeouts.finish timeouts_invalid"],
  [{ rateLimit: 5, throttle: "x" }, "rateLimit rate_limit_invalid", "throttle throttle_invalid"],
  [{ cancel: [{ event: "a", if: 5, timeout: 6 }] }, "cancelOn[0].if cancellation_invalid", "cancelOn[0].timeout cancellation_invalid"],
  [{ debounce: { period: "1s", key: 5 } }, "debounce.key debounce_invalid"],
  [{ priority: { run: 5 } }, "priority.run priority_invalid"],
  [{ triggers: [{ event: "a", if: 5 }] }, "triggers[0].expression expression_invalid"],
  [{ timeouts: { finish: "0s" } }, "timeouts.finish timeouts_invalid"],
  [{ singleton: {} }, "singleton.mode singleton_invalid"],
  [{ singleton: { mode: "wait" } }, "singleton.mode singleton_invalid"],

  [{ batchEvents: batch, debounce: { period: "1s" } }, "batchEvents combo_unsupported"],
  [{ batchEvents: batch, singleton: { mode: "skip" } }, "batchEvents combo_unsupported"],
  [{ batchEvents: batch, triggers: [{ cron: "* * * * *" }] }, "batchEvents combo_unsupported"],
  [{ debounce: { period: "1m", timeout: "367d" } }, "debounce.timeout debounce_invalid"],

  [{ rateLimit: { ...five, limit: 0 }, singleton: {} }, "rateLimit.limit rate_limit_invalid", "singleton.mode singleton_invalid"],
])("%j is refused", (wrote, ...problems) => {
  expect(read(wrote)).toEqual(problems);
});

test("retries are those of the step, else those beside it, else the default", () => {
  const retriesOf = (step: object, beside: object): unknown => {
    const parsed = parseFunctionConfig({ id: "app-f", steps: { step: { ...url.step, ...step } }, ...beside });
    return parsed.kind === "function" ? parsed.config.retries : parsed.problems.map(({ code }) => code);
  };
  expect(retriesOf({}, {})).toBe(limits.retriesDefault);
  expect(retriesOf({ retries: null }, { retries: {} })).toBe(limits.retriesDefault);
  expect(retriesOf({ retries: { attempts: 1 } }, { retries: 7 })).toBe(1);
  expect(retriesOf({}, { retries: { attempts: 7 } })).toBe(7);
  expect(retriesOf({}, { retries: 7 })).toBe(7);
  expect(retriesOf({}, { retries: "7" })).toEqual(["retries_invalid"]);
});
