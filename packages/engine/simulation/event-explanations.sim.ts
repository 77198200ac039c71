// What became of events, with the shipped engine and store in virtual time: each kind of answer occurs.

import { type EventId, limits } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { minute, runIds, scripted, send, sleep, whyEvent } from "./asking-why.ts";
import { startScripted } from "./scripted-world.ts";

describe("what became of an event", () => {
  test("a run with its status, a condition that is false, one that fails, a function that was removed", async () => {
    const when = (expression: string) => ({ triggers: [{ event: "sim-f0", expression }] });
    const gone = scripted("sim-gone", { triggers: [{ event: "sim-f0" }] });
    const functions = [
      scripted("sim-f0", {}),
      scripted("sim-false", when("event.data.total > 500")),
      scripted("sim-error", when("event.name - 1 > 0")),
    ];
    await using world = await startScripted([...functions, gone]);
    await world.pass(1_000);
    await world.during(world.register(functions));
    await world.pass(1_000);
    const eventId = await send(world, { total: 129.9 });
    const { functions: fates, headline } = await whyEvent(world, eventId);
    expect(fates).toMatchObject([
      { outcome: "started", function: { slug: "sim-f0" }, runId: runIds(world)[0], runStatus: "completed" },
      { outcome: "error", function: { slug: "sim-error" }, error: expect.stringContaining("event.name - 1 > 0: ") },
      { outcome: "not_matched", function: { slug: "sim-false" }, text: "event.data.total > 500 is false (event.data.total is 129.9)" },
      { outcome: "removed", function: { slug: "sim-gone" }, since: world.clock.now() - 1_000 },
    ]);
    expect(headline).toMatchObject({ code: "started", text: "1 started, 1 error, 1 not matched, 1 removed" });
  });

  test("a duplicate, by its id and by the key of the function", async () => {
    await using world = await startScripted([
      scripted("sim-f0", {}),
      scripted("sim-key", { triggers: [{ event: "sim-f0" }], idempotency: "event.data.order" }),
    ]);
    await send(world, { order: 1 }, { id: "A-1" });
    const byId = await whyEvent(world, await send(world, { order: 2 }, { id: "A-1" }));
    expect(byId.functions).toMatchObject([
      { outcome: "duplicate", by: "event_id", runId: runIds(world)[0], runStatus: "completed" },
      { outcome: "duplicate", by: "either", keyExpr: "event.data.order" },
    ]);
    const byKey = await whyEvent(world, await send(world, { order: 1 }));
    expect(byKey.functions.find(({ function: { slug } }) => slug === "sim-key")).toMatchObject({
      outcome: "duplicate",
      by: "idempotency",
      text: `a repeat of an event with the same idempotency key (event.data.order): it started run ${runIds(world)[1]} first`,
    });
  });

  test("a rate limit with its key, and a singleton with who holds it", async () => {
    await using world = await startScripted([
      scripted("sim-f0", { rateLimit: { limit: 1, period: "1h", key: "event.data.shop" } }),
      scripted("sim-one", { triggers: [{ event: "sim-f0" }], singleton: { mode: "skip" } }, [sleep("nap", minute)]),
    ]);
    await send(world, { shop: "x" });
    const { functions } = await whyEvent(world, await send(world, { shop: "x" }));
    const holder = runIds(world)[1];
    expect(functions.find(({ outcome }) => outcome === "rate_limited")).toMatchObject({
      key: "x",
      keyExpr: "event.data.shop",
      nextAt: world.clock.now() + 60 * minute,
      text: "shop=x is rate limited; the next one passes in 1h",
    });
    expect(functions.find(({ outcome }) => outcome === "skipped")).toMatchObject({
      blockingRunId: holder,
      text: `skipped: run ${holder} has the singleton`,
    });
  });

  test("events that were collected say what for, which of them won, and what came of it", async () => {
    await using world = await startScripted([
      scripted("sim-f0", { debounce: { period: "10s" } }),
      scripted("sim-batch", { triggers: [{ event: "sim-f0" }], batchEvents: { maxSize: 10, timeout: "20s" } }),
    ]);
    const lost = await send(world);
    const won = await send(world);
    const fateOf = async (eventId: EventId, outcome: string) =>
      (await whyEvent(world, eventId)).functions.find((each) => each.outcome === outcome);
    expect(await fateOf(lost, "debounced")).toMatchObject({ wonBy: won, runStatus: "collecting", until: world.clock.now() + 10_000 });
    expect(await fateOf(lost, "batched")).toMatchObject({ runStatus: "collecting", events: 2 });
    await world.pass(30_000);
    for (const eventId of [lost, won]) {
      expect(await fateOf(eventId, "debounced")).toMatchObject({ wonBy: won, runStatus: "completed" });
      expect(await fateOf(eventId, "batched")).toMatchObject({ runStatus: "completed", events: 2 });
      expect((await whyEvent(world, eventId)).functions).toHaveLength(2);
    }
    expect((await fateOf(won, "debounced"))?.text).toMatch(/\(completed\) is for this event$/);
  });

  test("nobody listens, a step was woken, and a function that came later", async () => {
    await using world = await startScripted([
      scripted("sim-f0", {}, [{ kind: "wait", id: "paid", event: "shop/paid", condition: {}, timeoutMs: minute }]),
    ]);
    const before = await send(world, {}, {}, "shop/nobody");
    expect((await whyEvent(world, before)).headline).toEqual({ code: "no_listener", text: "no function listens to this name" });
    await send(world);
    const woke = await whyEvent(world, await send(world, {}, {}, "shop/paid"));
    expect(woke).toMatchObject({ headline: { code: "no_listener" }, wakes: [{ runId: runIds(world)[0], stepName: "paid" }] });
    await world.during(world.register([scripted("sim-late", { triggers: [{ event: "shop/nobody" }] })]));
    expect((await whyEvent(world, before)).functions).toMatchObject([{ outcome: "unknown", function: { slug: "sim-late" } }]);
    expect(await world.during(world.engine.why.event("01AAAAAAAAAAAAAAAAAAAAAAAA" as EventId))).toBeUndefined();
  });

  test("ticks of a schedule that were missed or would overlap", async () => {
    const triggers = [{ cron: "* * * * *", overlap: "skip" }];
    await using world = await startScripted([scripted("sim-f0", { triggers }, [sleep("nap", 10 * minute)])]);
    await world.pass(3 * minute);
    const [row] = world.all("select e.id from event_outcomes o join events e on e.seq = o.event_seq limit 1");
    const { functions } = await whyEvent(world, row?.["id"] as EventId);
    expect(functions).toMatchObject([{ outcome: "overlap", text: expect.stringContaining("was alive") }]);
  });

  test("what a cursor has not come to is told as to come", async () => {
    await using world = await startScripted([scripted("sim-f0", {})]);
    const letGo = world.hold((units) => units.some(({ kind }) => kind === "advance_cursor"));
    const events = Array.from({ length: limits.startsPerCommitMax + 1 }, () => ({ name: "sim-f0", data: {} }));
    const { ids } = await world.during(world.engine.sendEvents({ events }));
    const last = ids.at(-1) as EventId;
    const { functions } = await whyEvent(world, last);
    expect(functions).toMatchObject([{ outcome: "pending", function: { slug: "sim-f0", name: "sim-f0" } }]);
    const [fate] = functions;
    await letGo();
    await world.runUntilQuiet();
    expect((await whyEvent(world, last)).functions).toMatchObject([
      { outcome: "started", runId: fate?.outcome === "pending" ? fate.runId : "" },
    ]);
  });
});
