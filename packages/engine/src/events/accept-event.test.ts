import { epochMs, type FlowOptions, type FunctionConfig, type FunctionUuid, limits, parseEventIdSeed } from "@stepwell/protocol";
import {
  type AppId,
  type AppRecord,
  type EnvironmentId,
  type FunctionId,
  type FunctionRecord,
  type HolderId,
  rankOfStart,
} from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../testing/index.ts";
import { Registry } from "../apps/registry.ts";
import { type Acceptance, type AcceptContext, decideAccept } from "./accept-event.ts";

const now = epochMs(1_700_000_000_000);
const app: AppRecord = {
  id: 1 as AppId,
  environmentId: 1 as EnvironmentId,
  name: "shop",
  uuid: "u",
  url: "http://localhost:1/",
  sdk: "js:v4",
  checksum: "",
  syncedAt: now,
};

function functionOf(
  id: number,
  slug: string,
  triggers: FunctionConfig["triggers"],
  options: FunctionConfig["options"] = {},
): FunctionRecord {
  const config: FunctionConfig = { slug, name: slug, triggers, url: "http://localhost:1/", retries: 4, options };
  return {
    id: id as FunctionId,
    appId: app.id,
    environmentId: app.environmentId,
    uuid: `${id}` as FunctionUuid,
    slug,
    name: slug,
    config,
    version: 1,
  };
}

function setup(functions: readonly FunctionRecord[], more: Partial<AcceptContext> = {}): AcceptContext {
  const registry = new Registry();
  registry.setFunctions(app, functions);
  return {
    registry,
    now,
    random: new SeededRandom(1),
    environmentId: app.environmentId,
    holder: { id: 1 as HolderId, epoch: 1 },
    room: 100,
    ...more,
  };
}

const accept: (...params: Parameters<typeof decideAccept>) => Acceptance = decideAccept;

const on = (event: string, expression?: string) => ({ kind: "event", event, ...(expression === undefined ? {} : { expression }) }) as const;

