import { at } from "../api.ts";
import { type Check, rule } from "../conformance-case.ts";
import { result } from "../reply.ts";

type Config = Readonly<Record<string, unknown>>;

const event = { event: "x/y" };
const step = (more: Config): Config => ({
  steps: { step: { id: "step", name: "step", runtime: { type: "http", url: "http://127.0.0.1:1/x" }, ...more } },
});
const long = "x".repeat(256);

/** What is wrong, as the configuration that is. */
const refused: Readonly<Record<string, Config>> = {
  "eleven triggers": { triggers: Array.from({ length: 11 }, (_, index) => ({ event: `x/${index}` })) },
  "a trigger of an event and a cron": { triggers: [{ event: "x", cron: "* * * * *" }] },
  "a trigger of neither": { triggers: [{}] },
  "the same event twice": { triggers: [event, event] },
  "the same cron twice": { triggers: [{ cron: "0 9 * * *" }, { cron: "0 9 * * *" }] },
  "an event name of 256 characters": { triggers: [{ event: long }] },
  "a cron with words": { triggers: [{ cron: "every day at nine" }] },
  "a cron of four fields": { triggers: [{ cron: "0 9 * *" }] },
  "a cron in no time zone": { triggers: [{ cron: "TZ=Mars/Olympus 0 9 * * *" }] },
  "@hourly": { triggers: [{ cron: "@hourly" }] },
  "a jitter of six minutes": { triggers: [{ cron: "0 9 * * *", jitter: "6m" }] },
  "no step": { steps: {} },
  "two steps": { steps: { ...(step({})["steps"] as Config), other: { runtime: { url: "http://127.0.0.1:1/x" } } } },
  "a URL of another scheme": step({ runtime: { type: "http", url: "ftp://127.0.0.1/x" } }),
  "no URL": step({ runtime: { type: "http" } }),
  "retries below 0": step({ retries: { attempts: -1 } }),
  "a batch of one": { batchEvents: { maxSize: 1, timeout: "10s" } },
  "a batch of half a second": { batchEvents: { maxSize: 10, timeout: "500ms" } },
  "a batch of a day, whose unit a batch does not have": { batchEvents: { maxSize: 10, timeout: "1d" } },
  "a batch with debounce": { batchEvents: { maxSize: 10, timeout: "10s" }, debounce: { period: "5s" } },
  "a batch with singleton": { batchEvents: { maxSize: 10, timeout: "10s" }, singleton: { mode: "skip" } },
  "six cancellations": { cancel: Array.from({ length: 6 }, (_, index) => ({ event: `x/${index}` })) },
  "a cancellation without an event": { cancel: [{ if: "true" }] },
  "a cancellation with a timeout that is none": { cancel: [{ ...event, timeout: "later" }] },
  "a rate limit of 0": { rateLimit: { limit: 0, period: "1m" } },
  "a rate limit over 25 hours": { rateLimit: { limit: 1, period: "25h" } },
  "a throttle of 0": { throttle: { limit: 0, period: "1m" } },
  "a throttle without a period": { throttle: { limit: 1 } },
  "a debounce of half a second": { debounce: { period: "500ms" } },
  "a debounce of eight days": { debounce: { period: "8d" } },
  "three limits of concurrency": { concurrency: [{ limit: 1 }, { limit: 2, key: "event.data.a" }, { limit: 3, key: "event.data.b" }] },
  "a scope that does not exist": { concurrency: [{ limit: 1, key: "event.data.a", scope: "galaxy" }] },
  "a limit of the account without a key": { concurrency: [{ limit: 1, scope: "account" }] },
  "two limits of whole runs": { concurrency: { fn: [{ limit: 1 }, { limit: 2 }] } },
  "a limit of 0 whole runs": { concurrency: { fn: [{ limit: 0 }] } },
  "a timeout that is no duration": { timeouts: { start: "soon" } },
  "a singleton of no mode": { singleton: { mode: "maybe" } },
  "no id": { id: "" },
  "a condition that does not compile": { triggers: [{ ...event, expression: "event.data." }] },
};

