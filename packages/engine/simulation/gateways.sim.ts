// Requests that the server makes for steps, on the shipped engine and store in virtual time: retries, restarts, deaths.

import type { Call } from "@stepwell/engine";
import { ScriptedGateway, SeededRandom } from "@stepwell/engine/testing";
import { asJson, hashStepId, type Op, type Reply } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { GatewayWorld, type GatewayWorldParts } from "./gateway-world.ts";

const secret = "sk-s3cret-of-the-test";
const opts = { url: "https://ai.test/v1", auth_key: secret, format: "openai-chat", body: { q: 1 } };
const infer = (id = "ask"): Op => ({ id: hashStepId(id), name: id, race: false, kind: "AIGateway", opts });
const fetches = (id: string): Op => ({ id: hashStepId(id), name: id, race: false, kind: "Gateway", opts: { url: `https://a.test/${id}` } });
const ops = (...list: readonly Op[]): Reply => ({ kind: "ops", ops: list, version: 2, noRetry: false, sdk: "js:v4" });
const done = (value: unknown): Reply => ({ kind: "result", data: asJson(value), sdk: "js:v4" });
const has = ({ memos }: Call, id: string): boolean => memos.has(hashStepId(id));
const answer = (status: number, body: unknown, headers = {}) =>
  ({ kind: "answer", url: opts.url, status, headers, body: asJson(body) }) as const;
const broken = { kind: "failed", code: "gateway_failed", message: "nothing listens there", isFinal: false } as const;

const asksOnce = (call: Call): Reply => (has(call, "ask") ? done("done") : ops(infer()));

async function begin(parts: GatewayWorldParts): Promise<GatewayWorld> {
  const world = new GatewayWorld(parts);
  await world.startAnew();
  return world;
}

describe("a request that is alone", () => {
  test("costs three commits, and the app two calls", async () => {
    const gateway = new ScriptedGateway(() => answer(200, { text: "hi" }));
    await using world = await begin({ app: asksOnce, gateway });
    const before = world.store.counters.commits;
    await world.send();
    await world.runUntilQuiet();
    expect(await world.statuses()).toEqual(["completed"]);
    expect(await world.memos()).toEqual([{ data: { text: "hi" } }]);
    expect(world.calls).toHaveLength(2);
    // The run is born with one and ends with one.
    expect(world.store.counters.commits - before - 2).toBeLessThanOrEqual(3);
    expect([world.count("step_requests"), world.count("queue_items"), world.count("attempts")]).toEqual([0, 0, 0]);
  });

  test("is tried again without the app, by its own attempts, and when it is asked to", async () => {
    const sentAt: number[] = [];
    const gateway = new ScriptedGateway((_, number) => {
      sentAt.push(world.clock.now());
      return number < 4 ? answer(429, { number }, { "retry-after": "100" }) : answer(200, { number });
    });
    await using world = await begin({ app: asksOnce, gateway });
    await world.send();
    await world.runUntilQuiet();
    expect(await world.memos()).toEqual([{ data: { number: 4 } }]);
    expect(world.calls).toHaveLength(2);
    expect(sentAt.map((at) => at - (sentAt[0] ?? 0))).toEqual([0, 100_000, 200_000, 300_000]);
    expect(world.count("attempts")).toBe(3);
    expect(gateway.requests.map(({ headers }) => headers)).toEqual(
      Array(4).fill([
        ["authorization", `Bearer ${secret}`],
        ["content-type", "application/json"],
        ["user-agent", "Inngest"],
      ]),
    );
  });

  test("that never works is the step's error after the function's attempts", async () => {
    const gateway = new ScriptedGateway(() => answer(500, { says: "no" }));
    await using world = await begin({ app: asksOnce, gateway, attempts: 3 });
    await world.send();
    await world.runUntilQuiet();
    expect(gateway.requests).toHaveLength(3);
    expect(await world.statuses()).toEqual(["completed"]);
    expect(await world.memos()).toMatchObject([{ error: { name: "AIGatewayError", data: { says: "no" } } }]);
  });

  test("of a run that is cancelled is given up", async () => {
    const gateway = new ScriptedGateway(() => new Promise(() => undefined));
    await using world = await begin({ app: asksOnce, gateway });
    await world.send();
    expect(gateway.requests).toHaveLength(1);
    const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
    void world.engine.cancelRun({ runId: run?.id as never, reason: "a person said so" });
    await world.runUntilQuiet();
    expect(await world.statuses()).toEqual(["cancelled"]);
    expect([world.engine.gauges().callsInFlight, world.count("step_requests"), world.count("queue_items")]).toEqual([0, 0, 0]);
  });
});

