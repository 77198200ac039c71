import { createTestEngine, type TestEngine } from "@stepwell/testing";
import { afterEach, beforeEach, test } from "vitest";
import { order } from "./functions.ts";

let t: TestEngine;
beforeEach(async () => {
  t = await createTestEngine({ functions: [order] });
});
afterEach(() => t.close());

test("an order that cannot be charged for a minute is shipped after it", async () => {
  const charge = t.mock("charge").throws(new Error("503"));
  await t.send({ name: "order/placed", data: { order: "A-1" } });
  await t.advance("1m");
  await t.assert.noStep(order, "ship");

  charge.restore();
  await t.runUntilIdle();
  await t.assert.completed(order, "ch_A-1");
});