const taken: Readonly<Record<string, Config>> = {
  "ten triggers": { triggers: Array.from({ length: 10 }, (_, index) => ({ event: `x/${index}` })) },
  "no trigger: only invokes start it": { triggers: [] },
  "an event name of 255 characters": { triggers: [{ event: long.slice(1) }] },
  "one event with two conditions": {
    triggers: [
      { ...event, expression: "event.data.a > 1" },
      { ...event, expression: "event.data.a < 1" },
    ],
  },
  "a runtime without a type": step({ runtime: { url: "http://127.0.0.1:1/x?fnId=a&step=step" } }),
  "a worker's URL": step({ runtime: { type: "ws", url: "ws://connect/x" } }),
  "no retries at all": step({ retries: null }),
  "a concurrency of 0, which is none": { concurrency: 0 },
  "keys of our own SDK": { inputSchema: { type: "object" } },
};

/** Options that not every server acts on; a dev server takes them all the same. */
const takenInDev: Readonly<Record<string, Config>> = {
  "a cron in a time zone, with jitter": { triggers: [{ cron: "TZ=Europe/Paris 0 9 * * 1-5", jitter: "30s" }] },
  "a cron with seconds": { triggers: [{ cron: "*/10 0 9 * * 1-5" }] },
  "catch-up and overlap of a cron": { triggers: [{ cron: "CRON_TZ=UTC 0 9 * * 1-5", catchUp: "last", overlap: "skip" }] },
  "a batch": { batchEvents: { maxSize: 2, timeout: "1s", key: "event.data.shop", if: "event.data.many" } },
  "five cancellations": {
    cancel: Array.from({ length: 5 }, (_, index) => ({ event: `x/${index}`, if: "event.data.id == async.data.id", timeout: "1h" })),
  },
  "flow control of every kind": {
    rateLimit: { limit: 10, period: "24h", key: "event.data.shop" },
    throttle: { limit: 10, period: "1m", burst: 2, key: "event.data.shop" },
    debounce: { period: "7d", timeout: "8d", key: "event.data.shop" },
    priority: { run: "event.data.vip ? 100 : 0" },
    timeouts: { start: "1m", finish: "1h" },
    singleton: { key: "event.data.shop", mode: "cancel" },
    idempotency: "event.data.orderId",
  },
  "concurrency as a number": { concurrency: 5 },
  "concurrency as one limit": { concurrency: { limit: 5, key: "event.data.shop", scope: "env" } },
  "concurrency of steps and runs": { concurrency: { step: [{ limit: 5 }], fn: [{ limit: 1, key: "event.data.shop" }] } },
};

function refuses(config: Config): Check {
  return async ({ app, expect }) => {
    const answer = await app.register([{ config }]);
    expect.equal(answer.status, 400, answer.text);
    expect.like(answer.json, { code: "config_invalid", status: 400 });
    const data = at(answer.json, "data") as readonly Config[];
    expect.ok(data.length > 0 && data.every(({ message }) => typeof message === "string"), "the option is named");
  };
}

function takes(config: Config): Check {
  return async ({ app, expect }) => {
    const answer = await app.register([{ config }]);
    expect.equal(answer.status, 200, answer.text);
  };
}

function all(words: string, table: Readonly<Record<string, Config>>, check: (config: Config) => Check): Readonly<Record<string, Check>> {
  return Object.fromEntries(Object.entries(table).map(([what, config]) => [`${words} ${what}`, check(config)]));
}

/** How many attempts a function has that was registered so. */
function attempts(config: Config, expected: number): Check {
  return async ({ app, expect }) => {
    const { steps, ...rest } = config;
    const own = { step: { ...((app.config()["steps"] as Config)["step"] as Config), ...((steps as Config | undefined) ?? {}) } };
    await (await app.start(() => result(), { config: { ...rest, steps: own } })).ended();
    expect.equal(app.calls[0]?.body.ctx.max_attempts, expected);
  };
}

export const configCases = [
  ...rule("4.4", all("refused:", refused, refuses)),
  ...rule("4.4", all("taken:", taken, takes)),
  ...rule("4.4", all("taken:", takenInDev, takes), ["dev"]),
  ...rule("4.4", {
    "retries count retries: attempts are one more": attempts({ steps: { retries: { attempts: 2 } } }, 3),
    "no retries said is four: five attempts": attempts({ steps: { retries: null } }, 5),
    "more than twenty retries are twenty": attempts({ steps: { retries: { attempts: 50 } } }, 21),
    "Go's number beside the steps counts where the step says nothing": attempts({ steps: { retries: null }, retries: 7 }, 8),
    "so does an object there": attempts({ steps: { retries: null }, retries: { attempts: 1 } }, 2),
    "the step's own number wins": attempts({ steps: { retries: { attempts: 0 } }, retries: 7 }, 1),
  }),
];
