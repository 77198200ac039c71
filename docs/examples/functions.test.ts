import { beforeEach, describe, expect, test } from "vitest";
import { insertRows, publish } from "./functions/collecting.ts";
import {
  ledger,
  migrate,
  resize,
  summarise,
  transcribe,
  translate,
} from "./functions/concurrency.ts";
import { queuedTicket, reminder, ship, ticket } from "./functions/endings.ts";
import { chargeOnce, importCatalogue, rebuildIndex, sendSurvey } from "./functions/excluding.ts";
import { bookCourier, provision, syncInvoices } from "./functions/failures.ts";
import { goodbye, welcome } from "./functions/first.ts";
import { lines, receipt } from "./functions/logging.ts";
import { crawl, notify, suggest, support } from "./functions/pacing.ts";
import { closeTheDay, exchangeRates, morningReport, nightly } from "./functions/schedules.ts";
import { audit, bookkeeping, largeOrder, tax } from "./functions/triggers.ts";
import { done, failing, load } from "./services.ts";
import { world } from "./world.ts";

beforeEach(() => {
  done.length = 0;
  failing.clear();
});

const statuses = (runs: readonly { status: string }[]) => runs.map(({ status }) => status);

test("both forms of createFunction", async () => {
  const { send, runs, engine } = await world([welcome, goodbye]);
  expect(engine.engine.findFunction("shop-welcome")).toMatchObject({ name: "Welcome mail" });
  await send(
    { name: "user/created", data: { email: "ada@example.com" } },
    { name: "user/deleted", data: { email: "ada@example.com" } },
  );
  expect([...done].sort()).toEqual([
    "mail ada@example.com: Goodbye.",
    "mail ada@example.com: Welcome!",
  ]);
  expect(statuses(await runs())).toEqual(["completed", "completed"]);
});

describe("triggers", () => {
  test("an event, a condition, a wildcard, several", async () => {
    const { send, advance } = await world([largeOrder, audit, bookkeeping]);
    await send(
      { name: "shop/order.placed", data: { order: "A-1", total: 1_000 } },
      { name: "shop/order.placed", data: { order: "A-2", total: 1_001 } },
      { name: "shop/order.refunded", data: { total: 0 } },
      { name: "shop/order.line.added", data: {} },
      { name: "shop/orders.closed", data: {} },
      { name: "shop/order.paid", data: { total: 1 } },
    );
    expect([...done].sort()).toEqual([
      "audit shop/order.line.added",
      "audit shop/order.paid",
      "audit shop/order.placed",
      "audit shop/order.placed",
      "audit shop/order.refunded",
      "book shop/order.paid",
      "call about A-2",
    ]);
    done.length = 0;
    await advance("1d");
    expect(done).toEqual(["close the day"]);
  });

  test("none", async () => {
    const { engine } = await world([tax]);
    const run = await engine.invoke(tax, { data: { total: 10 } });
    expect(run).toMatchObject({ status: "completed", output: { tax: 2 } });
  });
});

describe("schedules", () => {
  test("in UTC and in a zone, across its change of clocks", async () => {
    const { advance } = await world([nightly, morningReport], { now: "2026-03-27T00:00:00Z" });
    await advance("3d12h");
    expect(done).toEqual([
      "nightly 2026-03-27T03:00:00.000Z",
      "report 2026-03-27T07:30:00.000Z",
      "nightly 2026-03-28T03:00:00.000Z",
      "nightly 2026-03-29T03:00:00.000Z",
      "nightly 2026-03-30T03:00:00.000Z",
      "report 2026-03-30T06:30:00.000Z",
    ]);
  });

  test("with a jitter, and none while the last run is alive", async () => {
    const { advance, runs } = await world([exchangeRates], { now: "2026-03-27T00:00:00Z" });
    await advance("59m");
    expect(statuses(await runs())).toEqual(["completed", "waiting"]);
    const [first = 0, second = 0] = (await runs()).map(({ startedAt }) => startedAt ?? 0);
    expect(first - Date.parse("2026-03-27T00:15:00Z")).toBeGreaterThanOrEqual(1_000);
    expect(first - Date.parse("2026-03-27T00:15:00Z")).toBeLessThanOrEqual(120_000);
    expect(Math.floor(second / 900_000)).toBe(Date.parse("2026-03-27T00:45:00Z") / 900_000);
  });
});

