import { beforeEach, expect, test } from "vitest";
import { invoice } from "./moving/elder-client.ts";
import { elder, newer } from "./moving/generations.ts";
import { done } from "./services.ts";
import { world } from "./world.ts";

beforeEach(() => {
  done.length = 0;
});

test("functions of both generations", async () => {
  const { send, runs } = await world([elder, newer]);
  await send({ name: "shop/order.placed", data: { order: "A-1" } });
  expect(done).toEqual(["book A-1", "book A-1"]);
  expect((await runs()).map(({ status }) => status)).toEqual(["completed", "completed"]);
});

test("schemas and middleware of version 3", async () => {
  const { send } = await world([invoice]);
  await send({ name: "shop/order.placed", data: { order: "A-1", total: 5 } });
  expect(done).toEqual(["invoice over 5.00", "audited shop/order.placed"]);
});
