import { createTestEngine } from "@stepwell/testing";
import { Stepwell } from "stepwell";
import { expect, test } from "vitest";

const shop = new Stepwell({ id: "shop" });

const drip = shop.createFunction(
  { id: "drip", triggers: { event: "user/created" } },
  async ({ event, step }) => {
    await step.run("welcome", () => `welcome, ${event.data.name}`);
    const paid = await step.waitForEvent("paid", { event: "user/paid", timeout: "30d" });
    return paid === null ? step.run("remind", () => "reminded") : "paid";
  },
);

const report = shop.createFunction(
  { id: "report", triggers: { cron: "0 9 * * 1" } },
  async ({ step }) => step.run("count", () => 3),
);

test("a month passes in milliseconds", async () => {
  await using t = await createTestEngine({ functions: [drip] });
  await t.send({ name: "user/created", data: { name: "Ada" } });
  await t.assert.waiting(drip, "paid");

  await t.advance("30 days");
  await t.assert.completed(drip, "reminded");
  await t.assert.step(drip, "welcome", { output: "welcome, Ada", times: 1 });
});

test("an event ends the wait", async () => {
  await using t = await createTestEngine({ functions: [drip] });
  await t.send({ name: "user/created", data: { name: "Ada" } });
  await t.advance("3 days");
  await t.send({ name: "user/paid", data: {} });
  await t.assert.completed(drip, "paid");
});

test("a schedule", async () => {
  await using t = await createTestEngine({ functions: [report], now: "2026-01-01T00:00:00Z" });
  const [run] = await t.nextCron(report);
  expect(t.now).toEqual(new Date("2026-01-05T09:00:00Z"));
  expect(run).toMatchObject({ status: "completed", output: 3 });
});

test("a step in other hands", async () => {
  await using t = await createTestEngine({ functions: [drip] });
  t.mock("welcome").throwsTimes(2, new Error("the mail server is away")).returns("sent");
  await t.send({ name: "user/created", data: { name: "Ada" } });
  await t.runUntilIdle();
  await t.assert.step(drip, "welcome", { output: "sent", times: 3 });
});

test("the process dies", async () => {
  await using t = await createTestEngine({ functions: [drip] });
  t.crashAfter("welcome");
  await t.send({ name: "user/created", data: { name: "Ada" } });
  await t.runUntilIdle();
  await t.assert.completed(drip, "reminded");
  await t.assert.step(drip, "welcome", { times: 2 });
});
