import { setTimeout as sleep } from "node:timers/promises";
import { RetryAfterError, Stepwell } from "stepwell";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createTestEngine, type TestEngine } from "../src/index.ts";

const client = new Stepwell({ id: "shop" });
const start = "2026-03-01T00:00:00.000Z";
const day = 86_400_000;

describe("time", () => {
  test("goes on while a test has faked its timers, also where a deploy took a step away", async () => {
    const trial = (steps: readonly string[]) =>
      client.createFunction({ id: "trial" }, { event: "go" }, async ({ step }) => {
        for (const name of steps) await step.run(name, () => name);
        await step.sleep("nap", "1h");
        return steps.length;
      });
    const [before, after] = [trial(["a", "b"]), trial(["b"])];
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    await using t = await createTestEngine({ functions: [before], realMsMax: 2_000 });
    await t.send({ name: "go" });
    await t.deploy([after]);
    await t.advance("1h");
    await t.assert.completed(after, 1);
  });

  test("goes on where a deploy gave a planned step another id", async () => {
    const pair = (other: string, work: () => number) =>
      client.createFunction({ id: "pair" }, { event: "go" }, ({ step }) => Promise.all([step.run("a", () => 1), step.run(other, work)]));
    const before = pair("b", () => {
      throw new Error("no");
    });
    const after = pair("b2", () => 2);
    await using t = await createTestEngine({ functions: [before] });
    await t.send({ name: "go" });
    await t.deploy([after]);
    await t.runUntilIdle();
    await t.assert.completed(after, [1, 2]);
  });

  test.each(["rubbish", Number.NaN, new Date("rubbish")])("does not begin at %s, which is no instant", async (now) => {
    await expect(createTestEngine({ functions: [], now })).rejects.toMatchObject({
      code: "invalid_duration",
      message: expect.stringContaining("now: "),
    });
  });

  test("a drip of thirty days is told day by day, each mail at its moment", async () => {
    const mails: string[] = [];
    const drip = client.createFunction({ id: "drip" }, { event: "user/created" }, async ({ event, step }) => {
      for (const [mail, wait] of [
        ["welcome", 0],
        ["tips", 3],
        ["offer", 11],
        ["goodbye", 16],
      ] as const) {
        if (wait > 0) await step.sleep(`before ${mail}`, `${wait} days`);
        await step.run(mail, () => mails.push(`${mail} to ${event.data["id"]} at ${t.now.toISOString()}`));
      }
      return mails.length;
    });
    await using t = await createTestEngine({ functions: [drip], now: start });
    const { runs } = await t.send({ name: "user/created", data: { id: 7 } });
    expect(runs).toMatchObject([{ functionSlug: "shop-drip", status: "waiting", reason: { code: "sleep" } }]);
    expect(mails).toEqual([`welcome to 7 at ${start}`]);
    await t.advance("2 days");
    await t.assert.waiting(drip, "before tips");
    await t.advance("1 day");
    expect(mails).toHaveLength(2);
    await t.advance("27 days");
    expect(mails.at(-1)).toBe("goodbye to 7 at 2026-03-31T00:00:00.000Z");
    await t.assert.completed(drip, 4);
    expect(t.now.toISOString()).toBe("2026-03-31T00:00:00.000Z");
  });

  test("stands still where nobody moves it, and starts at the real one unless the test says another", async () => {
    const before = Date.now();
    const once = client.createFunction({ id: "once" }, { event: "go" }, () => t.now.getTime());
    await using t: TestEngine = await createTestEngine({ functions: [once] });
    expect(t.now.getTime()).toBeGreaterThanOrEqual(before);
    const at = t.now.getTime();
    await sleep(5);
    await t.send({ name: "go" });
    await t.assert.completed(once, at);
  });

  test("passes from one due moment to the next: what a moment brings about comes due at its own", async () => {
    const order: string[] = [];
    const mark = (what: string): number => order.push(`${what} ${(t.now.getTime() - Date.parse(start)) / 60_000}`);
    const outer = client.createFunction({ id: "outer" }, { event: "go" }, async ({ step }) => {
      await step.sleep("a", "10m");
      await step.sendEvent("tell", { name: "inner" });
      await step.sleep("b", "10m");
      mark("outer");
    });
    const inner = client.createFunction({ id: "inner" }, { event: "inner" }, async ({ step }) => {
      await step.sleep("c", "5m");
      mark("inner");
    });
    await using t = await createTestEngine({ functions: [outer, inner], now: start });
    await t.send({ name: "go" });
    await t.advance("1h");
    expect(order).toEqual(["inner 15", "outer 20"]);
  });

  test("a retry comes when it would in production, and RetryAfterError says when", async () => {
    const tries: number[] = [];
    const failing = client.createFunction({ id: "failing", retries: 3 }, { event: "go" }, ({ attempt, step }) =>
      step.run("call", () => {
        tries.push(t.now.getTime() - Date.parse(start));
        if (attempt === 1) throw new RetryAfterError("busy", "2h");
        throw new Error("no");
      }),
    );
    await using t = await createTestEngine({ functions: [failing], now: start, seed: 1 });
    await t.send({ name: "go" });
    expect(tries).toHaveLength(1);
    await t.advance("1m");
    expect(tries).toHaveLength(2);
    await t.advance("1h");
    expect(tries).toHaveLength(2);
    await t.runUntilIdle();
    expect(tries).toHaveLength(4);
    expect((tries[2] as number) - (tries[1] as number)).toBe(7_200_000);
    await t.assert.failed(failing, { name: "Error", message: "no" });
    await t.assert.step(failing, "call", { state: "failed", times: 4 });
  });

  test("two that move time at once do it one after the other", async () => {
    const nap = client.createFunction({ id: "nap" }, { event: "go" }, ({ step }) => step.sleep("nap", "90m"));
    await using t = await createTestEngine({ functions: [nap], now: start });
    await t.send({ name: "go" });
    await Promise.all([t.advance("1h"), t.advance("1h")]);
    expect(t.now.toISOString()).toBe("2026-03-01T02:00:00.000Z");
    await t.assert.completed(nap);
  });

  test.each(["soon", "-1h", "", Number.NaN, -5])("%s is no time to pass", async (duration) => {
    await using t = await createTestEngine({ functions: [] });
    await expect(t.advance(duration)).rejects.toMatchObject({ code: "invalid_duration" });
    await expect(t.advanceTo("yesterday")).rejects.toMatchObject({ code: "invalid_duration" });
    await expect(t.advanceTo(t.now.getTime() - 1)).rejects.toMatchObject({ code: "invalid_duration" });
    await t.advanceTo(new Date(t.now.getTime() + 5));
  });
});

