import { createTestEngine } from "@stepwell/testing";
import { test } from "vitest";
import { stepwell } from "../client.ts";

test("a run that sleeps over a deploy goes on in the new code", async () => {
  const trial = (end: string) =>
    stepwell.createFunction({ id: "trial", triggers: { event: "go" } }, async ({ step }) => {
      await step.sleep("two-weeks", "14d");
      return end;
    });
  const [before, after] = [trial("old"), trial("new")];

  await using t = await createTestEngine({ functions: [before] });
  await t.send({ name: "go" });
  await t.advance("7d");
  await t.deploy([after]);
  await t.advance("7d");
  await t.assert.completed(after, "new");
});