describe("requests beside each other", () => {
  test("are under way at the same time, and the run goes on when the last one is over", async () => {
    const waiting: (() => void)[] = [];
    const gateway = new ScriptedGateway(
      (request) => new Promise((resolve) => waiting.push(() => resolve({ ...answer(200, "ok"), url: request.url }))),
    );
    const app = (call: Call): Reply => (has(call, "a") && has(call, "b") ? done("both") : ops(fetches("a"), fetches("b")));
    await using world = await begin({ app, gateway });
    await world.send();
    expect(gateway.requests.map(({ url }) => url)).toEqual(["https://a.test/a", "https://a.test/b"]);
    waiting[1]?.();
    await world.settle();
    expect(world.calls).toHaveLength(1);
    waiting[0]?.();
    await world.runUntilQuiet();
    expect(world.calls).toHaveLength(2);
    expect(await world.statuses()).toEqual(["completed"]);
  });

  describe.each([
    { how: "under way", second: () => new Promise<never>(() => undefined) },
    { how: "to be tried again", second: () => broken },
  ])("the loser of a race, $how, that the app calls off", ({ second }) => {
    const inRace = (id: string): Op => ({ ...fetches(id), race: true });
    const cancel: Op = { id: hashStepId("off"), name: "off", race: false, kind: "StepCancel", ids: [hashStepId("b")] };
    const nap: Op = { id: hashStepId("nap"), name: "nap", race: false, kind: "Sleep", target: "1h" };
    const app = (call: Call): Reply => {
      if (has(call, "nap")) return done("a won");
      return has(call, "a") ? ops(cancel, nap) : ops(inRace("a"), inRace("b"));
    };

    test("is given up, and nothing of it is left", async () => {
      const gateway = new ScriptedGateway((request) =>
        request.url.endsWith("/a") ? { ...answer(200, "ok"), url: request.url } : second(),
      );
      await using world = await begin({ app, gateway });
      await world.send();
      // The run sleeps; nothing else of it is alive.
      expect([world.engine.gauges().callsInFlight, world.count("step_requests"), world.count("queue_items")]).toEqual([0, 0, 1]);
      await world.runUntilQuiet();
      expect(await world.statuses()).toEqual(["completed"]);
      expect(gateway.requests.filter(({ url }) => url.endsWith("/b"))).toHaveLength(1);
      const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
      const steps = await world.engine.reports.runSteps(run?.id as never);
      expect(Object.fromEntries(steps.map(({ name, state }) => [name, state]))).toEqual({ a: "completed", b: "dropped", nap: "completed" });
    });
  });

  test("hundreds of them settle, each with its own answer", async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `f${index}`);
    const gateway = new ScriptedGateway((request) => ({ ...answer(200, "ok"), url: request.url }));
    const app = (call: Call): Reply => (call.memos.size === ids.length ? done("all") : ops(...ids.map(fetches)));
    await using world = await begin({ app, gateway });
    await world.send();
    await world.runUntilQuiet();
    expect(await world.statuses()).toEqual(["completed"]);
    expect(new Set(gateway.requests.map(({ url }) => url)).size).toBe(ids.length);
    expect(gateway.requests).toHaveLength(ids.length);
  });
});

