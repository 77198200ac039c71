import { beforeEach, expect, test } from "vitest";
import { bookTable, remind, search, searched } from "./concepts/events.ts";
import { charge, lottery, onboarding, placeOrder } from "./concepts/order.ts";
import { trip } from "./concepts/values.ts";
import { done } from "./services.ts";
import { world } from "./world.ts";

beforeEach(() => {
  done.length = 0;
});

test("a run goes on after its sleep, and runs no step twice", async () => {
  const { send, advance, runs } = await world([onboarding]);
  await send({ name: "user/created", data: { user: "ada" } });
  await advance("23h");
  expect(done).toEqual(["account ada"]);
  await advance("1h");
  expect(done).toEqual(["account ada", "mail ada: Three tips"]);
  expect(await runs()).toMatchObject([{ status: "completed", output: { account: 1 } }]);
});

test("what chance and the clock say stays said", async () => {
  const { send, advance, runs } = await world([lottery]);
  await send({ name: "lottery/closed", data: { tickets: ["a", "b", "c", "d", "e"] } });
  await advance("1h");
  const [run] = await runs();
  expect(run?.output).toMatchObject({ ticket: done[0]?.slice("winner ".length) });
});

test("an id of the sender's own makes one run of two events, and a run's id a key", async () => {
  const { advance, runs } = await world([charge]);
  await placeOrder("A-1", 5);
  await placeOrder("A-1", 5);
  await advance("0s");
  const all = await runs();
  expect(done).toEqual([`charge A-1 5 ${all[0]?.id}-charge`]);
});

test("a crash: what was done stays done, what was under way is run again", async () => {
  const { send, advance, engine, runs } = await world([onboarding]);
  engine.crashAfter("create-account");
  engine.crashAfter("send-tips", { recorded: true });
  await send({ name: "user/created", data: { user: "ada" } });
  await advance("1d");
  expect(done).toEqual(["account ada", "account ada", "mail ada: Three tips"]);
  expect(await runs()).toMatchObject([{ status: "completed" }]);
});

test("dates and maps come back from a step as they were, and so does what the function returned", async () => {
  const { send, advance, runs } = await world([trip], { now: "2026-03-01T00:00:00Z" });
  await send({ name: "trip/planned", data: { leaves: "2026-03-02T00:00:00Z" } });
  await advance("1d");
  expect(done).toEqual(["2 nights in Bath"]);
  expect(await runs()).toMatchObject([{ output: new Date("2026-03-02T00:00:00Z") }]);
});

test("an event has an id, a moment and a version of its own where the sender says so", async () => {
  const { engine, advance } = await world([remind], { now: "2026-03-01T12:00:00Z" });
  const at = Date.parse("2026-03-10T19:00:00Z");
  await bookTable({ id: "T-1", at });
  const stored = await engine.engine.reports.listEvents({ names: ["table/booked"] }, { limit: 1 });
  expect(stored.rows[0]).toMatchObject({ externalId: "booked-T-1", v: "2" });
  await advance("8d");
  expect(done).toEqual([]);
  await advance("7h");
  expect(done).toEqual(["remind of T-1"]);
});

test("what is done for a visit says so, along the way of its events", async () => {
  const { engine, advance } = await world([search]);
  await searched("lamps", "v-1");
  await advance("0s");
  const { rows } = await engine.engine.reports.listEvents({}, { limit: 2 });
  const sessions = rows.map(({ name, meta = "{}" }) => [name, JSON.parse(meta)]);
  expect(sessions).toEqual([
    ["shop/search.done", { sessions: { visit: "v-1" } }],
    ["shop/searched", { sessions: { visit: "v-1" } }],
  ]);
});