describe("an event", () => {
  test("starts each function whose trigger has its name, exactly or by a wildcard, each once", () => {
    const context = setup([
      functionOf(1, "shop-a", [on("order/paid.now")]),
      functionOf(2, "shop-b", [on("order/*"), on("order/paid.*")]),
      functionOf(3, "shop-c", [on("order/")]),
    ]);
    const { entries } = accept({ events: [{ name: "order/paid.now", data: {} }] }, context);
    expect(entries[0]?.map(({ record }) => record.slug)).toEqual(["shop-a", "shop-b"]);
  });

  test("starts nothing where the condition is false, and leaves a reason where it cannot be computed", () => {
    const context = setup([
      functionOf(1, "shop-a", [on("x", "event.data.n > 1")]),
      functionOf(2, "shop-b", [on("x", "event.data.n + true")]),
    ]);
    const { unit } = accept({ events: [{ name: "x", data: { n: 1 } }] }, context);
    expect(unit.events[0]).toMatchObject({ starts: [], outcomes: [{ functionId: 2, kind: "expression_error" }] });
  });

  test("without a condition is not even made into what conditions see", () => {
    const { unit } = accept({ events: [{ name: "x", data: { secret: 1 } }] }, setup([functionOf(1, "shop-a", [on("x")])]));
    expect(unit.events[0]?.starts).toMatchObject([{ functionId: 1, wantsLease: true, dueAt: now, laneKey: "" }]);
  });

  test("with the sender's id starts a function once a day: the start carries a key", () => {
    const { unit } = accept({ events: [{ name: "x", data: {}, externalId: "order-1" }] }, setup([functionOf(1, "shop-a", [on("x")])]));
    expect(unit.events[0]?.starts[0]?.dedupe).toEqual({ key: "event order-1", expiresAt: now + limits.dedupeWindowMs });
  });

  test("of a seed has the seed's id, by its place in the request", () => {
    const seed = parseEventIdSeed("1743130137367,eii2YKXRVTJPuA==");
    if (seed === undefined) throw new Error("the seed is a good one");
    const { ids } = accept(
      {
        events: [
          { name: "x", data: {} },
          { name: "x", data: {} },
        ],
        seed,
      },
      setup([]),
    );
    expect(ids).toEqual(["01JQDAE4RQF8MBCR55T5AK4KXS", "01JQDAE4RQF8MBCR55T5AK4KXT"]);
  });

  test("in the future starts later; counted from the sender's own time where the sender tells it", () => {
    const context = setup([functionOf(1, "shop-a", [on("x")])]);
    const dueAt = (params: Parameters<typeof decideAccept>[0]): number | undefined =>
      accept(params, context).unit.events[0]?.starts[0]?.dueAt;
    const ahead = epochMs(now + 300_000);
    const entropy = new Uint8Array(10);
    expect(dueAt({ events: [{ name: "x", data: {}, ts: ahead }] })).toBe(ahead);
    expect(dueAt({ events: [{ name: "x", data: {}, ts: ahead }], seed: { senderNowAt: ahead, entropy } })).toBe(now);
    expect(dueAt({ events: [{ name: "x", data: {}, ts: epochMs(ahead + 1_000) }], seed: { senderNowAt: ahead, entropy } })).toBe(
      now + 1_000,
    );
    expect(dueAt({ events: [{ name: "x", data: {}, ts: epochMs(0) }] })).toBe(now);
  });

  test("wants a lease only while the node has room, over all events of the request", () => {
    const context = setup([functionOf(1, "shop-a", [on("x")]), functionOf(2, "shop-b", [on("x")])], { room: 3 });
    const { unit } = accept(
      {
        events: [
          { name: "x", data: {} },
          { name: "x", data: {} },
        ],
      },
      context,
    );
    expect(unit.events.flatMap(({ starts }) => starts.map(({ wantsLease }) => wantsLease))).toEqual([true, true, true, false]);
  });

  test("of a function that collects goes into a run that is pending, takes no room, and stands in its own commit", () => {
    const functions = [functionOf(1, "shop-a", [on("x")]), functionOf(2, "shop-b", [on("x")], { debounce: { periodMs: 1_000 } })];
    const events = Array.from({ length: limits.startsPerCommitMax }, () => ({ name: "x", data: {} }));
    const { unit, entries } = accept({ events }, setup(functions, { room: limits.startsPerCommitMax }));
    const starts = unit.events.flatMap((accepted) => accepted.starts);
    expect(starts.filter(({ collect }) => collect !== undefined)).toHaveLength(events.length);
    expect(starts.filter(({ collect, wantsLease }) => collect === undefined && !wantsLease)).toEqual([]);
    expect(unit.events.at(-1)).toMatchObject({
      starts: [{ functionId: 2, collect: { kind: "debounce", key: "" } }],
      rest: [{ functionId: 1 }],
    });
    expect(entries.at(-1)?.map(({ record }) => record.slug)).toEqual(["shop-b"]);
  });

  test("carries a warning onto runs of functions with an expression that fails", () => {
    const context = setup([functionOf(1, "shop-a", [on("x")], { singleton: { mode: "skip", key: "event.data.n - 1" } })]);
    expect(accept({ events: [{ name: "x", data: { n: "text" } }] }, context).unit.events[0]?.starts[0]?.warnings).toContain("singleton: ");
  });

  test.each<[what: string, options: FlowOptions, gates: unknown]>([
    [
      "a rate, all of it at once",
      { rateLimit: { limit: 3, periodMs: 9 } },
      { rateLimit: { key: "", rate: { limit: 3, periodMs: 9, burst: 3 } } },
    ],
    [
      "a smoothed rate, a tenth and one at once",
      { rateLimit: { limit: 29, periodMs: 9, smoothing: true } },
      { rateLimit: { key: "", rate: { limit: 29, periodMs: 9, burst: 3 } } },
    ],
    ["a key for a day", { idempotency: "event.data.k" }, { idempotency: { key: "key v", expiresAt: now + 86_400_000 } }],
    [
      "a key for its window",
      { idempotency: "event.data.k", idempotencyWindowMs: 5 },
      { idempotency: { key: "key v", expiresAt: now + 5 } },
    ],
    ["a singleton", { singleton: { mode: "cancel", key: "event.data.k" } }, { singleton: { key: "v", mode: "cancel" } }],
    ["nothing where the keys lead nowhere", { idempotency: "event.data.no", singleton: { mode: "skip", key: "event.data.no" } }, undefined],
    ["of what is collected the rate, but no singleton", { singleton: { mode: "skip" }, debounce: { periodMs: 1_000 } }, undefined],
  ])("asks of its starts %s", (_, options, gates) => {
    const context = setup([functionOf(1, "shop-a", [on("x")], options)]);
    expect(accept({ events: [{ name: "x", data: { k: "v" } }] }, context).unit.events[0]?.starts[0]?.gates).toEqual(gates);
  });

  test.each([
    [5, 5_000],
    [2.5, 3_000],
    [-2.4, -2_000],
    [600, 600_000],
    [601, 600_000],
    [-1e12, -600_000],
  ])("gives a run the priority of %d, in ms, and no lease", (p, priorityMs) => {
    const context = setup([functionOf(1, "shop-a", [on("x")], { priority: { run: "event.data.p" } })]);
    const [start] = accept({ events: [{ name: "x", data: { p } }] }, context).unit.events[0]?.starts ?? [];
    expect(start).toMatchObject({ priorityMs, rank: rankOfStart(now, priorityMs), wantsLease: false });
  });

  test("with more consequences than a commit holds plans the rest for a cursor, in order, each with its run's id", () => {
    const functions = Array.from({ length: 4 }, (_, index) => functionOf(index + 1, `shop-${index}`, [on("x")]));
    const events = Array.from({ length: limits.startsPerCommitMax / 4 }, () => ({ name: "x", data: {} }));
    expect(accept({ events }, setup(functions)).unit.events.every(({ rest }) => rest === undefined)).toBe(true);
    const { unit, entries } = accept({ events: [...events, { name: "none", data: {} }, { name: "x", data: {} }] }, setup(functions));
    expect(unit.events.at(-2)).not.toHaveProperty("rest");
    expect(unit.events.at(-1)).toMatchObject({ starts: [], rest: [1, 2, 3, 4].map((functionId) => ({ functionId, dueAt: now })) });
    expect(new Set(unit.events.at(-1)?.rest?.map(({ runId }) => runId)).size).toBe(4);
    expect(entries.at(-1)).toEqual([]);
  });
});

describe("the registry", () => {
  test("finds a function by slug, by app and function, and by UUID; archived ones start nothing", () => {
    const registry = new Registry();
    registry.setFunctions(app, [functionOf(1, "shop-a", [on("x")]), { ...functionOf(2, "shop-b", [on("x")]), archivedAt: now }]);
    expect(["shop-a", "shop/a", "1"].map((name) => registry.find(name)?.slug)).toEqual(["shop-a", "shop-a", "shop-a"]);
    expect(registry.triggersFor("x").map(({ entry }) => entry.record.slug)).toEqual(["shop-a"]);
    expect(registry.functions().map(({ slug }) => slug)).toEqual(["shop-a"]);
    // Its runs under way still find it.
    expect(registry.entry(2 as FunctionId)?.record.slug).toBe("shop-b");
  });

  test("of an app that is gone starts nothing", () => {
    const registry = new Registry();
    registry.setFunctions(app, [functionOf(1, "shop-a", [on("x")])]);
    registry.dropApp(app.id, { now: now, drains: false });
    expect(registry.triggersFor("x")).toEqual([]);
    expect(registry.apps()).toEqual([]);
  });
});
