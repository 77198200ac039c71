// Priority, cancelOn and timeouts together with whatever else starts a run: a debounce, an invoke, a schedule, a rerun, a
// time in the future.
// Method: the shipped engine and store in virtual time; one slot, which a run holds until the test lets it go.

import type { Call } from "@stepwell/engine";
import { type EventIdSeed, epochMs, type JsonObject, type Op, type Reply, type RunId } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { afterStep, failed, result, SyncWorld, sleep, stepOf } from "./sync-world.ts";

const minute = 60_000;
const oneSlot = { concurrency: [{ limit: 1 }] };
const ranked = { ...oneSlot, priority: { run: "int(event.data.rank)" } };

interface Slot {
  /** The runs that were called since, by the number that their event or their tick goes by. */
  readonly order: number[];
  free(): Promise<void>;
}

const numberOf = (call: Call): number => {
  const { data } = JSON.parse(`{"data":${call.events[0]?.data ?? "{}"}}`) as { readonly data: { readonly n?: number } };
  return data.n ?? -1;
};

/** Runs of the function are called from now on; the first of them answers when the slot is let go. */
async function holdSlot(world: SyncWorld, slug = "app-f"): Promise<Slot> {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const order: number[] = [];
  world.scripts.set(slug, (call) => {
    order.push(numberOf(call));
    return order.length === 1 ? promise : result("done");
  });
  return {
    order,
    async free() {
      resolve(result("done"));
      await world.settle();
    },
  };
}

let sent = 0;
/** Sends an event whose time is in the future. */
async function sendFor(world: SyncWorld, name: string, data: Readonly<Record<string, number>>, inMs: number): Promise<RunId> {
  sent += 1;
  const ts = epochMs(world.clock.now() + inMs);
  const seed: EventIdSeed = { senderNowAt: world.clock.now(), entropy: new Uint8Array(10).fill(100 + sent) };
  const { ids } = await world.done(world.engine.sendEvents({ events: [{ name, data, ts }], seed }));
  const [run] = ids[0] === undefined ? [] : await world.engine.reports.eventRuns(ids[0]);
  if (run === undefined) throw new Error("nothing was started");
  return run.id;
}

function invokeChild(data: JsonObject): Op {
  return { ...stepOf("i"), kind: "InvokeFunction", functionName: "app-child", payload: { data }, timeout: "1h", propagateCancel: false };
}

describe("a priority", () => {
  test("orders runs that a debounce let go", async () => {
    await using world = await SyncWorld.start();
    await world.sync("app", [{ id: "f", options: { ...ranked, debounce: { period: "1s", key: "event.data.n" } } }]);
    const slot = await holdSlot(world);
    await world.send("f", { n: 0, rank: 0 });
    await world.pass(1_000);
    for (const [n, rank] of [
      [1, 0],
      [2, 100],
      [3, 50],
    ] as const)
      await world.send("f", { n, rank });
    await world.pass(1_000);
    await slot.free();
    expect(slot.order).toEqual([0, 2, 3, 1]);
  });

  test("orders runs that others invoked", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", (call) =>
      afterStep(invokeChild(JSON.parse(call.events[0]?.data ?? "{}") as JsonObject), () => result("done"))(call),
    );
    await world.sync("app", [{ id: "f" }, { id: "child", options: ranked }]);
    const slot = await holdSlot(world, "app-child");
    for (const [n, rank] of [
      [0, 0],
      [1, 0],
      [2, 100],
    ] as const)
      await world.send("f", { n, rank });
    await slot.free();
    expect(slot.order).toEqual([0, 2, 1]);
  });

  test("orders the tick of a schedule among the runs of events", async () => {
    await using world = await SyncWorld.start();
    const priority = { run: "event.name == 'f' ? 0 : 300" };
    await world.sync("app", [{ id: "f", on: [{ event: "f" }, { cron: "* * * * *" }], options: { ...oneSlot, priority } }]);
    const slot = await holdSlot(world);
    await world.send("f", { n: 0 });
    await world.send("f", { n: 1 });
    await world.pass(minute);
    await slot.free();
    expect(slot.order).toEqual([0, -1, 1]);
  });

  test("is the rerun's as it was the run's", async () => {
    await using world = await SyncWorld.start();
    await world.sync("app", [{ id: "f", options: ranked }]);
    const [first] = await world.send("f", { n: 7, rank: 100 });
    const slot = await holdSlot(world);
    await world.send("f", { n: 0, rank: 0 });
    await world.send("f", { n: 1, rank: 0 });
    const again = await world.done(world.engine.rerun({ runId: first as RunId }));
    expect(again.kind).toBe("started");
    await slot.free();
    expect(slot.order).toEqual([0, 7, 1]);
  });

  test("orders runs whose time came at once", async () => {
    await using world = await SyncWorld.start();
    await world.sync("app", [{ id: "f", options: ranked }]);
    const slot = await holdSlot(world);
    await world.send("f", { n: 0, rank: 0 });
    await sendFor(world, "f", { n: 1, rank: 0 }, minute);
    await sendFor(world, "f", { n: 2, rank: 100 }, minute);
    await world.pass(minute);
    await slot.free();
    expect(slot.order).toEqual([0, 2, 1]);
  });
});

