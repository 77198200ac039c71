import { test } from "node:test";
import { createTestEngine } from "@stepwell/testing";
import { drip } from "./functions.ts";

test("who does not buy within thirty days is lost", async () => {
  await using t = await createTestEngine({ functions: [drip] });
  await t.send({ name: "user/created", data: { email: "ada@example.com" } });
  await t.advance("30 days");
  await t.assert.completed(drip, "lost");
});
