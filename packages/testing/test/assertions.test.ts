import { AssertionError } from "node:assert";
import { Stepwell } from "stepwell";
import { describe, expect, test } from "vitest";
import { createTestEngine } from "../src/index.ts";

const client = new Stepwell({ id: "shop" });
const order = client.createFunction({ id: "order", retries: 0 }, { event: "order" }, async ({ event, step }) => {
  await step.run("charge", () => {
    if (event.data["broke"] === true) throw new RangeError("no money");
    return { cents: 500 };
  });
  await step.sendEvent("tell", { name: "order/charged", data: { cents: 500, order: { id: 1, note: "x" } } });
  await step.sleep("nap", "1d");
  return { ok: true };
});

/** What it throws, as a runner shows it. */
async function failure(assertion: Promise<unknown>): Promise<string> {
  const error: unknown = await assertion.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AssertionError);
  return (error as Error).message;
}

describe("assertions", () => {
  test("find a step by its id and by its name", async () => {
    const named = client.createFunction({ id: "named" }, { event: "go" }, async ({ step }) => {
      await step.run({ id: "book", name: "Book the payment" }, () => 1);
      await step.sleep({ id: "nap", name: "Wait a day" }, "1d");
    });
    await using t = await createTestEngine({ functions: [named] });
    t.mock("book").throwsTimes(1, new Error("no"));
    await t.send({ name: "go" });
    await t.assert.step(named, "book", { state: "retrying", times: 1 });
    await t.assert.step(named, "Book the payment", { state: "retrying" });
    await t.advance("1h");
    for (const step of ["book", "Book the payment"]) await t.assert.step(named, step, { state: "completed", times: 2 });
    for (const step of ["nap", "Wait a day"]) await t.assert.waiting(named, step);
    expect(await failure(t.assert.noStep(named, "book"))).toContain("is completed");
  });

  test("count all runs, however many there are", async () => {
    const small = client.createFunction({ id: "small" }, { event: "go" }, () => "done");
    await using t = await createTestEngine({ functions: [small] });
    await t.send(Array.from({ length: 450 }, () => ({ name: "go" })));
    expect(await t.assert.started(small, 450)).toHaveLength(450);
    expect(new Set((await t.runs()).map(({ id }) => id)).size).toBe(450);
  });

  test("hold for what is so, and say of what is not how it is", async () => {
    await using t = await createTestEngine({ functions: [order] });
    const {
      runs: [run],
    } = await t.send({ name: "order", data: {} });
    if (run === undefined) throw new Error("no run");
    await t.assert.waiting(run, "nap");
    await t.assert.waiting(order);
    await t.assert.step(run, "charge", { state: "completed", output: { cents: 500 }, times: 1 });
    await t.assert.noStep(run, "refund");
    await t.assert.sent("order/charged", { order: { id: 1 } }, { times: 1 });
    await t.assert.notSent("order/charged", { order: { id: 2 } });
    await t.assert.started(order, 1);

    expect(await failure(t.assert.completed(run))).toMatch(/shop-order is not completed: it is waiting: sleeps in "nap" for another 1d/);
    expect(await failure(t.assert.waiting(run, "nope"))).toMatch(/does not wait in "nope"/);
    expect(await failure(t.assert.step(run, "refund"))).toMatch(/step "refund" .* is not there/);
    expect(await failure(t.assert.step(run, "charge", { output: { cents: 1 } }))).toMatch(/gave something else/);
    expect(await failure(t.assert.step(run, "charge", { times: 2 }))).toMatch(/ran 1 times/);
    expect(await failure(t.assert.step(run, "charge", { state: "failed" }))).toMatch(/is completed/);
    expect(await failure(t.assert.noStep(run, "charge"))).toMatch(/is completed/);
    expect(await failure(t.assert.sent("order/charged", { cents: 1 }))).toMatch(/no event order\/charged was sent with this data/);
    expect(await failure(t.assert.sent("other"))).toMatch(/no event other was sent(\n|$)/);
    expect(await failure(t.assert.sent("order/charged", {}, { times: 3 }))).toMatch(/sent 1 times/);
    expect(await failure(t.assert.notSent("order/charged"))).toMatch(/was sent/);
    expect(await failure(t.assert.started(order, 2))).toMatch(/started 1 times/);

    await t.runUntilIdle();
    await t.assert.completed(run, { ok: true });
    expect(await failure(t.assert.completed(run, { ok: false }))).toMatch(/returned something else/);
    expect(await failure(t.assert.waiting(run))).toMatch(/does not wait/);
    expect(await failure(t.assert.failed(run))).toMatch(/is not failed: it is completed/);
    expect(await failure(t.assert.cancelled(run))).toMatch(/is not cancelled/);
  });

  test("of failures and cancels", async () => {
    await using t = await createTestEngine({ functions: [order] });
    await t.send({ name: "order", data: { broke: true } });
    await t.assert.failed(order, { name: "RangeError", message: "no money" });
    await t.assert.failed(order, { message: /money/ });
    await t.assert.step(order, "charge", { state: "failed", error: { name: "RangeError" } });
    expect(await failure(t.assert.failed(order, { message: "other" }))).toMatch(/another message/);
    expect(await failure(t.assert.completed(order))).toMatch(/RangeError: no money/);
    const {
      runs: [run],
    } = await t.send({ name: "order", data: {} });
    if (run === undefined) throw new Error("no run");
    await t.cancel(run);
    await t.assert.cancelled(order);
    await expect(t.cancel(run)).rejects.toMatchObject({ code: "run_already_ended" });
  });

  test("of what is not there", async () => {
    await using t = await createTestEngine({ functions: [order] });
    await expect(t.assert.completed(order)).rejects.toMatchObject({ code: "run_not_found", advice: expect.stringContaining("trigger") });
    await expect(t.run("nonsense")).rejects.toMatchObject({ code: "run_not_found" });
    const unknown = client.createFunction({ id: "unknown" }, { event: "x" }, () => 1);
    await expect(t.invoke(unknown)).rejects.toMatchObject({ code: "function_not_found" });
    await t.assert.started(unknown, 0);
  });
});