describe("cancelOn", () => {
  const options = { cancel: [{ event: "stop" }] };
  const napping = afterStep(sleep("nap", "1h"), () => result("done"));

  test("cancels the run of a tick", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", napping);
    await world.sync("app", [{ id: "f", on: [{ cron: "* * * * *" }], options }]);
    await world.pass(minute);
    const runId = world.callsOf("app-f")[0]?.runId;
    await world.send("stop");
    expect(await world.run(runId)).toMatchObject({ status: "cancelled", cancelReason: expect.stringMatching(/^event /) });
  });

  test("cancels a rerun, by what its event says, and not by what came before it began", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set("app-f", napping);
    await world.sync("app", [{ id: "f", options: { cancel: [{ event: "stop", if: "event.data.n == async.data.n" }] } }]);
    const [first] = await world.send("f", { n: 1 });
    await world.send("stop", { n: 1 });
    expect((await world.run(first)).status).toBe("cancelled");
    const again = await world.done(world.engine.rerun({ runId: first as RunId }));
    const rerun = again.kind === "started" ? again.runId : undefined;
    expect((await world.run(rerun)).status).toBe("running");
    await world.send("stop", { n: 2 });
    expect((await world.run(rerun)).status).toBe("running");
    await world.send("stop", { n: 1 });
    expect((await world.run(rerun)).status).toBe("cancelled");
  });
});

describe("a rerun", () => {
  test("waits for the slot of its key", async () => {
    await using world = await SyncWorld.start();
    await world.sync("app", [{ id: "f", options: { concurrency: [{ limit: 1, key: "event.data.n" }] } }]);
    const [first] = await world.send("f", { n: 1 });
    const slot = await holdSlot(world);
    await world.send("f", { n: 1 });
    const again = await world.done(world.engine.rerun({ runId: first as RunId }));
    expect([again.kind, slot.order]).toEqual(["started", [1]]);
    await slot.free();
    expect(slot.order).toEqual([1, 1]);
  });

  test("is cancelled where it does not begin in time", async () => {
    await using world = await SyncWorld.start();
    await world.sync("app", [{ id: "f", options: { ...oneSlot, timeouts: { start: "10m" } } }]);
    const [first] = await world.send("f");
    const slot = await holdSlot(world);
    await world.send("f", { n: 0 });
    const again = await world.done(world.engine.rerun({ runId: first as RunId }));
    await world.pass(10 * minute);
    await slot.free();
    expect(await world.run(again.kind === "started" ? again.runId : undefined)).toMatchObject({
      status: "cancelled",
      cancelReason: "start_timeout",
    });
    expect(slot.order).toEqual([0]);
  });

  test("has the whole time for its end, whatever the run before it took", async () => {
    await using world = await SyncWorld.start();
    world.scripts.set(
      "app-f",
      afterStep(sleep("nap", "40m"), () => failed()),
    );
    await world.sync("app", [{ id: "f", retries: 0, options: { timeouts: { finish: "1h" } } }]);
    const [first] = await world.send("f");
    await world.pass(50 * minute);
    expect((await world.run(first)).status).toBe("failed");
    world.scripts.set(
      "app-f",
      afterStep(sleep("nap", "2h"), () => result("done")),
    );
    const again = await world.done(world.engine.rerun({ runId: first as RunId }));
    const rerun = again.kind === "started" ? again.runId : undefined;
    await world.pass(59 * minute);
    expect((await world.run(rerun)).status).toBe("running");
    await world.pass(minute);
    expect(await world.run(rerun)).toMatchObject({ status: "cancelled", cancelReason: "finish_timeout" });
  });
});

test("the time for a start counts from its acceptance, also of an event whose time is in the future", async () => {
  await using world = await SyncWorld.start();
  await world.sync("app", [{ id: "f", options: { timeouts: { start: "10m" } } }]);
  const early = await sendFor(world, "f", {}, 5 * minute);
  const late = await sendFor(world, "f", {}, 20 * minute);
  await world.pass(30 * minute);
  expect([(await world.run(early)).status, (await world.run(late)).status]).toEqual(["completed", "cancelled"]);
  expect((await world.run(late)).cancelReason).toBe("start_timeout");
});
