// Debounce and batch with the shipped engine and store in virtual time: when runs begin and with which events, and that
// nothing is lost or begun twice when the process dies around any of their commits.

import { SeededRandom } from "@stepwell/engine/testing";
import { type EventId, epochMs, type IncomingEvent } from "@stepwell/protocol";
import type { Unit } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { type CaseFunction, type ScriptedWorld, startScripted } from "./scripted-world.ts";

const slug = "sim-f0";
const step = { kind: "step", id: "a", failures: 0 } as const;

function functionOf(config: Readonly<Record<string, unknown>>, parts: Partial<CaseFunction> = {}): CaseFunction {
  return { slug, version: 2, program: [step], config, ...parts };
}

const debounced = (more: Readonly<Record<string, unknown>> = {}) => functionOf({ debounce: { period: "10s", ...more } });
const batched = (more: Readonly<Record<string, unknown>> = {}, config: Readonly<Record<string, unknown>> = {}) =>
  functionOf({ batchEvents: { maxSize: 3, timeout: "10s", ...more }, ...config });

type Sent = Partial<IncomingEvent> & { readonly n?: number; readonly key?: string };

async function send(world: ScriptedWorld, ...sent: readonly Sent[]): Promise<readonly EventId[]> {
  const events = sent.map(({ n, key, ...rest }): IncomingEvent => ({ name: slug, data: { n: n ?? 0, key: key ?? "" }, ...rest }));
  return (await world.during(world.engine.sendEvents({ events }))).ids;
}

/** What each run got, in the order in which they began, with the time since the world began. */
function began(world: ScriptedWorld): readonly { readonly at: number; readonly events: readonly unknown[] }[] {
  const t0 = Date.UTC(2026, 0, 1);
  return world.all("select seq, queued_at from runs order by seq").map((run) => ({
    at: (Number(run["queued_at"]) - t0) / 1_000,
    events: world
      .all(
        `select coalesce(e.data, p.body) ->> '$.n' as n
           from (select event_seq, ord from run_events where run_seq = ?1
                 union all select event_seq, 0 from runs where seq = ?1 and not exists (select 1 from run_events where run_seq = ?1)) x
           join events e on e.seq = x.event_seq left join payloads p on p.id = e.data_payload order by x.ord`,
        Number(run["seq"]),
      )
      .map((row) => row["n"]),
  }));
}

