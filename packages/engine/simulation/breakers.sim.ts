// Goal: while an app fails, its runs are parked instead of burning their attempts, one probe at a time finds out whether it is up
// again, and whatever is not behind the breaker goes on. Method: the engine in virtual time over the store that ships.

import type { Call } from "@stepwell/engine";
import { asJson, epochMs, limits, type Reply } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { AppWorld, type AppWorldParts } from "./app-world.ts";

const second = 1_000;
const done: Reply = { kind: "result", data: asJson(1), sdk: "js:v4" };
const broken: Reply = { kind: "error", code: "function_error", error: { name: "Error", message: "no" }, noRetry: false, status: 500 };

/** An app that is down or up as a test says, and remembers when it was called for which function and key. */
class ShakyApp {
  isDown: (call: Call) => boolean = () => true;
  reply: (call: Call) => Reply = () => broken;
  readonly calls: Call[] = [];

  readonly answer = (call: Call): Reply => {
    this.calls.push(call);
    return this.isDown(call) ? this.reply(call) : done;
  };

  /** How many calls came since it was asked last. */
  taken(): number {
    return this.calls.splice(0).length;
  }
}

async function start(parts: Partial<Omit<AppWorldParts, "app">> & { readonly app: ShakyApp }) {
  const { app, ...rest } = parts;
  const functions = { job: { circuitBreaker: { failures: 3, window: "1m", cooldown: "30s" } } };
  // One call at a time, so that the third failure is known before the fourth call.
  const world = new AppWorld({ functions, options: { callsInFlightMax: 1, retryIntervalMs: 60 * second }, app: app.answer, ...rest });
  await world.startAnew();
  return world;
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const statuses = async (world: AppWorld): Promise<Readonly<Record<string, number>>> => {
  const counts: Record<string, number> = {};
  for (const { status } of await world.runs()) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const changes = (world: AppWorld): readonly string[] =>
  world.told.flatMap((o) =>
    o.kind === "breaker.opened" ? [o.again ? "open again" : "open"] : o.kind === "breaker.closed" ? [`closed by ${o.by}`] : [],
  );

test("three failures open it, a probe at a time asks again, and with the first that goes well everything goes on", async () => {
  const app = new ShakyApp();
  await using world = await start({ app });
  await world.send("job", numbered(20));
  expect(app.taken()).toBe(3);
  await world.live(29 * second);
  expect(app.taken()).toBe(0);
  expect(world.engine.breakers.list()).toMatchObject([{ slug: "job", status: "open", reason: "failures", failures: 3, calls: 3 }]);
  await world.live(second);
  expect(app.taken()).toBe(1);
  await world.live(29 * second);
  expect(app.taken()).toBe(0);
  await world.live(10 * 60 * second);
  // A probe every half minute, each an attempt of its run, and none of anything else.
  expect(app.taken()).toBe(20);
  expect(changes(world).every((change) => change.startsWith("open"))).toBe(true);
  app.isDown = () => false;
  await world.live(31 * second);
  expect(changes(world).at(-1)).toBe("closed by probe");
  await world.live(120 * second);
  expect(await statuses(world)).toEqual({ completed: 20 });
  expect(world.engine.breakers.list().filter(({ status }) => status !== "closed")).toEqual([]);
});

test("what is behind no breaker goes on meanwhile, and a run says why it waits", async () => {
  const app = new ShakyApp();
  app.isDown = ({ target }) => target.slug === "job";
  const functions = { job: { circuitBreaker: { failures: 1, cooldown: "30s" } }, other: {} };
  await using world = await start({ app, functions });
  await world.send("job", numbered(3));
  await world.send("other", numbered(3));
  expect(await statuses(world)).toMatchObject({ completed: 3 });
  const phases = (await world.runs()).filter(({ functionSlug }) => functionSlug === "job").map((run) => world.engine.phaseOf(run));
  const held = {
    code: "circuit_open",
    text: "the breaker of job is open: 1 of 1 calls failed; the next call is made in 30s",
    until: world.clock.now() + 30 * second,
  };
  expect(phases.map(({ status }) => status).sort()).toEqual(["retrying", "waiting", "waiting"]);
  expect(phases.filter(({ reason }) => reason?.code === "circuit_open").map(({ reason }) => reason)).toEqual([held, held]);
  await world.live(61 * second);
  for (const run of await world.runs())
    if (run.functionSlug === "job") expect(["circuit_open", "retry"]).toContain(world.engine.phaseOf(run).reason?.code);
});

test("a breaker with a key holds the runs of that key, of whatever lanes they are, and no other", async () => {
  const app = new ShakyApp();
  const hostOf = ({ events }: Call): string => JSON.parse(events[0]?.data ?? "{}").host;
  app.isDown = (call) => hostOf(call) === "down";
  const job = {
    circuitBreaker: { failures: 2, cooldown: "30s", key: "event.data.host" },
    concurrency: [{ limit: 5, key: "event.data.tenant" }],
  };
  await using world = await start({ app, functions: { job } });
  const events = Array.from({ length: 12 }, (_, n) => ({ host: n % 2 === 0 ? "down" : "up", tenant: `t${n % 3}` }));
  await world.send("job", events);
  expect(await statuses(world)).toMatchObject({ completed: 6 });
  expect(app.calls.filter((call) => hostOf(call) === "down")).toHaveLength(2);
  const codes = (await world.runs()).map((run) => world.engine.phaseOf(run).reason?.code).filter((code) => code !== undefined);
  expect(codes.sort()).toEqual([...Array(4).fill("circuit_open"), "retry", "retry"]);
  app.taken();
  expect(world.engine.breakers.list()).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ value: "down", status: "open" }),
      expect.objectContaining({ value: "up", status: "closed" }),
    ]),
  );
  await world.live(30 * second);
  expect(app.calls.map(hostOf)).toEqual(["down"]);
  app.isDown = () => false;
  await world.live(120 * second);
  expect(await statuses(world)).toEqual({ completed: 12 });
});

