// A wait for several events goes on with the first of them.

import { Stepwell } from "stepwell";
import { expect, test } from "vitest";
import { createTestEngine } from "../src/index.ts";

const client = new Stepwell({ id: "shop" });
const answer = client.createFunction({ id: "answer", triggers: { event: "asked" } }, async ({ event, step }) => {
  const said = await step.waitForEvent("said", { events: ["yes", "no"], match: "data.id", timeout: "2d" });
  await step.sleep("later", "5d");
  return `${event.data.id} ${said?.name ?? "nothing"}`;
});

test("whichever it is, and the waits for the others are over", async () => {
  await using t = await createTestEngine({ functions: [answer] });
  await t.send([
    { name: "asked", data: { id: 1 } },
    { name: "asked", data: { id: 2 } },
  ]);
  await t.send({ name: "no", data: { id: 1 } });
  await t.send({ name: "yes", data: { id: 1 } });
  await t.send({ name: "yes", data: { id: 2 } });
  await t.runUntilIdle();
  expect((await t.runs(answer)).map(({ output }) => output).sort()).toEqual(["1 no", "2 yes"]);
  const [run] = await t.runs(answer);
  expect(run?.steps.map(({ name }) => name)).toEqual(expect.arrayContaining(["said: yes", "later"]));
});

test("null when the time of all is over", async () => {
  await using t = await createTestEngine({ functions: [answer] });
  const start = t.now.getTime();
  await t.send({ name: "asked", data: { id: 1 } });
  await t.runUntilIdle();
  const run = await t.run(answer);
  expect(run).toMatchObject({ status: "completed", output: "1 nothing" });
  expect(Math.round((t.now.getTime() - start) / 86_400_000)).toBe(7);
});

test("an empty list is refused", async () => {
  const none = client.createFunction({ id: "none", triggers: { event: "asked" } }, ({ step }) =>
    step.waitForEvent("said", { events: [], timeout: "2d" }),
  );
  await using t = await createTestEngine({ functions: [none] });
  await t.send({ name: "asked" });
  await t.runUntilIdle();
  expect(await t.run(none)).toMatchObject({ status: "failed", error: { message: expect.stringContaining("needs the event's name") } });
});
