import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTestEngine } from "@stepwell/testing";
import { shop } from "./drip.ts";

describe("in node:test", { concurrency: true }, () => {
  test("a month passes, and what was sent is known", async () => {
    const { drip } = shop();
    await using t = await createTestEngine({ functions: [drip] });
    await t.send({ name: "user/created", data: { id: 7 } });
    await t.assert.waiting(drip, "a month");
    await t.advance("30 days");
    await t.assert.completed(drip, 1);
    await t.assert.sent("user/aged");
  });

  test("a step that fails, a mock and a crash", async () => {
    const { broken, drip } = shop();
    await using t = await createTestEngine({ functions: [broken, drip] });
    await t.send({ name: "break" });
    await t.assert.failed(broken, { message: /ENOENT/ });
    t.mock("read").returns("text");
    t.crashAfter("read");
    await t.send({ name: "break" });
    await t.assert.completed(broken, "text");
    assert.equal(t.stepCalls("read").length, 3);
  });

  test("an assertion that does not hold fails the test", async () => {
    const { drip } = shop();
    await using t = await createTestEngine({ functions: [drip] });
    await t.send({ name: "user/created" });
    await assert.rejects(t.assert.completed(drip), { name: "AssertionError", message: /sleeps in "a month"/ });
  });
});
