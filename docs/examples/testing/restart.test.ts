import { createTestEngine } from "@stepwell/testing";
import { test } from "vitest";
import { drip } from "./functions.ts";

test("who waits does so over a deploy and a crash", async () => {
  await using t = await createTestEngine({ functions: [drip] });
  await t.send({ name: "user/created", data: { email: "ada@example.com" } });
  await t.restart();
  await t.advance("3 days");
  await t.crash();
  await t.advance("27 days");
  await t.assert.completed(drip, "lost");
  await t.assert.step(drip, "welcome", { times: 1 });
});
