import { createTestEngine } from "@stepwell/testing";
import { NonRetriableError } from "stepwell";
import { expect, test } from "vitest";
import { order } from "./functions.ts";

const placed = { name: "order/placed", data: { order: "A-1" } };

test("a card that is declined twice is charged the third time", async () => {
  await using t = await createTestEngine({ functions: [order] });
  t.mock("charge").throwsTimes(2, new Error("declined")).returns({ id: "ch_1" });
  await t.send(placed);
  await t.assert.step(order, "charge", { state: "retrying", times: 1 });

  await t.runUntilIdle();
  await t.assert.completed(order, "ch_1");
  await t.assert.step(order, "charge", { times: 3 });
});

test("a stolen card ends the run at once", async () => {
  await using t = await createTestEngine({ functions: [order] });
  t.mock("charge").throws(new NonRetriableError("stolen"));
  await t.send(placed);
  await t.assert.failed(order, { message: "stolen" });
  await t.assert.noStep(order, "ship");
});

test("a crash between the charge and its record charges again, and ships once", async () => {
  await using t = await createTestEngine({ functions: [order] });
  t.crashAfter("charge");
  await t.send(placed);
  await t.runUntilIdle();
  await t.assert.completed(order);
  await t.assert.step(order, "charge", { times: 2 });
  await t.assert.step(order, "ship", { times: 1 });
});

test("a crash after the record does not", async () => {
  await using t = await createTestEngine({ functions: [order] });
  t.crashAfter("charge", { recorded: true });
  await t.send(placed);
  await t.assert.completed(order);
  expect(t.stepCalls("charge")).toHaveLength(1);
});
