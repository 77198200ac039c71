import { createTestEngine } from "@stepwell/testing";
import { expect, test } from "vitest";
import { payOut } from "./functions.ts";

test("nothing is paid out for a minute after three failures", async () => {
  await using t = await createTestEngine({ functions: [payOut] });
  t.mock("pay").throws(new Error("503"));
  await t.send(["ada", "bob", "eve"].map((to) => ({ name: "payout/due", data: { to } })));
  expect(t.engine.breakers.list()).toMatchObject([{ slug: "shop-pay-out", status: "open" }]);

  t.mock("pay").returns("paid");
  await t.advance("59s");
  await t.assert.step(payOut, "pay", { state: "retrying" });
  await t.runUntilIdle();
  await t.assert.completed(payOut, "paid");
  expect(t.engine.breakers.list()).toMatchObject([{ status: "closed" }]);
});