test("calls that were under way when it opened change nothing, and runs in memory are handed back", async () => {
  const app = new ShakyApp();
  await using world = await start({ app, options: { callsInFlightMax: 4, retryIntervalMs: 60 * second } });
  await world.send("job", numbered(50));
  // At most those that were under way beside the third.
  expect(app.taken()).toBeLessThanOrEqual(3 + 4);
  expect(changes(world)).toEqual(["open"]);
  app.isDown = () => false;
  await world.live(5 * 60 * second);
  expect(await statuses(world)).toEqual({ completed: 50 });
});

test("it stays open over a restart, and is half open when its time has passed meanwhile", async () => {
  const app = new ShakyApp();
  await using world = await start({ app });
  await world.send("job", numbered(5));
  app.taken();
  await world.startAnew();
  expect(world.engine.breakers.list()).toMatchObject([{ status: "open", failures: 3 }]);
  await world.live(20 * second);
  expect(app.taken()).toBe(0);
  // The process is not there when it passes.
  world.clock.clear();
  world.clock.moveTo(world.clock.now() + 60 * second);
  await world.startAnew();
  await world.settle();
  expect(app.taken()).toBe(1);
  app.isDown = () => false;
  await world.live(31 * second);
  await world.startAnew();
  expect(world.engine.breakers.list().filter(({ status }) => status !== "closed")).toEqual([]);
  await world.live(120 * second);
  expect(await statuses(world)).toEqual({ completed: 5 });
});

test("a person closes it, and everything is called at once", async () => {
  const app = new ShakyApp();
  await using world = await start({ app });
  await world.send("job", numbered(5));
  app.taken();
  app.isDown = () => false;
  const [breaker] = world.engine.breakers.list();
  expect(await world.engine.breakers.reset("no such id")).toBe(false);
  expect(await world.engine.breakers.reset(breaker?.id ?? "")).toBe(true);
  await world.settle();
  expect(app.taken()).toBe(2);
  expect(changes(world)).toEqual(["open", "closed by person"]);
  expect(world.engine.breakers.list().filter(({ status }) => status === "open")).toEqual([]);
});

test("several probes in a row may be asked for", async () => {
  const app = new ShakyApp();
  const job = { circuitBreaker: { failures: 2, cooldown: "10s", halfOpen: 3 } };
  await using world = await start({ app, functions: { job }, options: { callsInFlightMax: 10, retryIntervalMs: 3_600 * second } });
  await world.send("job", numbered(30));
  app.taken();
  let answered = 0;
  app.isDown = () => {
    answered += 1;
    return answered === 2;
  };
  await world.live(11 * second);
  expect(app.taken()).toBe(2);
  expect(changes(world)).toEqual(["open", "open again"]);
  await world.live(10 * second);
  expect(changes(world).at(-1)).toBe("closed by probe");
});

