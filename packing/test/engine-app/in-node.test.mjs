import { test } from "node:test";
import { createTestEngine } from "@stepwell/testing";
import { drip } from "./drip.cjs";

test("a month passes", async () => {
  const t = await createTestEngine({ functions: [drip] });
  await t.send({ name: "user/created", data: { id: 7 } });
  await t.advance("30 days");
  await t.assert.completed(drip, 1);
  await t.assert.sent("user/aged");
  await t.close();
});