test("ticks that were missed", async () => {
  const functions = [nightly, exchangeRates, closeTheDay];
  const { engine, runs } = await world(functions, { now: "2026-03-27T00:05:00Z" });
  await engine.outage("3 days");
  expect(await runs(nightly)).toHaveLength(1);
  expect(done.filter((line) => line.startsWith("nightly"))).toEqual([
    "nightly 2026-03-29T03:00:00.000Z",
  ]);
  expect(await runs(exchangeRates)).toEqual([]);
  expect(done.filter((line) => line.startsWith("close")).sort()).toEqual(
    [28, 29, 30].map((day) => `close the day before 2026-03-${day}`),
  );
});

describe("failures", () => {
  test("onFailure hears of the last one", async () => {
    const { send, advance, runs } = await world([provision]);
    failing.set("database acme", { times: 2, error: () => new Error("disk full") });
    await send({ name: "account/created", data: { account: "acme" } });
    await advance("1m");
    expect(done).toEqual(["mail support@example.com: acme: disk full"]);
    expect(statuses(await runs())).toEqual(["failed", "completed"]);
  });

  test("a circuit breaker parks the runs of a host that fails, and of no other", async () => {
    const { send, advance, runs } = await world([syncInvoices]);
    for (const id of [1, 2, 3]) {
      failing.set(`invoice ${id}`, { times: 1, error: () => new Error("502") });
      await send({ name: "invoice/changed", data: { id, host: "down.example" } });
    }
    await send({ name: "invoice/changed", data: { id: 4, host: "down.example" } });
    await send({ name: "invoice/changed", data: { id: 5, host: "up.example" } });
    await advance("59s");
    expect(done).toEqual(["invoice 5"]);
    await advance("2m");
    expect([...done].sort()).toEqual([1, 2, 3, 4, 5].map((id) => `invoice ${id}`));
    expect(statuses(await runs())).toEqual(Array(5).fill("completed"));
  });
});

test("a circuit breaker by a rate closes when calls in a row have gone well", async () => {
  const { send, advance, engine } = await world([bookCourier]);
  const booked = (parcel: number) => ({ name: "parcel/packed", data: { parcel } });
  const breaker = () => engine.engine.breakers.list()[0];
  for (let parcel = 1; parcel <= 10; parcel++) {
    const times = parcel % 2 === 1 ? 0 : parcel === 4 ? 2 : 1;
    failing.set(`courier for ${parcel}`, { times, error: () => new Error("502") });
    await send(booked(parcel));
  }
  expect(breaker()).toMatchObject({ status: "open", calls: 10, failures: 5 });
  await advance("299s");
  expect(done).toHaveLength(5);
  await advance("1m");
  expect(breaker()?.status).toBe("open");
  expect(done).toHaveLength(6);
  await advance("5m");
  expect(breaker()?.status).toBe("closed");
  await engine.runUntilIdle();
  expect(done).toHaveLength(10);
});

test("a line of the logger is written once", async () => {
  const { send, advance } = await world([receipt]);
  await send({ name: "shop/order.paid", data: { order: "A-1" } });
  await advance("1m");
  expect(lines).toEqual(["a receipt for A-1", "printing", "done"]);
});

