// Options of functions together, as far as they make sense together, on the official SDKs: one server and one app for all of it.
// What is refused when it is registered is not here.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { overlapOf, PacedWorld } from "./paced-world.ts";

const hourMs = 3_600_000;
const data = (...list: readonly object[]) => list.map((each) => ({ data: { ...each } }));
const cancelled = (reason: string) => ({ status: "cancelled", cancelReason: expect.stringContaining(reason) });

describe.for(["v3", "v4"] as const)("options together on inngest %s", { concurrent: true }, (sdk) => {
  let world: PacedWorld;

  beforeAll(async () => {
    world = await PacedWorld.open(sdk);
  }, 60_000);

  afterAll(() => world[Symbol.asyncDispose]());

  const outputsOf = async (name: string, ids: readonly string[]) => (await world.ended(name, ids)).map(({ output }) => output);

  describe("a batch", () => {
    test("is not counted by a rate", async () => {
      const outputs = await world.outputs("batch-rate", { n: 1 }, { n: 2 }, { n: 3 }, { n: 4 });
      expect(outputs).toEqual([1, 1, 3, 3].map((n) => ({ event: n, events: [n, n + 1] })));
    });

    test("holds events of one idempotency key side by side", async () => {
      const outputs = await world.outputs("batch-once", { n: 1, order: "x" }, { n: 2, order: "x" });
      expect(outputs[1]).toEqual({ event: 1, events: [1, 2] });
    });

    test("is throttled by the key of its first event", async () => {
      await world.outputs("batch-throttle", { key: "a" }, { key: "b" }, { key: "a" }, { key: "c" });
      expect((await world.begun("batch-throttle"))[1]).toBeGreaterThanOrEqual(1_000);
    });

    test("takes the slot of its first event's key", async () => {
      const [one, , two] = await world.spans("batch-limit", { key: "a" }, { key: "b" }, { key: "a" }, { key: "c" });
      expect(overlapOf([one ?? [0, 0], two ?? [0, 0]])).toBe(1);
    });

    test("has the priority of its first event", async () => {
      const ranks = [0, 99, -5, 99, 50, -99];
      const spans = await world.spans("batch-ranked", ...ranks.map((rank) => ({ rank })));
      const [none = 0, low = 0, high = 0] = [0, 2, 4].map((index) => spans[index]?.[0]);
      expect([high, none, low]).toEqual([none, low, high].sort((a, b) => a - b));
    });

    test("is cancelled by what its first event's rule matches, and by no other's", async () => {
      const [first = ""] = await world.send("batch-cancel", ...data({ id: "first" }, { id: "second" }));
      await world.runThatIs("batch-cancel", "waiting");
      await world.send("batch-cancel-end", ...data({ id: "second" }));
      expect((await world.runThatIs("batch-cancel", "waiting")).endedAt).toBeUndefined();
      await world.send("batch-cancel-end", ...data({ id: "first" }));
      expect(await world.ended("batch-cancel", [first])).toMatchObject([{ status: "cancelled" }]);
    });

    test("ends at its deadline", async () => {
      await world.send("batch-finish", ...data({ n: 1 }, { n: 2 }));
      expect(await world.runThatIs("batch-finish", "cancelled")).toMatchObject(cancelled("finish"));
    });

    test("leaves ticks of a schedule out, which run alone at once", async () => {
      const [collected = ""] = await world.send("batch-cron", {});
      const run = await world.runThatIs("batch-cron", "completed");
      expect(JSON.parse(run.output ?? "")).toEqual({ name: "inngest/scheduled.timer", events: 1 });
      expect(await world.fates("batch-cron", [collected])).toEqual(["batched"]);
    });
  });

  describe("a debounce", () => {
    test("comes after the rate, which turns events away before", async () => {
      const ids = await world.send("debounce-rate", ...data({ n: 1 }, { n: 2 }));
      expect(await world.fates("debounce-rate", ids)).toEqual(["debounced", "rate_limited"]);
      expect(await outputsOf("debounce-rate", ids.slice(0, 1))).toEqual([{ event: 1, events: [1] }]);
    });

    test("comes after the idempotency key, which turns events away before", async () => {
      const ids = await world.send("debounce-once", ...data({ n: 1, order: "x" }, { n: 2, order: "x" }));
      expect(await world.fates("debounce-once", ids)).toEqual(["debounced", "duplicate"]);
      expect(await outputsOf("debounce-once", ids.slice(0, 1))).toEqual([{ event: 1, events: [1] }]);
    });

    test("is throttled when it is over", async () => {
      await world.outputs("debounce-throttle", { n: 1 }, { n: 2 });
      expect((await world.begun("debounce-throttle"))[1]).toBeGreaterThanOrEqual(1_000);
    });

    test("takes its slot when it is over", async () => {
      expect(overlapOf(await world.spans("debounce-limit", { n: 1 }, { n: 2 }, { n: 3 }))).toBe(1);
    });

    test("asks for its singleton when it is over", async () => {
      const ids = await world.send("debounce-singleton", ...data({ n: 1 }, { n: 2 }));
      expect(await world.fates("debounce-singleton", ids)).toEqual(["debounced", "debounced"]);
      const skipped = await world.runThatIs("debounce-singleton", "skipped");
      const alive = (await world.runsOf("debounce-singleton")).filter(({ status }) => status !== "skipped");
      expect(alive.map(({ id }) => `singleton ${id}`)).toEqual([skipped.cancelReason]);
    });

    test("is met by cancels from the beginning of its run on", async () => {
      // In one request, so that the second one comes while the first is held.
      const names = ["debounce-cancel", "debounce-cancel-end"];
      await world.server.send(names.map((name) => ({ name: `waiting/${name}`, data: { id: "x" } })));
      await world.runThatIs("debounce-cancel", "waiting");
      await world.send("debounce-cancel-end", ...data({ id: "x" }));
      expect(await world.runThatIs("debounce-cancel", "cancelled")).toMatchObject({ status: "cancelled" });
    });

    test("has its deadline from the beginning of its run on", async () => {
      expect(await world.outputs("debounce-start", { n: 1 })).toEqual([{ event: 1, events: [1] }]);
    });
  });

  describe("a run that a step invokes", () => {
    test("is throttled, and the step waits for it", async () => {
      const [spans] = (await world.outputs("invokes-spaced", {})) as [readonly unknown[]];
      expect(spans).toEqual([expect.any(Array), expect.any(Array)]);
      expect((await world.begun("invoked-spaced"))[1]).toBeGreaterThanOrEqual(1_000);
    });

    test("waits for a slot, and the step waits for it", async () => {
      const spans = (await world.outputs("invokes-limited", {}, {}, {})).flat();
      expect(overlapOf(spans as never)).toBe(1);
    });

    test("is cancelled by its own rules, and the step is told", async () => {
      const ids = await world.send("invokes-cancelled", {});
      await world.runThatIs("invoked-cancelled", "waiting");
      await world.send("invoked-cancelled-end", ...data({ id: "mine" }));
      expect(await outputsOf("invokes-cancelled", ids)).toEqual([[expect.stringMatching(/cancel/)]]);
    });

    test("is cancelled where it does not begin in time, and the step is told", async () => {
      expect(await world.outputs("invokes-too-late", {})).toEqual([[expect.any(Array), expect.stringMatching(/cancel/)]]);
    });

    test("is cancelled where it does not end in time, and the step is told", async () => {
      expect(await world.outputs("invokes-too-long", {})).toEqual([[expect.stringMatching(/cancel/)]]);
    });
  });

  describe("a tick of a schedule", () => {
    test("is counted by a rate", async () => {
      await world.tickThatIs("cron-rate", "rate_limited");
      expect(await world.runsOf("cron-rate")).toHaveLength(1);
    });

    test("has an idempotency key", async () => {
      await world.tickThatIs("cron-once", "duplicate");
      expect(await world.runsOf("cron-once")).toHaveLength(1);
    });

    test("is throttled", async () => {
      await world.runThatIs("cron-throttle", "queued");
      expect(await world.begun("cron-throttle")).toHaveLength(1);
    });

    test("waits for a slot", async () => {
      const spans = await world.until("two runs have ended", async () => {
        const ended = (await world.runsOf("cron-limit")).filter(({ status }) => status === "completed");
        return ended.length < 2 ? undefined : ended.map(({ output }) => JSON.parse(output ?? ""));
      });
      expect(overlapOf(spans)).toBe(1);
    });

    test("is skipped while the run of another has the singleton", async () => {
      const skipped = await world.runThatIs("cron-singleton", "skipped");
      expect(skipped.cancelReason).toBe(`singleton ${(await world.runsOf("cron-singleton"))[0]?.id}`);
    });

    test("is debounced, up to the cap", async () => {
      await world.tickThatIs("cron-debounce", "debounced");
      expect(await world.runThatIs("cron-debounce", "completed")).toMatchObject({ output: '"ticked"' });
    });

    test("has a deadline for its end", async () => {
      expect(await world.runThatIs("cron-finish", "cancelled")).toMatchObject(cancelled("finish"));
    });
  });

  describe("a rerun", () => {
    async function repeated(name: string, ...events: readonly object[]) {
      const [first] = await world.ended(name, await world.send(name, ...data(...events)));
      return world.rerun(first?.id ?? "");
    }

    test.for(["rerun-rate", "rerun-once"])("%s: passes what lets events in once", async (name) => {
      const { run } = await repeated(name, { n: 1, order: "x" });
      expect(await world.endOf(run as never)).toMatchObject({ status: "completed", output: '{"event":1,"events":[1]}' });
    });

    test("is throttled", async () => {
      const { run } = await repeated("rerun-throttle", {});
      await world.endOf(run as never);
      expect((await world.begun("rerun-throttle"))[1]).toBeGreaterThanOrEqual(2_000);
    });

    test("is not debounced", async () => {
      const { run } = await repeated("rerun-debounce", { n: 1 });
      // What is held by a debounce has no run yet.
      expect(await world.server.engine.reports.getRun(run as never)).toBeDefined();
      const ended = await world.endOf(run as never);
      expect(ended).toMatchObject({ status: "completed", output: '{"event":1,"events":[1]}' });
    });

    test("of a batch has all of its events", async () => {
      const { run } = await repeated("rerun-batch", { n: 1 }, { n: 2 });
      expect(await world.endOf(run as never)).toMatchObject({ status: "completed", output: '{"event":1,"events":[1,2]}' });
    });

    test("is told that another run has the singleton", async () => {
      const [first] = await world.ended("rerun-singleton", await world.send("rerun-singleton", ...data({ first: true })));
      await world.send("rerun-singleton", {});
      expect(await world.rerun(first?.id ?? "")).toMatchObject({ status: 422, code: "function_skipped" });
    });
  });

  describe("an event of the future", () => {
    test("is counted by a rate when it is accepted", async () => {
      const ids = await world.send("later-rate", { inMs: hourMs }, {});
      expect(await world.fates("later-rate", ids)).toEqual([undefined, "rate_limited"]);
    });

    test("has its idempotency key when it is accepted", async () => {
      const order = { data: { order: "x" } };
      const ids = await world.send("later-once", { ...order, inMs: hourMs }, order);
      expect(await world.fates("later-once", ids)).toEqual([undefined, "duplicate"]);
    });

    test.for(["later-throttle", "later-limit"])("%s: uses up what paces runs when its own begins", async (name) => {
      const [, now = ""] = await world.send(name, { inMs: hourMs }, { data: { n: 2 } });
      expect(await outputsOf(name, [now])).toEqual([{ event: 2, events: [2] }]);
    });

    test("is kept by a debounce before one that is older, which comes later", async () => {
      const [kept = ""] = await world.send("later-debounce", { data: { n: 1 }, inMs: 200 }, { data: { n: 2 }, inMs: -60_000 });
      expect(await outputsOf("later-debounce", [kept])).toEqual([{ event: 1, events: [1] }]);
    });

    test("does not hold a batch back", async () => {
      const ids = await world.send("later-batch", { data: { n: 1 }, inMs: hourMs }, { data: { n: 2 }, inMs: hourMs });
      expect(await outputsOf("later-batch", ids.slice(0, 1))).toEqual([{ event: 1, events: [1, 2] }]);
    });

    test("has the singleton when it is accepted", async () => {
      await world.send("later-singleton", { inMs: hourMs }, {});
      const skipped = await world.runThatIs("later-singleton", "skipped");
      expect(skipped.cancelReason).toBe(`singleton ${(await world.runsOf("later-singleton"))[0]?.id}`);
    });

    test("is met by cancels before its run begins", async () => {
      await world.send("later-cancel", { data: { id: "x" }, inMs: hourMs });
      await world.send("later-cancel-end", ...data({ id: "x" }));
      expect((await world.runThatIs("later-cancel", "cancelled")).startedAt).toBeUndefined();
    });
  });
});