describe("a debounced function", () => {
  test("runs once for a burst, with its last event, when nothing came for the period", async () => {
    await using world = await startScripted([debounced()]);
    await send(world, { n: 1 });
    await world.pass(9_000);
    await send(world, { n: 2 });
    await world.pass(9_999);
    expect(began(world)).toEqual([]);
    await world.pass(1);
    expect(began(world)).toEqual([{ at: 19, events: [2] }]);
    expect(world.statuses()).toEqual(["completed"]);
    expect(world.calls[0]?.events).toHaveLength(1);
  });

  test("runs at its cap whatever still comes, on every cycle, and the next event opens a new window", async () => {
    await using world = await startScripted([debounced({ timeout: "25s" })]);
    for (let n = 0; n < 60; n += 1) {
      await send(world, { n });
      await world.pass(1_000);
    }
    await world.pass(60_000);
    expect(began(world)).toEqual([
      { at: 25, events: [24] },
      { at: 50, events: [49] },
      { at: 69, events: [59] },
    ]);
  });

  test("keeps the last accepted event, also at equal times, and one that is older by its sender's time counts for nothing", async () => {
    await using world = await startScripted([debounced()]);
    const ts = world.clock.now();
    await send(world, { n: 1, ts }, { n: 2, ts }, { n: 3, ts: epochMs(ts - 1) });
    await world.pass(5_000);
    await send(world, { n: 4, ts: epochMs(ts - 1) });
    await world.pass(5_000);
    expect(began(world)).toEqual([{ at: 10, events: [2] }]);
  });

  test("has a window for each key; what leads nowhere, and what fails, is one key, and the run of a failed one says so", async () => {
    await using world = await startScripted([debounced({ key: "event.data.key + event.data.missing" })]);
    await send(world, { n: 1, key: "a" }, { n: 2, key: "b" }, { n: 3, key: "a" });
    await world.pass(10_000);
    expect(began(world).map(({ events }) => events)).toEqual([[3], [2]]);

    await using other = await startScripted([debounced({ key: "event.data.key - 1" })]);
    await send(other, { n: 1, key: "a" }, { n: 2, key: "b" });
    await other.pass(10_000);
    expect(began(other)).toEqual([{ at: 10, events: [2] }]);
    expect(other.all("select warnings from runs")).toEqual([{ warnings: expect.stringContaining("debounce.key") }]);
  });

  test("every event says what became of it, duplicates too", async () => {
    await using world = await startScripted([debounced()]);
    await send(world, { n: 1, externalId: "x" }, { n: 2 }, { n: 3, externalId: "x" });
    await world.pass(10_000);
    await send(world, { n: 4, externalId: "x" });
    await world.pass(20_000);
    expect(began(world)).toEqual([{ at: 10, events: [2] }]);
    const [run] = world.all("select id from runs");
    const outcomes = world.all("select kind, detail from event_outcomes order by event_seq");
    expect(outcomes.map(({ kind }) => kind)).toEqual(["debounced", "debounced", "duplicate", "duplicate"]);
    expect(new Set(outcomes.map(({ detail }) => detail))).toEqual(new Set([run?.["id"]]));
  });

  test("counts its deadlines and what would cancel it from its beginning", async () => {
    const config = { debounce: { period: "10s" }, cancel: [{ event: "sim/stop" }], timeouts: { start: "5s" } };
    await using world = await startScripted([functionOf(config, { program: [{ kind: "sleep", id: "s", ms: 60_000 }] })]);
    await send(world, { n: 1 });
    await send(world, { name: "sim/stop" });
    await world.pass(15_000);
    expect(world.statuses()).toEqual(["running"]);
    await send(world, { name: "sim/stop" });
    expect(world.statuses()).toEqual(["cancelled"]);
  });

  test("a tick of its schedule is debounced like any event", async () => {
    await using world = await startScripted([functionOf({ debounce: { period: "90s" }, triggers: [{ cron: "* * * * *" }] })]);
    await world.pass(5 * 60_000 + 1_000);
    expect(world.all("select id from runs")).toEqual([]);
    expect(world.all("select kind from event_outcomes")).toEqual(Array.from({ length: 5 }, () => ({ kind: "debounced" })));
  });

  test("a function that was taken away meanwhile runs when it is back", async () => {
    await using world = await startScripted([debounced(), functionOf({ triggers: [{ event: "other" }] }, { slug: "sim-other" })]);
    await send(world, { n: 1 });
    await world.during(world.register([functionOf({ triggers: [{ event: "other" }] }, { slug: "sim-other" })]));
    await world.pass(20_000);
    expect(world.statuses()).toEqual(["queued"]);
    await world.during(world.register([debounced()]));
    await world.pass(1_000);
    expect(world.statuses()).toEqual(["completed"]);
  });
});

