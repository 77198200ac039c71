// Many debounces and batches that are due in the same millisecond, with the shipped engine and store in virtual time: what
// their starts cost.

import type { IncomingEvent } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { startScripted } from "./scripted-world.ts";

const slug = "sim-f0";
const count = 1_000;

describe("of a thousand that are due at once", () => {
  test.each([
    ["debounces", { debounce: { period: "10s", key: "event.data.key" } }],
    ["batches", { batchEvents: { maxSize: 2, timeout: "10s", key: "event.data.key" } }],
  ])("the starts are few commits, and no run goes through the queue: %s", async (_, config) => {
    await using world = await startScripted([{ slug, version: 2, program: [{ kind: "step", id: "a", failures: 0 }], config }]);
    const events = Array.from({ length: count }, (_, n): IncomingEvent => ({ name: slug, data: { key: `k${n}` } }));
    await world.during(world.engine.sendEvents({ events }));
    await world.pass(9_999);
    expect(world.statuses()).toEqual([]);
    const before = world.engine.gauges();
    await world.pass(1);
    const after = world.engine.gauges();
    expect(world.all("select count(*) as runs, count(distinct queued_at) as times from runs where status = 2")).toEqual([
      { runs: count, times: 1 },
    ]);
    // Starts and replies share their commits; a row in the queue for each would be two more.
    expect(after.commits - before.commits).toBeLessThanOrEqual(15);
    expect(after.rowsWritten - before.rowsWritten).toBe(8 * count);
  });
});
