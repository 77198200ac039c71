import { createTestEngine } from "@stepwell/testing";
import { test } from "vitest";
import { fulfil } from "./functions.ts";

test("an order is fulfilled", async () => {
  await using engine = await createTestEngine({ functions: [fulfil] });
  await engine.send({ name: "shop/order.placed", data: { total: 42 } });
  await engine.assert.waiting(fulfil, "let-the-ink-dry");

  await engine.advance("3 seconds");
  await engine.assert.completed(fulfil, { charged: 42 });
});