test("what the code says is final, and what chaos did, count for nothing", async () => {
  const app = new ShakyApp();
  app.reply = () => ({ ...broken, noRetry: true });
  await using world = await start({ app });
  await world.send("job", numbered(10));
  expect(await statuses(world)).toEqual({ failed: 10 });
  expect(changes(world)).toEqual([]);
});

test("a breaker that its function loses, or that the settings take away, holds nobody", async () => {
  const app = new ShakyApp();
  await using world = await start({ app });
  await world.send("job", numbered(5));
  app.taken();
  await world.sync({ job: {} });
  expect(changes(world)).toEqual(["open", "closed by configuration"]);
  expect(app.taken()).toBe(2);
});

test("the settings give breakers to functions whose SDK cannot, and take them away", async () => {
  const app = new ShakyApp();
  const rule = { failures: 2, windowMs: 60 * second, cooldownMs: 30 * second, halfOpen: 1 };
  const own = { circuitBreaker: { failures: 1 } };
  const circuitBreakers = { "*": rule, free: false } as const;
  const options = { callsInFlightMax: 1, retryIntervalMs: 60 * second, circuitBreakers };
  await using world = await start({ app, functions: { plain: {}, own, free: own }, options });
  for (const [name, calls] of [
    ["plain", 2],
    ["own", 1],
    ["free", 5],
  ] as const) {
    await world.send(name, numbered(5));
    expect([name, app.taken()]).toEqual([name, calls]);
  }
});

test("an app that answers 429 with a time is let alone by all runs of the function until then", async () => {
  const app = new ShakyApp();
  app.reply = () => ({ ...broken, status: 429, retryAt: epochMs(world.clock.now() + 90 * second) });
  const world = await start({ app, functions: { job: {}, other: {} } });
  app.isDown = ({ target }) => target.slug === "job";
  await world.send("job", numbered(10));
  expect(app.taken()).toBe(1);
  await world.send("other", numbered(2));
  expect(app.taken()).toBe(2);
  expect(world.engine.breakers.list()).toMatchObject([{ slug: "job", status: "open", reason: "back_pressure" }]);
  await world.live(89 * second);
  expect(app.taken()).toBe(0);
  // Asked again by one; it wants more time.
  await world.live(second);
  expect(app.taken()).toBe(1);
  app.isDown = () => false;
  await world.live(91 * second);
  expect(await statuses(world)).toEqual({ completed: 12 });
  expect(world.engine.breakers.list()).toEqual([]);
  await world[Symbol.asyncDispose]();
});

test("a pause of a day holds its own run that long, and all others no longer than the limit", async () => {
  const app = new ShakyApp();
  app.reply = () => ({ ...broken, status: 503, retryAt: epochMs(world.clock.now() + 86_400 * second) });
  const world = await start({ app, functions: { job: {} } });
  await world.send("job", numbered(3));
  app.taken();
  app.isDown = () => false;
  await world.live(601 * second);
  expect(await statuses(world)).toEqual({ completed: 2, running: 1 });
  await world.live(86_400 * second);
  expect(await statuses(world)).toEqual({ completed: 3 });
  await world[Symbol.asyncDispose]();
});

test("a run whose breaker's key cannot be evaluated says so, and counts with those that have none", async () => {
  const app = new ShakyApp();
  const job = { circuitBreaker: { failures: 1, cooldown: "30s", key: "int(event.data.host)" } };
  await using world = await start({ app, functions: { job } });
  await world.send("job", [{ host: "x" }]);
  expect((await world.runs()).map(({ warnings }) => warnings)).toEqual([expect.stringContaining("circuitBreaker.key: ")]);
  expect(world.engine.breakers.list()).toMatchObject([{ status: "open", value: "false" }]);
});

test("a run without retries bears any pause its app asks for, and shows each", async () => {
  const app = new ShakyApp();
  app.reply = () => ({ ...broken, status: 429, retryAt: epochMs(world.clock.now() + 3 * second) });
  const world = await start({ app, functions: { job: {} }, attempts: 1 });
  await world.send("job", [{}]);
  const [run] = await world.runs();
  if (run === undefined) throw new Error("the event started nothing");
  expect(world.engine.phaseOf(run)).toMatchObject({
    status: "waiting",
    reason: { code: "circuit_open", until: world.clock.now() + 3_000 },
  });
  await world.live(7 * second);
  expect(app.taken()).toBe(3);
  app.isDown = () => false;
  await world.live(3 * second);
  expect(await statuses(world)).toEqual({ completed: 1 });
  const attempt = { attempt: 0, errorCode: "back_pressure", httpStatus: 429 };
  expect(await world.attempts(run.id)).toMatchObject([attempt, attempt, attempt]);
  expect(world.told.filter(({ kind }) => kind === "attempt.failed")).toEqual([]);
  expect(world.engine.breakers.list()).toEqual([]);
  await world[Symbol.asyncDispose]();
});

