import { beforeEach, expect, test } from "vitest";
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
