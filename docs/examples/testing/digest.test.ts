import { createTestEngine } from "@stepwell/testing";
import { expect, test } from "vitest";
import { digest, digestMail } from "./functions.ts";

const due = { name: "digest/due", data: { readers: ["ada", "bob", "eve"] } };

test("a digest is mailed to each reader", async () => {
  const mailed: unknown[] = [];
  await using t = await createTestEngine({
    functions: [digest, digestMail],
    mocks: { mail: (to) => mailed.push(to) },
  });
  const { runs } = await t.send(due);
  expect(runs.map(({ functionSlug }) => functionSlug)).toEqual(["shop-digest"]);
  await t.assert.sent("digest/mail.due", {}, { times: 3 });
  await t.assert.started(digestMail, 3);
  expect(mailed.toSorted()).toEqual(["ada", "bob", "eve"]);
});

test("everything else can be looked at", async () => {
  await using t = await createTestEngine({ functions: [digest, digestMail] });
  t.mock({ function: digestMail, step: "mail" }).calls((to) => {
    if (to === "bob") throw new TypeError("no address");
    return `mailed ${to}`;
  });
  await t.send(due);
  await t.runUntilIdle();

  const sent = await t.events("digest/mail.due");
  expect(sent.map(({ data }) => data["reader"])).toEqual(["ada", "bob", "eve"]);

  const runs = await t.runs(digestMail);
  expect(runs.map(({ status }) => status).toSorted()).toEqual(["completed", "completed", "failed"]);
  const bob = runs.find(({ status }) => status === "failed");
  if (bob === undefined) throw new Error("nobody failed");
  await t.assert.failed(bob, { name: "TypeError", message: "no address" });
  await t.assert.step(bob, "mail", { state: "failed", error: { message: /address/ }, times: 5 });

  const { steps, endedAt, startedAt } = await t.run(bob);
  expect(steps.map(({ name, input }) => [name, input])).toEqual([["mail", ["bob"]]]);
  expect(Number(endedAt) - Number(startedAt)).toBeGreaterThan(60_000);
});
