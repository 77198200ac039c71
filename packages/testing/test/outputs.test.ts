import { Stepwell } from "stepwell";
import { expect, test } from "vitest";
import { createTestEngine } from "../src/index.ts";

const client = new Stepwell({ id: "shop" });
const returned = { at: new Date("2026-05-06T12:00:00Z"), stops: new Map([["Bath", 2n]]) };
const trip = client.createFunction({ id: "trip" }, { event: "go" }, async ({ step }) => {
  await step.run("plan", () => 1);
  await step.sleep("until departure", "3 days");
  return { ...returned, none: undefined };
});
const plain = client.createFunction({ id: "plain" }, { event: "go" }, () => ({ n: 1, none: undefined }));

test("what a function returned is what a test sees, over a crash and a restart", async () => {
  await using t = await createTestEngine({ functions: [trip, plain] });
  t.crashAfter("plan");
  await t.send({ name: "go" });
  await t.runUntilIdle();
  await t.restart();
  await t.assert.completed(trip, returned);
  expect((await t.run(trip)).output).toStrictEqual(returned);
  expect((await t.run(plain)).output).toStrictEqual({ n: 1 });
});
