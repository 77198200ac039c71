import { beforeEach, describe, expect, test } from "vitest";
import { answers, capture, importFeed } from "./functions/retries.ts";
import { askCourier, mirrorStock, pollBank, syncStock } from "./functions/retry-rules.ts";
import { done, failing } from "./services.ts";
import { world } from "./world.ts";

beforeEach(() => {
  done.length = 0;
  failing.clear();
  answers.length = 0;
});

const statuses = (runs: readonly { status: string }[]) => runs.map(({ status }) => status);

describe("retries", () => {
  test("are of each step, and end with the run", async () => {
    const { send, advance, runs } = await world([capture]);
    failing.set("charge A-1 5", { times: 2, error: () => new Error("declined") });
    failing.set("book A-1", { times: 3, error: () => new Error("the book is closed") });
    await send({ name: "shop/order.shipped", data: { order: "A-1", total: 5 } });
    expect(done).toEqual([]);
    await advance("2m");
    expect(done).toEqual(["charge A-1 5"]);
    await advance("10m");
    expect(await runs()).toMatchObject([
      { status: "failed", error: { message: "the book is closed" } },
    ]);
  });

  test("come when an error says, or not at all", async () => {
    const { send, advance, runs } = await world([importFeed]);
    answers.push(
      { status: 429, body: "" },
      { status: 200, body: "news" },
      { status: 404, body: "" },
    );
    await send({ name: "feed/published", data: { url: "a" } });
    await advance("89s");
    expect(done).toEqual(["download a"]);
    await advance("1s");
    expect(done).toEqual(["download a", "download a"]);
    await send({ name: "feed/published", data: { url: "b" } });
    expect(done).toEqual(["download a", "download a", "download b"]);
    expect(statuses(await runs())).toEqual(["completed", "failed"]);
  });
});

describe("rules of retries", () => {
  test("grow from a base to a maximum", async () => {
    const { send, advance } = await world([pollBank]);
    failing.set("ask the bank about 1", { times: 6, error: () => new Error("busy") });
    await send({ name: "payment/announced", data: { payment: 1 } });
    // 2, 4, 8, 16, and then 20 twice.
    await advance("69s");
    expect(done).toEqual([]);
    await advance("1s");
    expect(done).toEqual(["ask the bank about 1"]);
  });

  test("are spread by a random part", async () => {
    const { send, engine, runs } = await world([askCourier]);
    for (const parcel of [1, 2, 3, 4]) {
      failing.set(`ask for ${parcel}`, { times: 1, error: () => new Error("busy") });
      await send({ name: "parcel/late", data: { parcel } });
    }
    await engine.runUntilIdle();
    const pauses = (await runs()).map(({ startedAt = 0, endedAt = 0 }) => endedAt - startedAt);
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(60_000);
    for (const pause of pauses) expect(pause).toBeLessThanOrEqual(75_000);
    expect(new Set(pauses).size).toBeGreaterThan(1);
  });

  test("are what a function says", async () => {
    const { send, advance, runs } = await world([syncStock]);
    failing.set("sync lamp", { times: 1, error: () => new Error("the row is locked") });
    failing.set("sync desk", { times: 1, error: () => new Error("no such item") });
    failing.set("sync chair", { times: 1, error: () => new Error("broken pipe") });
    for (const item of ["lamp", "desk", "chair"])
      await send({ name: "stock/changed", data: { item } });
    await advance("500ms");
    expect(done).toEqual(["sync lamp"]);
    await advance("10s");
    expect(statuses(await runs())).toEqual(["completed", "failed", "completed"]);
  });

  test("are as many as the rule says, each when its function says", async () => {
    const { send, advance, runs } = await world([mirrorStock]);
    failing.set("mirror lamp", { times: 9, error: () => new Error("the row is locked") });
    failing.set("mirror desk", { times: 11, error: () => new Error("broken pipe") });
    for (const item of ["lamp", "desk"]) await send({ name: "stock/changed", data: { item } });
    await advance("9m");
    expect(done).toEqual(["mirror lamp"]);
    await advance("10h");
    expect(statuses(await runs())).toEqual(["completed", "failed"]);
  });
});