describe("a function that takes batches", () => {
  test("runs with all events when its first one's time is over, which later ones do not move", async () => {
    await using world = await startScripted([batched()]);
    await send(world, { n: 1, ts: epochMs(world.clock.now() + 500_000) });
    await world.pass(9_999);
    await send(world, { n: 2 });
    expect(began(world)).toEqual([]);
    await world.pass(1);
    expect(began(world)).toEqual([{ at: 10, events: [1, 2] }]);
    expect(world.calls[0]?.events.map(({ data }) => JSON.parse(data).n)).toEqual([1, 2]);
    expect(world.statuses()).toEqual(["completed"]);
  });

  test("runs at once when it is full, however many events one request brought, in the order of acceptance", async () => {
    await using world = await startScripted([batched()]);
    await send(world, ...Array.from({ length: 8 }, (_, n) => ({ n })));
    expect(began(world)).toEqual([
      { at: 0, events: [0, 1, 2] },
      { at: 0, events: [3, 4, 5] },
    ]);
    await send(world, { n: 8 }, { n: 9 });
    await world.pass(10_000);
    expect(began(world).slice(2)).toEqual([
      { at: 0, events: [6, 7, 8] },
      { at: 10, events: [9] },
    ]);
  });

  test("runs at once when its events have too many bytes for another", async () => {
    await using world = await startScripted([batched({ maxSize: 100 })]);
    const data = { n: 1, text: "x".repeat(3_000_000) };
    for (let sent = 0; sent < 4; sent += 1) await world.during(world.engine.sendEvents({ events: [{ name: slug, data }] }));
    expect(began(world)).toEqual([{ at: 0, events: [1, 1, 1] }]);
  });

  test("an event whose condition is false or cannot be computed runs alone at once", async () => {
    await using world = await startScripted([
      batched({ if: "event.data.n > 5" }),
      functionOf({ triggers: [{ event: "none" }] }, { slug: "b" }),
    ]);
    await send(world, { n: 9 }, { n: 1 }, { n: 10 }, { data: { n: "text" } });
    expect(began(world).map(({ events }) => events)).toEqual([[1], ["text"]]);
    await world.pass(10_000);
    expect(began(world).at(-1)).toEqual({ at: 10, events: [9, 10] });

    await using other = await startScripted([batched({ if: "event.data.n - event.data.key" })]);
    await send(other, { n: 1, key: "a" });
    expect(began(other)).toEqual([{ at: 0, events: [1] }]);
    expect(other.all("select warnings from runs")).toEqual([{ warnings: expect.stringContaining("batchEvents.if") }]);
  });

  test("has a batch for each key", async () => {
    await using world = await startScripted([batched({ key: "event.data.key" })]);
    await send(world, ...["a", "b", "a", "b", "a"].map((key, n) => ({ n, key })));
    expect(began(world)).toEqual([{ at: 0, events: [0, 2, 4] }]);
    await world.pass(10_000);
    expect(began(world).at(-1)).toEqual({ at: 10, events: [1, 3] });
  });

  test("is cancelled by what the first event says, and has its deadlines", async () => {
    const rules = { cancel: [{ event: "sim/stop", if: "async.data.n == event.data.n" }], timeouts: { finish: "1h" } };
    const nap = { program: [{ kind: "sleep", id: "s", ms: 60_000 }] } as const;
    await using world = await startScripted([{ ...batched({}, rules), ...nap }]);
    await send(world, { n: 1 }, { n: 2 }, { n: 3 });
    await send(world, { name: "sim/stop", n: 2 });
    expect(world.statuses()).toEqual(["running"]);
    await send(world, { name: "sim/stop", n: 1 });
    expect(world.statuses()).toEqual(["cancelled"]);
    expect(world.all("select * from timers")).toEqual([]);
  });

  test("the ticks of its schedule run alone", async () => {
    await using world = await startScripted([batched({}, { triggers: [{ event: slug }, { cron: "* * * * *" }] })]);
    await world.pass(59_000);
    await send(world, { n: 1 });
    await world.pass(1_000);
    expect(began(world)).toEqual([{ at: 60, events: [null] }]);
    await world.pass(9_000);
    expect(began(world).at(-1)).toEqual({ at: 69, events: [1] });
  });

  test("what it asks for anew holds from the next event on", async () => {
    await using world = await startScripted([batched({ maxSize: 10 })]);
    await send(world, { n: 1 });
    await world.during(world.register([batched({ maxSize: 2 })]));
    await send(world, { n: 2 });
    expect(began(world)).toEqual([{ at: 0, events: [1, 2] }]);
    await send(world, { n: 3 });
    await world.during(world.register([functionOf({})]));
    await send(world, { n: 4 });
    await world.pass(10_000);
    expect(began(world).slice(1)).toEqual([
      { at: 0, events: [4] },
      { at: 10, events: [3] },
    ]);
  });

  test("of an event that starts more than one commit holds, the batch is in the event's own commit", async () => {
    const crowd = Array.from({ length: 3 }, (_, index) => functionOf({ triggers: [{ event: "many" }] }, { slug: `sim-crowd${index}` }));
    await using world = await startScripted([...crowd, { ...batched({}, { triggers: [{ event: "many" }] }) }]);
    const events = Array.from({ length: 400 }, (_, n): IncomingEvent => ({ name: "many", data: { n } }));
    await world.during(world.engine.sendEvents({ events }));
    await world.pass(10_000);
    const batches = world.all(
      "select r.seq, count(*) as count from runs r join run_events e on e.run_seq = r.seq join functions f on f.id = r.function_id where f.slug = ? group by r.seq",
      slug,
    );
    expect(batches.map(({ count }) => count)).toEqual([...Array.from({ length: 133 }, () => 3), 1]);
    const accepted = world.batches.flat().filter(({ kind }) => kind === "accept") as readonly Extract<Unit, { kind: "accept" }>[];
    expect(
      accepted.flatMap((unit) => unit.events.flatMap(({ starts }) => starts)).filter(({ collect }) => collect !== undefined),
    ).toHaveLength(400);
  });
});