test("a 503 without a time, and a function that throws with a time, use up attempts as any failure does", async () => {
  for (const [status, seconds] of [
    [503, undefined],
    [500, 3],
  ] as const) {
    const app = new ShakyApp();
    app.reply = () => ({ ...broken, status, ...(seconds === undefined ? {} : { retryAt: epochMs(world.clock.now() + seconds * second) }) });
    const world = await start({ app, functions: { job: {} }, attempts: 1 });
    await world.send("job", [{}]);
    expect(await statuses(world)).toEqual({ failed: 1 });
    await world[Symbol.asyncDispose]();
  }
});

test("a 429 that says no time is a pause of a second, which doubles while it goes on, up to the limit", async () => {
  const app = new ShakyApp();
  const times: number[] = [];
  app.reply = () => {
    times.push(world.clock.now());
    return { ...broken, status: 429 };
  };
  const world = await start({ app, functions: { job: {} }, attempts: 1 });
  await world.send("job", numbered(20));
  await world.live(40 * 60 * second);
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600].map((each) => each * second));
  app.isDown = () => false;
  await world.live(601 * second);
  expect(await statuses(world)).toEqual({ completed: 20 });
  await world[Symbol.asyncDispose]();
});

test("an app that never does anything but ask for pauses uses up an attempt each hundred calls", async () => {
  const app = new ShakyApp();
  app.reply = () => ({ ...broken, status: 429, retryAt: epochMs(world.clock.now() + second) });
  const world = await start({ app, functions: { job: {} }, attempts: 2 });
  await world.send("job", [{}]);
  await world.live(limits.putOffsInARowMax * second);
  expect(world.told.filter(({ kind }) => kind === "attempt.failed")).toMatchObject([{ attempt: 0, code: "function_error" }]);
  await world.live((limits.putOffsInARowMax + 1) * second);
  expect(await statuses(world)).toEqual({ failed: 1 });
  expect(app.taken()).toBe(2 * (limits.putOffsInARowMax + 1));
  await world[Symbol.asyncDispose]();
});

test("a pause ends by itself where nobody is left to ask again, over a restart as well", async () => {
  const app = new ShakyApp();
  app.reply = () => ({ ...broken, status: 429, retryAt: epochMs(world.clock.now() + 3 * second) });
  const world = await start({ app, functions: { job: { circuitBreaker: { failures: 9, key: "event.data.k" } }, other: {} } });
  for (const isRestarted of [false, true]) {
    await world.send("job", [{ k: "a" }, { k: "b" }]);
    await world.send("other");
    for (const { id } of await world.runs()) void world.engine.cancelRun({ runId: id, reason: "no longer wanted" });
    await world.settle();
    if (isRestarted) await world.startAnew();
    await world.live(2 * second);
    expect(world.engine.breakers.list()).toMatchObject([{ status: "open" }, { status: "open" }, { status: "open" }]);
    await world.live(3 * second);
    expect(world.engine.breakers.list()).toEqual([]);
    expect(changes(world).slice(-3)).toEqual(Array(3).fill("closed by time"));
  }
  app.isDown = () => false;
  await world.send("job", numbered(5));
  expect(await statuses(world)).toMatchObject({ completed: 5 });
  await world[Symbol.asyncDispose]();
});

test("a pause whose probe is still under way stays until that is answered", async () => {
  let isAnswered = (): void => undefined;
  const answer = new Promise<void>((resolve) => {
    isAnswered = resolve;
  });
  const asked: number[] = [];
  const call = async (): Promise<Reply> => {
    asked.push(world.clock.now());
    if (asked.length === 1) return { ...broken, status: 429 };
    await answer;
    return done;
  };
  const world = new AppWorld({ functions: { job: {} }, options: { callsInFlightMax: 1 }, app: call });
  await world.startAnew();
  await world.send("job", numbered(3));
  await world.live(60 * second);
  expect(asked).toHaveLength(2);
  expect(world.engine.breakers.list()).toMatchObject([{ status: "half_open" }]);
  isAnswered();
  await world.settle();
  expect(changes(world)).toEqual(["open", "closed by probe"]);
  await world[Symbol.asyncDispose]();
});