describe("endings", () => {
  test("an event cancels the run it belongs to", async () => {
    const { send, advance, runs } = await world([reminder]);
    await send(
      { name: "shop/cart.filled", data: { cart: "c1", user: "ada" } },
      { name: "shop/cart.filled", data: { cart: "c2", user: "bob" } },
      { name: "shop/cart.filled", data: { cart: "c3", user: "eve" } },
    );
    await advance("1h");
    await send({ name: "shop/order.placed", data: { cart: "c1" } });
    await send({ name: "user/deleted", data: { user: "bob" } });
    await advance("2d");
    expect(statuses(await runs())).toEqual(["cancelled", "cancelled", "completed"]);
    expect(done).toEqual(["mail eve: Your cart is waiting"]);
  });

  test("a rule that is over cancels nothing", async () => {
    const { send, advance, runs } = await world([ship]);
    for (const order of ["A-1", "A-2"]) await send({ name: "shop/order.paid", data: { order } });
    await advance("1h");
    await send({ name: "shop/order.withdrawn", data: { order: "A-1" } });
    await advance("2h");
    await send({ name: "shop/order.withdrawn", data: { order: "A-2" } });
    await advance("5h");
    expect(done).toEqual(["ship A-2"]);
    expect(statuses(await runs())).toEqual(["cancelled", "completed"]);
  });

  test("a run that takes too long is cancelled", async () => {
    const { send, advance, runs } = await world([ticket]);
    await send({ name: "ticket/opened", data: { ticket: 1 } });
    await advance("119m");
    expect(statuses(await runs())).toEqual(["waiting"]);
    await advance("1m");
    expect(await runs()).toMatchObject([{ status: "cancelled", cancelReason: "finish_timeout" }]);
  });

  test("a run that waits too long for its start is cancelled, and one that has begun is not", async () => {
    const { send, advance, runs } = await world([queuedTicket]);
    const opened = (number: number) => ({ name: "ticket/opened", data: { ticket: number } });
    await send(opened(1));
    await send(opened(2));
    await advance("9m");
    expect(statuses(await runs())).toEqual(["waiting", "queued"]);
    await advance("1m");
    expect(await runs()).toMatchObject([
      { status: "waiting" },
      { status: "cancelled", cancelReason: "start_timeout" },
    ]);
    expect(done).toEqual(["assign 1"]);
  });
});

describe("concurrency", () => {
  test("limits calls of a function, of each key, of a value that functions share", async () => {
    const { send, runs } = await world([resize, ledger, transcribe, summarise, translate]);
    load.clear();
    await send(
      ...[1, 2, 3, 4].map((image) => ({ name: "image/uploaded", data: { image } })),
      ...["a", "a", "a", "b"].map((account) => ({ name: "account/moved", data: { account } })),
      ...[1, 2, 3].map((call) => ({ name: "call/ended", data: { call, provider: "deepl" } })),
    );
    const most = (word: string) => load.get(word)?.most;
    expect(["resize", "ledger", "a", "call", "translate"].map(most)).toEqual([2, 2, 1, 2, 1]);
    expect(statuses(await runs())).toEqual(Array(17).fill("completed"));
  });

  test("limits whole runs", async () => {
    const { send, advance, runs } = await world([migrate]);
    const upgrade = (tenant: string, region: string) => ({
      name: "tenant/upgraded",
      data: { tenant, region },
    });
    await send(upgrade("acme", "eu"), upgrade("bolt", "eu"), upgrade("coil", "us"));
    await advance("9m");
    expect([...done].sort()).toEqual(["copy acme", "copy coil"]);
    await advance("11m");
    const ofEurope = done.filter((line) => !line.endsWith("coil"));
    expect(ofEurope).toEqual(["copy acme", "switch acme", "copy bolt", "switch bolt"]);
    expect(statuses(await runs())).toEqual(["completed", "completed", "completed"]);
  });
});

