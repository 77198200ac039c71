// Functions that are limited in how many of their calls go at once, and in how fast their runs begin, alone and in every
// combination with the other options that decide when a run begins.

import type { WaitingFunction, WaitingInput } from "./waiting-cases.ts";

type Handler = WaitingFunction["handler"];
type Options = NonNullable<WaitingFunction["options"]>;

/** When work was done, on the app's clock. */
export type Span = readonly [from: number, to: number];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function work(ms = 60): Promise<Span> {
  const from = Date.now();
  await pause(ms);
  return [from, Date.now()];
}

const mostAtOnce = new Map<string, number>();
const present = new Map<string, number>();

/** Work that lasts until two have been at it at once, on however busy a machine; or for a while, where that never happens. */
async function meet(place: string): Promise<Span> {
  const from = Date.now();
  const here = (present.get(place) ?? 0) + 1;
  present.set(place, here);
  mostAtOnce.set(place, Math.max(here, mostAtOnce.get(place) ?? 0));
  for (let tries = 0; tries < 250 && (mostAtOnce.get(place) ?? 0) < 2; tries += 1) await pause(20);
  await pause(60);
  present.set(place, (present.get(place) ?? 1) - 1);
  return [from, Date.now()];
}

const works: Handler = ({ step }) => step.run("work", () => work());
const meets =
  (place: string): Handler =>
  ({ step }) =>
    step.run("work", () => meet(place));
const worksLong: Handler = ({ step }) => step.run("work", () => work(700));
const naps: Handler = ({ step }) => step.sleep("nap", "1h");
const saw: Handler = ({ event, events }) => ({ event: event.data["n"], events: events.map((each) => (each as typeof event).data["n"]) });
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const invokes =
  (name: string, times = 1): Handler =>
  async ({ step, functionOf }) => {
    const told: unknown[] = [];
    for (let n = 0; n < times; n += 1)
      told.push(await step.invoke(`invoke-${n}`, { function: functionOf(name), data: { id: "mine" } }).catch(messageOf));
    return told;
  };

const made = (name: string, options: Options, handler: Handler): WaitingFunction => ({ name, options, handler });

const limitedFunctions: readonly WaitingFunction[] = [
  made("two", { concurrency: 2 }, meets("two")),
  made("keyed", { concurrency: { limit: 1, key: "event.data.key" } }, works),
  made("both-limits", { concurrency: [{ limit: 1, key: "event.data.key" }, { limit: 2 }] }, meets("both")),
  made("env-a", { concurrency: [{ scope: "env", key: '"gpu"', limit: 1 }] }, works),
  made("env-b", { concurrency: [{ scope: "env", key: '"gpu"', limit: 1 }] }, works),
  made("account-a", { concurrency: [{ scope: "account", key: "event.data.key", limit: 1 }] }, works),
  made("account-b", { concurrency: [{ scope: "account", key: "event.data.key", limit: 1 }] }, works),
  made("apart-a", { concurrency: [{ scope: "account", key: "event.data.key", limit: 1 }] }, meets("apart")),
  made("apart-b", { concurrency: [{ scope: "account", key: "event.data.key", limit: 1 }] }, meets("apart")),
  made("parallel", { concurrency: { limit: 2 } }, ({ step }) =>
    Promise.all([1, 2, 3, 4].map((n) => step.run(`work-${n}`, () => work()) as Promise<unknown>)),
  ),
  made("one-sleeps", { concurrency: 1 }, ({ event, step }) => (event.data["first"] === true ? step.sleep("nap", "1h") : "passed")),
  made("one-waits", { concurrency: 1 }, ({ event, step }) =>
    event.data["first"] === true ? step.waitForEvent("w", { event: "waiting/nobody", timeout: "1h" }) : "passed",
  ),
  made("one-retries", { concurrency: 1 }, ({ event, attempt, errors }) => {
    if (event.data["first"] === true && attempt === 0) throw new errors.RetryAfterError("not now", "1h");
    return "passed";
  }),
  made("one-invokes-itself", { concurrency: 1 }, ({ event, step, functionOf }) => {
    const depth = Number(event.data["depth"] ?? 0);
    return depth === 0 ? "at the bottom" : step.invoke("i", { function: functionOf("one-invokes-itself"), data: { depth: depth - 1 } });
  }),
  made("in-order", { concurrency: 1 }, works),
];

const throttledFunctions: readonly WaitingFunction[] = [
  made("spaced", { throttle: { limit: 1, period: "1s" } }, works),
  made("evenly", { throttle: { limit: 2, period: "2s" } }, works),
  made("bursting", { throttle: { limit: 1, period: "1h", burst: 3 } }, works),
  made("spaced-by-key", { throttle: { limit: 1, period: "1h", key: "event.data.key" } }, works),
  made("steps-pass", { throttle: { limit: 1, period: "1h" }, retries: 2 }, async ({ step, count }: WaitingInput) => {
    await step.sleep("nap", "1s");
    await step.run("flaky", () => {
      if (count("flaky") === 1) throw new Error("once");
    });
    return step.run("last", () => "passed");
  }),
  made("too-long", { throttle: { limit: 1, period: "1h" }, timeouts: { start: "3s" } }, works),
  made("limited-and-spaced", { concurrency: 1, throttle: { limit: 1, period: "1s" } }, worksLong),
];

const pair = { maxSize: 2, timeout: "1s" };

