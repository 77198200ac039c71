// JavaScript, because Jest brings no types of its own; the kit and the functions beside it are TypeScript.
import { createTestEngine } from "@stepwell/testing";
import { shop } from "./drip.ts";

const { describe, expect, test } = globalThis;

describe("in Jest", () => {
  test("a month passes, and what was sent is known", async () => {
    const { drip } = shop();
    const t = await createTestEngine({ functions: [drip] });
    await t.send({ name: "user/created", data: { id: 7 } });
    await t.assert.waiting(drip, "a month");
    await t.advance("30 days");
    await t.assert.completed(drip, 1);
    await t.assert.sent("user/aged");
    await t.close();
  });

  test("a step that fails, a mock and a crash", async () => {
    const { broken, drip } = shop();
    const t = await createTestEngine({ functions: [broken, drip] });
    await t.send({ name: "break" });
    await t.assert.failed(broken, { message: /ENOENT/ });
    t.mock("read").returns("text");
    t.crashAfter("read");
    await t.send({ name: "break" });
    await t.assert.completed(broken, "text");
    expect(t.stepCalls("read")).toHaveLength(3);
    await t.close();
  });

  test("an assertion that does not hold fails the test", async () => {
    const { drip } = shop();
    const t = await createTestEngine({ functions: [drip] });
    await t.send({ name: "user/created" });
    await expect(t.assert.completed(drip)).rejects.toThrow('sleeps in "a month"');
    await t.close();
  });

  test("faked timers are the test's own", async () => {
    const { jest } = import.meta;
    jest.useFakeTimers();
    const { drip } = shop();
    const t = await createTestEngine({ functions: [drip] });
    await t.send({ name: "user/created" });
    await t.advance("30 days");
    await t.assert.completed(drip);
    await t.close();
    jest.useRealTimers();
  });
});