describe("pace", () => {
  test("throttle begins runs evenly after a burst", async () => {
    const { send, advance, runs } = await world([crawl]);
    await send(...[1, 2, 3, 4].map((page) => ({ name: "site/added", data: { host: "h", page } })));
    await send({ name: "site/added", data: { host: "other", page: 5 } });
    expect([...done].sort()).toEqual(["crawl 1", "crawl 2", "crawl 5"]);
    await advance("1m");
    const starts = (await runs()).map(({ startedAt }) => startedAt ?? 0);
    expect(starts.map((at) => at - (starts[0] ?? 0)).sort()).toEqual([0, 0, 0, 10_000, 20_000]);
  });

  test("rateLimit drops what is beyond", async () => {
    const { send, advance } = await world([notify]);
    for (const author of ["ada", "ada", "ada", "ada", "bob"])
      await send({ name: "comment/written", data: { author } });
    await advance("1d");
    expect(done).toEqual([
      "mail ada: New comment",
      "mail ada: New comment",
      "mail ada: New comment",
      "mail bob: New comment",
    ]);
  });

  test("rateLimit with smoothing lets no more than a tenth of the limit start at once", async () => {
    const { send, advance } = await world([suggest]);
    const viewed = (user: number) => ({ name: "basket/viewed", data: { user } });
    const crowd = Array.from({ length: 20 }, (_, user) => viewed(user));
    await send(...crowd);
    expect(done).toHaveLength(7);
    await advance("1m");
    await send(viewed(20), viewed(21));
    expect(done).toHaveLength(8);
  });

  test("priority orders what waits", async () => {
    const { send } = await world([support]);
    const asked = (customer: string, plan: string) => ({
      name: "question/asked",
      data: { customer, plan },
    });
    await send(asked("one", "free"), asked("two", "free"), asked("three", "premium"));
    expect(done.indexOf("answer three")).toBeLessThan(done.indexOf("answer two"));
  });
});

describe("collecting", () => {
  test("debounce runs once with the last event, at the latest at its cap", async () => {
    const { send, advance } = await world([publish]);
    for (const text of ["a", "ab", "abc"]) {
      await send({ name: "doc/edited", data: { doc: 1, text } });
      await advance("20s");
    }
    expect(done).toEqual([]);
    await advance("10s");
    expect(done).toEqual(["render 1 abc"]);
    await send({ name: "doc/edited", data: { doc: 1, text: "a" } });
    await send({ name: "doc/edited", data: { doc: 2, text: "b" } });
    await advance("30s");
    expect(done.slice(1).sort()).toEqual(["render 1 a", "render 2 b"]);
    done.length = 0;
    for (let seconds = 0; seconds <= 300; seconds += 20) {
      await send({ name: "doc/edited", data: { doc: 1, text: seconds } });
      await advance("20s");
    }
    expect(done).toEqual(["render 1 280"]);
  });

  test("batchEvents runs when it is full, in time, and at once for what is left out", async () => {
    const { send, advance } = await world([insertRows]);
    const read = (value: number, more: object = {}) => ({
      name: "meter/read",
      data: { site: "s", value, ...more },
    });
    await send(read(1), read(2), read(3), read(4), read(5, { alarm: true }));
    expect([...done].sort()).toEqual(["insert 1 2 3", "insert 5"]);
    await send(read(6, { site: "other" }), read(7, { site: "other" }));
    await advance("10s");
    expect(done.slice(2).sort()).toEqual(["insert 4", "insert 6 7"]);
  });
});

describe("excluding", () => {
  test("singleton skips the new run, or cancels the old one", async () => {
    const { send, advance, runs } = await world([importCatalogue, rebuildIndex]);
    await send({ name: "catalogue/changed", data: { shop: "a" } });
    await send({ name: "catalogue/changed", data: { shop: "a" } });
    await send({ name: "catalogue/changed", data: { shop: "b" } });
    await advance("10m");
    expect(statuses(await runs(importCatalogue))).toEqual(["completed", "skipped", "completed"]);
    done.length = 0;
    await send({ name: "index/changed", data: { version: 1 } });
    await advance("30s");
    await send({ name: "index/changed", data: { version: 2 } });
    await advance("10m");
    expect(statuses(await runs(rebuildIndex))).toEqual(["cancelled", "completed"]);
    expect(done).toEqual(["build 2"]);
  });

  test("idempotency starts one run for a key", async () => {
    const { send, advance, runs } = await world([chargeOnce, sendSurvey]);
    const paid = { name: "shop/order.paid", data: { order: "A-1", total: 5 } };
    await send(paid, paid);
    await advance("23h");
    await send(paid);
    await advance("2h");
    expect(done).toEqual(["charge A-1 5"]);
    await send(paid);
    expect(done).toHaveLength(2);
    const delivered = { name: "shop/order.delivered", data: { user: "ada" } };
    await send(delivered);
    await advance("29d");
    await send(delivered);
    await advance("2d");
    await send(delivered);
    expect(await runs(sendSurvey)).toHaveLength(2);
  });
});