const batchingFunctions: readonly WaitingFunction[] = [
  made("batch-rate", { batchEvents: pair, rateLimit: { limit: 1, period: "1h" } }, saw),
  made("batch-once", { batchEvents: pair, idempotency: "event.data.order" }, saw),
  made("batch-throttle", { batchEvents: pair, throttle: { limit: 1, period: "1s", key: "event.data.key" } }, works),
  made("batch-limit", { batchEvents: pair, concurrency: { limit: 1, key: "event.data.key" } }, works),
  made("batch-ranked", { batchEvents: pair, concurrency: 1, priority: { run: "event.data.rank" } }, works),
  made("batch-cancel", { batchEvents: pair, cancelOn: [{ event: "waiting/batch-cancel-end", match: "data.id" }] }, naps),
  made("batch-finish", { batchEvents: pair, timeouts: { finish: "1s" } }, naps),
  {
    name: "batch-cron",
    options: { batchEvents: { maxSize: 2, timeout: "1h" } },
    triggers: [{ event: "waiting/batch-cron" }, { cron: "*/2 * * * * *" }],
    handler: ({ event, events }) => ({ name: event.name, events: events.length }),
  },
];

const debouncingFunctions: readonly WaitingFunction[] = [
  made("debounce-rate", { debounce: { period: "1s" }, rateLimit: { limit: 1, period: "1h" } }, saw),
  made("debounce-once", { debounce: { period: "1s" }, idempotency: "event.data.order" }, saw),
  made("debounce-throttle", { debounce: { period: "1s", key: "event.data.n" }, throttle: { limit: 1, period: "1s" } }, works),
  made("debounce-limit", { debounce: { period: "1s", key: "event.data.n" }, concurrency: 1 }, works),
  made("debounce-singleton", { debounce: { period: "1s", key: "event.data.n" }, singleton: { mode: "skip" } }, naps),
  made("debounce-cancel", { debounce: { period: "1s" }, cancelOn: [{ event: "waiting/debounce-cancel-end", match: "data.id" }] }, naps),
  made("debounce-start", { debounce: { period: "4s" }, timeouts: { start: "3s" } }, saw),
];

const invokedFunctions: readonly WaitingFunction[] = [
  made("invoked-spaced", { throttle: { limit: 1, period: "1s" } }, works),
  made("invokes-spaced", {}, invokes("invoked-spaced", 2)),
  made("invoked-limited", { concurrency: 1 }, works),
  made("invokes-limited", {}, invokes("invoked-limited")),
  made("invoked-cancelled", { cancelOn: [{ event: "waiting/invoked-cancelled-end", match: "data.id" }] }, naps),
  made("invokes-cancelled", {}, invokes("invoked-cancelled")),
  made("invoked-too-late", { throttle: { limit: 1, period: "1h" }, timeouts: { start: "3s" } }, works),
  made("invokes-too-late", {}, invokes("invoked-too-late", 2)),
  made("invoked-too-long", { timeouts: { finish: "1s" } }, naps),
  made("invokes-too-long", {}, invokes("invoked-too-long")),
];

const ticking = (name: string, options: Options, handler: Handler): WaitingFunction => ({
  ...{ name, options, handler },
  triggers: [{ cron: "*/2 * * * * *" }],
});

const tickingFunctions: readonly WaitingFunction[] = [
  ticking("cron-rate", { rateLimit: { limit: 1, period: "1h" } }, () => "ticked"),
  ticking("cron-once", { idempotency: '"same"' }, () => "ticked"),
  ticking("cron-throttle", { throttle: { limit: 1, period: "1h" } }, () => "ticked"),
  ticking("cron-limit", { concurrency: 1 }, ({ step }) => step.run("work", () => work(2_100))),
  ticking("cron-singleton", { singleton: { mode: "skip" } }, naps),
  ticking("cron-debounce", { debounce: { period: "5s", timeout: "3s" } }, () => "ticked"),
  ticking("cron-finish", { timeouts: { finish: "1s" } }, naps),
];

const repeatedFunctions: readonly WaitingFunction[] = [
  made("rerun-rate", { rateLimit: { limit: 1, period: "1h" } }, saw),
  made("rerun-once", { idempotency: "event.data.order" }, saw),
  made("rerun-throttle", { throttle: { limit: 1, period: "2s" } }, works),
  made("rerun-debounce", { debounce: { period: "1s" } }, saw),
  made("rerun-batch", { batchEvents: pair }, saw),
  made("rerun-singleton", { singleton: { mode: "skip" } }, ({ event, step }) =>
    event.data["first"] === true ? "first" : step.sleep("nap", "1h"),
  ),
];

/** Their events are of the future. */
const laterFunctions: readonly WaitingFunction[] = [
  made("later-rate", { rateLimit: { limit: 1, period: "1h" } }, saw),
  made("later-once", { idempotency: "event.data.order" }, saw),
  made("later-throttle", { throttle: { limit: 1, period: "1h" } }, saw),
  made("later-limit", { concurrency: 1 }, saw),
  made("later-debounce", { debounce: { period: "1s" } }, saw),
  made("later-batch", { batchEvents: { maxSize: 2, timeout: "1h" } }, saw),
  made("later-singleton", { singleton: { mode: "skip" } }, saw),
  made("later-cancel", { cancelOn: [{ event: "waiting/later-cancel-end", match: "data.id" }] }, saw),
];

export const pacedFunctions: readonly WaitingFunction[] = [
  ...limitedFunctions,
  ...throttledFunctions,
  ...batchingFunctions,
  ...debouncingFunctions,
  ...invokedFunctions,
  ...tickingFunctions,
  ...repeatedFunctions,
  ...laterFunctions,
];