describe("credentials", () => {
  /** Fails until a restart; what is asked afterwards is answered. */
  async function restarted(app: (call: Call, isRestarted: boolean) => Reply, attempts = 5) {
    let isRestarted = false;
    const gateway = new ScriptedGateway(() => (isRestarted ? answer(200, "late") : broken));
    const world = await begin({ app: (call) => app(call, isRestarted), gateway, attempts });
    await world.send();
    expect([gateway.requests.length, world.calls.length]).toEqual([1, 1]);
    expect(world.isOnDisk("https://ai.test/v1")).toBe(true);
    expect(world.isOnDisk(secret)).toBe(false);
    isRestarted = true;
    await world.startAnew();
    await world.runUntilQuiet();
    expect(world.isOnDisk(secret)).toBe(false);
    return { world, gateway };
  }

  test("are lost with the process: the app is asked for them once, which is no attempt and runs nothing", async () => {
    const { world, gateway } = await restarted(asksOnce);
    await using _ = world;
    expect(await world.statuses()).toEqual(["completed"]);
    expect(await world.memos()).toEqual([{ data: "late" }]);
    expect(gateway.requests[1]?.headers).toContainEqual(["authorization", `Bearer ${secret}`]);
    // The discovery, the question, the end.
    expect(world.calls.map(({ stepId, plan, attempt }) => ({ stepId, plan, attempt }))).toEqual([
      { stepId: undefined, plan: false, attempt: 0 },
      { stepId: undefined, plan: true, attempt: 0 },
      { stepId: undefined, plan: false, attempt: 0 },
    ]);
    expect(world.count("attempts")).toBe(1);
  });

  test("an app that does not report the step any more ends it by its attempts", async () => {
    const app = (call: Call, isRestarted: boolean): Reply => (isRestarted ? (has(call, "ask") ? done("other") : ops()) : asksOnce(call));
    const { world, gateway } = await restarted(app, 3);
    await using _ = world;
    expect(gateway.requests).toHaveLength(1);
    expect(await world.statuses()).toEqual(["completed"]);
    expect(await world.memos()).toMatchObject([{ error: { message: expect.stringContaining("does not report this step any more") } }]);
    // The first attempt was the service's fault; two were the app's.
    expect(world.count("attempts")).toBe(2);
  });

  test("an app that is down is asked again later, as often as the step has attempts", async () => {
    let downs = 2;
    const down: Reply = { kind: "error", code: "http_unreachable", error: { name: "Down", message: "is down" }, noRetry: false };
    const app = (call: Call, isRestarted: boolean): Reply => {
      downs -= isRestarted ? 1 : 0;
      return isRestarted && downs >= 0 ? down : asksOnce(call);
    };
    const { world } = await restarted(app);
    await using _ = world;
    expect(await world.memos()).toEqual([{ data: "late" }]);
    expect(world.count("attempts")).toBe(3);
  });

  test("what was reported together is sent together, whatever the app says by now", async () => {
    const elsewhere: Op = { ...infer(), kind: "AIGateway", opts: { ...opts, url: "https://other.test/", auth_key: "sk-other" } };
    const { world, gateway } = await restarted((call, isRestarted) =>
      has(call, "ask") ? done("done") : ops(isRestarted ? elsewhere : infer()),
    );
    await using _ = world;
    expect(gateway.requests[1]?.url).toBe("https://other.test/");
    expect(gateway.requests[1]?.headers[0]).toEqual(["authorization", "Bearer sk-other"]);
  });

  test("a request without any is made after a restart without asking", async () => {
    let isRestarted = false;
    const gateway = new ScriptedGateway(() => (isRestarted ? answer(200, "late") : broken));
    const app = (call: Call): Reply => (has(call, "a") ? done("done") : ops(fetches("a")));
    await using world = await begin({ app, gateway });
    await world.send();
    isRestarted = true;
    await world.startAnew();
    await world.runUntilQuiet();
    expect([await world.statuses(), world.calls.length, gateway.requests.length]).toEqual([["completed"], 2, 2]);
  });
});

test.for(Array.from({ length: 20 }, (_, index) => index + 1))(
  "a process that dies around any commit (seed %i) loses no request and settles each step once",
  { timeout: 30_000 },
  async (seed) => {
    const chance = new SeededRandom(seed);
    let deaths = 25;
    const faults = (): "before" | "after" | undefined => {
      if (deaths === 0 || !chance.chance(0.25)) return undefined;
      deaths -= 1;
      return chance.chance(0.5) ? "before" : "after";
    };
    const gateway = new ScriptedGateway(() => (chance.chance(0.3) ? broken : answer(200, "ok")));
    const app = (call: Call): Reply => {
      if (!has(call, "ask")) return ops(infer());
      if (!has(call, "a") || !has(call, "b")) return ops(fetches("a"), infer("b"));
      return done("all");
    };
    const world = new GatewayWorld({ app, gateway, faults, attempts: 20 });
    await using _ = world;
    await world.startAnew();
    await world.send().catch(() => undefined);
    await world.runUntilQuiet();
    const statuses = await world.statuses();
    // The event itself may be what the process died with.
    expect(statuses.every((status) => status === "completed")).toBe(true);
    expect([world.count("queue_items"), world.count("step_requests")]).toEqual([0, 0]);
    expect(world.isOnDisk(secret)).toBe(false);
    if (statuses.length > 0) expect((await world.memos()).length).toBe(3);
  },
);
