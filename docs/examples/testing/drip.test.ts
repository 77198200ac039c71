import { createTestEngine } from "@stepwell/testing";
import { expect, test } from "vitest";
import { drip } from "./functions.ts";

test("who does not buy within thirty days is lost", async () => {
  await using t = await createTestEngine({ functions: [drip] });
  await t.send({ name: "user/created", data: { email: "ada@example.com" } });
  await t.assert.step(drip, "welcome", { state: "completed", times: 1 });
  await t.assert.waiting(drip, "three-days");

  await t.advance("3 days");
  await t.assert.waiting(drip, "bought");

  await t.advance("27 days");
  await t.assert.completed(drip, "lost");
  await t.assert.sent("user/lost", { email: "ada@example.com" });
});

test("who buys is a customer", async () => {
  await using t = await createTestEngine({ functions: [drip] });
  await t.send({ name: "user/created", data: { email: "ada@example.com" } });
  await t.advance("5 days");
  await t.send({ name: "order/paid", data: { email: "ada@example.com" } });
  const run = await t.assert.completed(drip, "customer");
  expect(run.steps.map(({ name }) => name)).toEqual(["welcome", "three-days", "tips", "bought"]);
});
