import { createTestEngine } from "@stepwell/testing";
import { beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import { done } from "./services.ts";
import { fulfil, orderPaid, orderPlaced, placeOrder } from "./typed-events/event-types.ts";
import { pack } from "./typed-events/in-place.ts";
import { price, quote } from "./typed-events/invoked.ts";
import { log, stepwell as shop } from "./typed-events/more-schemas.ts";
import { stepwell as accounts, audit, welcome } from "./typed-events/schemas.ts";
import { world } from "./world.ts";

beforeEach(() => {
  done.length = 0;
});

describe("event types", () => {
  test("are triggers, what steps wait for, and what makes events", async () => {
    const { send, advance, runs } = await world([fulfil]);
    await placeOrder("A-1", 5);
    await advance("1h");
    const paid = orderPaid.create({ order: "A-1", by: "card" });
    expect(paid).toMatchObject({ name: "shop/order.paid", v: "2" });
    await send(paid);
    expect(done).toEqual(["ship A-1, 5.00 by card"]);
    expect(await runs()).toMatchObject([{ output: "shipped" }]);
    await placeOrder("A-1", 5);
    await advance("1h");
    expect(await runs()).toHaveLength(1);
  });

  test("refuse data that does not fit, when it is sent", async () => {
    await world([fulfil]);
    await expect(placeOrder("A-1", -5)).rejects.toMatchObject({
      code: "event_data_invalid",
      message: expect.stringContaining("data.total"),
    });
  });

  test("refuse data that does not fit, when a function gets it", async () => {
    const { send, engine } = await world([fulfil]);
    await send({ name: "shop/order.placed", data: { order: 1, total: 5 } });
    await engine.assert.failed(fulfil, { message: /data\.order/ });
    expect(engine.stepCalls()).toEqual([]);
  });

  test("have types", () => {
    expectTypeOf(orderPlaced.create).parameter(0).toEqualTypeOf<{ order: string; total: number }>();
  });
});

describe("schemas of a client", () => {
  test("type and check events by their names", async () => {
    const { advance, engine } = await world([welcome]);
    await accounts.send({ name: "user/created", data: { user: "u1", email: "Ada@example.com" } });
    await advance("0s");
    expect(done).toEqual(["greet ada@example.com"]);
    await engine.assert.sent("user/deleted", { user: "u1" });
    await expect(
      accounts.send({ name: "user/created", data: { user: "u2", email: "nobody" } }),
    ).rejects.toMatchObject({ code: "event_data_invalid" });
  });

  test("are those that a wildcard means", async () => {
    const { advance } = await world([audit]);
    await accounts.send({ name: "user/created", data: { user: "u1", email: "ada@example.com" } });
    await accounts.send({ name: "user/deleted", data: { user: "u1" } });
    await advance("0s");
    expect(done).toEqual(["user/created u1, ada@example.com", "user/deleted u1, no address"]);
  });
});

test("schemas where the event is used", async () => {
  const { send, advance, engine } = await world([pack]);
  await send({ name: "shop/order.paid", data: { order: "A-1", items: ["lamp", "desk"] } });
  await send({ name: "shop/label.printed", data: { order: "A-1", weight: "12.25" } });
  await advance("0s");
  expect(done).toEqual(["pack lamp and desk", "send A-1, 12.3 kg"]);
  await send({ name: "shop/order.paid", data: { order: "A-2", items: [] } });
  await engine.assert.failed(pack, { message: /data\.items/ });
});

test("events of a client from a union, from a tool and from zod", async () => {
  const { advance } = await world([log]);
  await shop.send([
    { name: "user/deleted", data: { user: "ada", reason: "moved" } },
    { name: "shop/stock.changed", data: { item: "lamp", left: 3 } },
    { name: "shop/order.paid", data: { order: "A-1" } },
  ]);
  await advance("0s");
  expect([...done].sort()).toEqual(["3 left", "ada: moved", "paid"]);
  // @ts-expect-error An order is text: what TypeScript knows, the schema knows too.
  const wrong = shop.send({ name: "shop/order.paid", data: { order: 1 } });
  await expect(wrong).rejects.toMatchObject({ code: "event_data_invalid" });
  // @ts-expect-error The reason is missing: what only TypeScript knows, nobody else checks.
  await shop.send({ name: "user/deleted", data: { user: "bob" } });
});

test("a schema for invocations", async () => {
  const { send, engine } = await world([price, quote]);
  await send({ name: "quote/requested", data: { pieces: 3 } });
  await engine.assert.completed(quote, "36.00");
  await send({ name: "quote/requested", data: { pieces: 0.5 } });
  await engine.assert.failed(price, { message: /data\.pieces/ });
});

test("an engine knows what its functions take and give", async () => {
  await using engine = await createTestEngine({ functions: [welcome, price] });
  await engine.send({ name: "user/created", data: { user: "u1", email: "ada@example.com" } });
  const run = await engine.invoke(price, { data: { pieces: 3 } });
  expectTypeOf(run.output).toEqualTypeOf<{ total: number } | undefined>();
  expect(run.output?.total).toBe(36);
});