describe("user code's own promises", () => {
  test("get real turns: timers, and whatever else takes its time outside", async () => {
    const slow = client.createFunction({ id: "slow" }, { event: "go" }, async ({ step }) => {
      await sleep(15);
      const found = await step.run("look", () => sleep(15, "found"));
      await step.sleep("nap", "1d");
      await sleep(15);
      return found;
    });
    await using t = await createTestEngine({ functions: [slow] });
    const { runs } = await t.send({ name: "go" });
    expect(runs).toMatchObject([{ status: "waiting" }]);
    await t.advance("1d");
    await t.assert.completed(slow, "found");
  });

  test("that never settle end the wait with an error that names the open step", async () => {
    const hanging = client.createFunction({ id: "hanging" }, { event: "go" }, ({ step }) =>
      step.run("charge", () => new Promise(() => undefined)),
    );
    const lost = client.createFunction({ id: "lost" }, { event: "lost" }, () => new Promise(() => undefined));
    await using t = await createTestEngine({ functions: [hanging, lost], realMsMax: 400 });
    await expect(t.send({ name: "go" })).rejects.toMatchObject({
      code: "call_still_open",
      message: expect.stringContaining('step "charge" of shop-hanging is open'),
      advice: expect.stringContaining("mock the step"),
    });
    await expect(t.advance("1m")).rejects.toMatchObject({ code: "call_still_open" });
    await using other = await createTestEngine({ functions: [lost], realMsMax: 400 });
    await expect(other.send({ name: "lost" })).rejects.toMatchObject({
      message: expect.stringContaining("shop-lost awaits something outside of its steps"),
    });
  });

  test("that ask the engine for what would wait for them are told so at once", async () => {
    let asked: () => Promise<unknown> = () => Promise.resolve();
    const own = client.createFunction({ id: "own", retries: 0 }, { event: "go" }, async ({ event, step }) => {
      if (event.data.isOutside) await asked();
      await step.run("charge", () => asked());
    });
    const free = client.createFunction({ id: "free" }, { event: "paid" }, () => "ok");
    await using t = await createTestEngine({ functions: [own, free] });
    const ways = [() => t.send({ name: "paid" }), () => t.invoke(free), () => t.advance("1h"), () => t.sendSignal({ signal: "s" })];
    for (const way of [...ways, () => t.runUntilIdle(), () => t.restart()]) {
      asked = way;
      const { runs } = await t.send([{ name: "go" }, { name: "go", data: { isOutside: true } }]);
      const about = (code: string) => ({ message: expect.stringContaining(`${code} asked the test engine`) });
      expect(runs).toMatchObject([
        { status: "failed", error: about('the code of step "charge"') },
        { status: "failed", error: about("the code of a function") },
      ]);
    }
    asked = () => client.send({ name: "paid" });
    await t.send({ name: "go" });
    await t.assert.started(free, 1);
  });

  test("may wait for another test engine, and code that was left behind for this one", async () => {
    const free = client.createFunction({ id: "free" }, { event: "paid" }, () => "ok");
    let later: Promise<unknown> = Promise.resolve();
    const outer = client.createFunction({ id: "outer" }, { event: "go" }, async ({ step }) => {
      await step.run("other", async () => {
        await using other = await createTestEngine({ functions: [free] });
        await other.send({ name: "paid" });
        await other.assert.completed(free, "ok");
      });
      later = sleep(50).then(() => t.send({ name: "paid" }));
    });
    await using t = await createTestEngine({ functions: [outer, free] });
    await t.send({ name: "go" });
    await t.assert.completed(outer);
    expect(await later).toMatchObject({ runs: [{ status: "completed" }] });
  });

  test("may take longer in all, as long as something goes on", async () => {
    const steady = client.createFunction({ id: "steady" }, { event: "go" }, async ({ step }) => {
      for (let nth = 0; nth < 4; nth += 1) await step.run(`s${nth}`, () => sleep(250));
    });
    await using t = await createTestEngine({ functions: [steady], realMsMax: 900 });
    await t.send({ name: "go" });
    await t.assert.completed(steady);
  });

  test("timers that a test fakes are its own: the kit goes on", async () => {
    vi.useFakeTimers();
    try {
      const nap = client.createFunction({ id: "nap" }, { event: "go" }, ({ step }) => step.sleep("nap", "1d"));
      await using t = await createTestEngine({ functions: [nap] });
      await t.send({ name: "go" });
      await t.advance("1d");
      await t.assert.completed(nap);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("runUntilIdle", () => {
  test("goes on until every run is over, by whatever way: a sleep, a wait's end, a retry, a debounce", async () => {
    const waits = client.createFunction({ id: "waits" }, { event: "go" }, ({ step }) =>
      step.waitForEvent("paid", { event: "paid", timeout: "30d" }),
    );
    const late = client.createFunction({ id: "late", debounce: { period: "2d" } }, { event: "go" }, () => "late");
    await using t = await createTestEngine({ functions: [waits, late], now: start });
    await t.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.completed(waits, null);
    await t.assert.completed(late, "late");
    expect(t.now.getTime() - Date.parse(start)).toBe(30 * day);
  });

  test("does not wait for schedules, and runs those that come due on the way", async () => {
    const daily = client.createFunction({ id: "daily" }, { cron: "0 12 * * *" }, () => "noon");
    const nap = client.createFunction({ id: "nap" }, { event: "go" }, ({ step }) => step.sleep("nap", "3d"));
    await using t = await createTestEngine({ functions: [daily, nap], now: start });
    await t.runUntilIdle();
    await t.assert.started(daily, 0);
    await t.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.started(daily, 3);
  });

  test("says what is alive for ever", async () => {
    const forever = client.createFunction({ id: "forever" }, { event: "go" }, async ({ step }) => {
      for (let nth = 0; ; nth += 1) await step.sleep(`s${nth}`, "100d");
    });
    await using t = await createTestEngine({ functions: [forever] });
    await t.send({ name: "go" });
    await expect(t.runUntilIdle()).rejects.toMatchObject({
      code: "never_idle",
      message: expect.stringMatching(/shop-forever \(sleeps in "s\d"/),
    });
  });
});

describe("nextCron", () => {
  test("is the next tick, at its moment, in its zone", async () => {
    const nightly = client.createFunction({ id: "nightly" }, { cron: "TZ=Europe/Paris 30 2 * * *" }, ({ step }) =>
      step.run("at", () => t.now.toISOString()),
    );
    await using t: TestEngine = await createTestEngine({ functions: [nightly], now: "2026-03-27T12:00:00Z" });
    expect(await t.nextCron(nightly)).toMatchObject([{ status: "completed", output: "2026-03-28T01:30:00.000Z" }]);
    // On the 29th there is no half past two: clocks go forward.
    expect(await t.nextCron()).toMatchObject([{ output: "2026-03-30T00:30:00.000Z" }]);
    await t.assert.started(nightly, 2);
  });

  test("of several schedules the first that comes; a function without one says so", async () => {
    const hourly = client.createFunction({ id: "hourly" }, [{ cron: "0 * * * *" }, { event: "go" }], () => "tick");
    const other = client.createFunction({ id: "other" }, { event: "go" }, () => "event");
    await using t = await createTestEngine({ functions: [hourly, other], now: "2026-03-01T00:59:00Z" });
    expect(await t.nextCron()).toMatchObject([{ functionSlug: "shop-hourly", output: "tick" }]);
    await expect(t.nextCron(other)).rejects.toMatchObject({ code: "schedule_missing", message: expect.stringContaining("shop-other") });
    await using none = await createTestEngine({ functions: [other] });
    await expect(none.nextCron()).rejects.toMatchObject({ code: "schedule_missing" });
  });
});