describe("steps that invoke a function whose events are collected", () => {
  const invoke = (id: string) => ({ kind: "invoke", id, functionName: slug, propagateCancel: false, timeoutMs: 3_600_000 }) as const;
  const parent = (config: Readonly<Record<string, unknown>> = {}): CaseFunction => ({
    ...{ slug: "sim-parent", version: 2, config },
    program: [invoke("i")],
  });
  const memos = (world: ScriptedWorld) =>
    world
      .all(
        "select coalesce(j.memo ->> '$.error.code', 'done') as memo from journal_entries j where j.op = 'InvokeFunction' order by j.run_seq",
      )
      .map(({ memo }) => memo);

  test("all have the result of the batch", async () => {
    await using world = await startScripted([parent(), batched()]);
    const events = [1, 2].map((n): IncomingEvent => ({ name: "sim-parent", data: { n } }));
    await world.during(world.engine.sendEvents({ events }));
    await send(world, { n: 3 });
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["completed", "completed", "completed"]);
    expect(memos(world)).toEqual(["done", "done"]);
  });

  test("one whose event is not kept fails at once, and one whose event is kept has the result", async () => {
    await using world = await startScripted([parent(), debounced()]);
    for (const n of [1, 2]) {
      await world.during(world.engine.sendEvents({ events: [{ name: "sim-parent", data: { n } }] }));
      await world.pass(1_000);
    }
    expect(world.all("select count(*) as count from waits where kind = 3")).toEqual([{ count: 1 }]);
    await world.runUntilQuiet();
    expect(memos(world)).toEqual(["debounced", "done"]);
  });

  test("a person who invokes has the id of the run from the beginning", async () => {
    await using world = await startScripted([batched()]);
    const invoked = await world.during(world.engine.invokeFunction({ functionName: slug, payload: { data: { n: 1 } } }));
    const again = await world.during(world.engine.invokeFunction({ functionName: slug, payload: { data: { n: 2 } } }));
    expect(invoked).toMatchObject({ kind: "started" });
    await world.pass(10_000);
    const [run] = world.all("select id from runs");
    expect([invoked, again]).toMatchObject([{ runId: run?.["id"] }, { runId: run?.["id"] }]);
  });
});

const isOf = (kind: Unit["kind"]) => (units: readonly Unit[]) => units.some((unit) => unit.kind === kind);

describe("when the process dies", () => {
  test.each(["accept", "start_pending"] as const)("before or after it commits %s, each event is in one run", async (kind) => {
    for (const isAfter of [false, true])
      for (const made of [debounced(), batched()]) {
        await using world = await startScripted([made]);
        await send(world, { n: 1 });
        if (kind === "accept") {
          if (isAfter) world.loseAnswerOf(isOf(kind));
          else world.hold(isOf(kind));
          world.send(slug, { n: 2 }, 7).catch(() => undefined);
          await world.settle();
        } else {
          await send(world, { n: 2 });
          if (isAfter) world.loseAnswerOf(isOf(kind));
          else world.hold(isOf(kind));
          await world.pass(10_000);
        }
        world.kill();
        await world.start();
        if (kind === "accept") await world.send(slug, { n: 2 }, 7);
        await world.pass(20_000);
        expect(began(world).map(({ events }) => events)).toEqual([made.config?.["debounce"] === undefined ? [1, 2] : [2]]);
        expect(world.statuses()).toEqual(["completed"]);
      }
  });

  test("for long, what was due begins in the order of its time when the next one starts", async () => {
    await using world = await startScripted([debounced({ key: "event.data.key" })]);
    await send(world, { n: 1, key: "a" });
    await world.pass(1_000);
    await send(world, { n: 2, key: "b" });
    world.kill();
    await world.pass(3_600_000);
    await world.start();
    await world.pass(1_000);
    expect(began(world).map(({ at, events }) => [at, events])).toEqual([
      [3_601, [1]],
      [3_601, [2]],
    ]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("at random, nothing is lost and nothing runs twice (seed %i)", async (seed) => {
    const chance = new SeededRandom(seed);
    const functions = [
      functionOf(
        { triggers: [{ event: "x" }], debounce: { period: "3s", timeout: "7s", key: "event.data.key" } },
        { slug: "sim-debounced" },
      ),
      functionOf(
        { triggers: [{ event: "x" }], batchEvents: { maxSize: 4, timeout: "5s", key: "event.data.key" } },
        { slug: "sim-batched" },
      ),
    ];
    await using world = await startScripted(functions);
    let sent = 0;
    for (let turn = 0; turn < 120; turn += 1) {
      const [kind, isAfter] = [chance.pick(["accept", "start_pending", "call"] as const), chance.chance(0.5)];
      const crashes = chance.chance(0.2);
      if (crashes && isAfter) world.loseAnswerOf(isOf(kind));
      if (crashes && !isAfter) world.hold(isOf(kind));
      sent += 1;
      const data = { n: sent, key: chance.pick(["a", "b", "c"]) };
      const sending = world.send("x", data, sent).catch(() => undefined);
      await world.pass(chance.below(2_500));
      if (!crashes) {
        await sending;
        continue;
      }
      world.kill();
      await world.start();
      await world.send("x", data, sent);
    }
    await world.pass(60_000);
    expect(world.all("select count(*) as count from events")).toEqual([{ count: sent }]);
    expect(new Set(world.statuses())).toEqual(new Set(["completed"]));
    // Each event is in one batch, and its outcome names it.
    expect(
      world.all(
        `select e.seq from events e where 1 <> (select count(*) from run_events x join runs r on r.seq = x.run_seq join functions f on f.id = r.function_id
          join event_outcomes o on o.event_seq = e.seq and o.function_id = f.id and o.kind = 'batched' and o.detail = r.id where x.event_seq = e.seq and f.slug = 'sim-batched')`,
      ),
    ).toEqual([]);
    // Each event is in one debounce, whose run has the last of its events.
    expect(
      world.all(
        `select r.id from runs r join functions f on f.id = r.function_id where f.slug = 'sim-debounced' and r.event_seq <>
          (select max(o.event_seq) from event_outcomes o where o.kind = 'debounced' and o.detail = r.id)`,
      ),
    ).toEqual([]);
    expect(
      world.all(
        `select e.seq from events e where 1 <> (select count(*) from event_outcomes o join runs r on r.id = o.detail where o.event_seq = e.seq and o.kind = 'debounced')`,
      ),
    ).toEqual([]);
    for (const table of ["pending_runs", "pending_events", "timers"]) expect(world.all(`select * from ${table}`)).toEqual([]);
  });
});
