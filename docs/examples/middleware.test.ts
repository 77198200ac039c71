import { readFileSync } from "node:fs";
import { createTestEngine } from "@stepwell/testing";
import { Middleware, Stepwell } from "stepwell";
import { beforeEach, expect, test } from "vitest";
import { refund } from "./middleware/current-run.ts";
import { stepwell as elderShop, greet } from "./middleware/elder-tenants.ts";
import { spans, wrap as wrapElder } from "./middleware/elder-tracing.ts";
import { letter, stepwell as post } from "./middleware/encryption.ts";
import { thank } from "./middleware/injection.ts";
import { charge, counts } from "./middleware/metrics.ts";
import { invoice } from "./middleware/money.ts";
import { after, before, ending, learning } from "./middleware/new-key.ts";
import { announce, outbox, stepwell as shop } from "./middleware/outbox.ts";
import { audit, price } from "./middleware/tenants.ts";
import { pack, took } from "./middleware/timing.ts";
import { sent, wrap } from "./middleware/tracing.ts";
import { done, failing } from "./services.ts";
import { world } from "./world.ts";

beforeEach(() => {
  done.length = 0;
  failing.clear();
});

const paid = { name: "shop/order.paid", data: { order: "A-1", user: "ada" } };

test("a class goes around steps", async () => {
  const { send } = await world([pack]);
  await send(paid);
  expect(done).toEqual(["wrap A-1"]);
  expect(took.get("wrap")).toBeGreaterThan(0);
});

test("a key is changed, and encryption taken back, without a run that cannot be read", async () => {
  const secret = { order: "A-1", private: { address: "1 Main Street" } };
  const told: string[] = [];
  const letterOf = (client: typeof before, step2: string) =>
    client.createFunction(
      { id: "letter", triggers: { event: "letter/written" } },
      async ({ event, step }) => {
        await step.run("read", () => event.data.private.address);
        await step.sleep("night", "1d");
        told.push(`${step2} ${await step.run(step2, () => event.data.private.address)}`);
      },
    );
  for (const [old, next] of [
    [before, learning],
    [learning, after],
    [before, after],
    [after, ending],
  ] as const) {
    await using t = await createTestEngine({ functions: [letterOf(old, "before")] });
    await t.send({ name: "letter/written", data: secret });
    await t.assert.notSent("letter/written", { private: secret.private });
    const changed = letterOf(next, "after");
    await t.deploy([changed]);
    await t.advance("1d");
    await t.assert.completed(changed);
  }
  expect(told).toEqual(Array(4).fill("after 1 Main Street"));
});

test("what is injected is in the context", async () => {
  const { send } = await world([thank]);
  await send(paid);
  expect(done).toEqual(["mail ada: Thank you"]);
});

test("what a function gets, and what it invokes another with, is changed", async () => {
  const { send } = await world([audit, price]);
  await send({ name: "shop/order.paid", data: { order: "A-1", tenant: "acme" } });
  expect(done).toEqual(["acme: A-1 over 10"]);
});

test("what has happened is counted once, however often a function is called", async () => {
  const { send, advance } = await world([charge]);
  failing.set("pay A-1", { times: 1, error: () => new Error("declined") });
  failing.set("pay A-2", { times: 2, error: () => new Error("declined") });
  for (const order of ["A-1", "A-2"]) await send({ name: "shop/order.placed", data: { order } });
  await advance("2h");
  expect(Object.fromEntries(counts)).toEqual({
    "shop-charge started": 2,
    "reserve tried": 2,
    "reserve done": 2,
    "pay tried": 4,
    "pay to be tried again": 2,
    "pay done": 1,
    "pay failed": 1,
    "shop-charge completed": 1,
    "shop-charge failed": 1,
  });
});

test("code far from the function knows the run it is part of", async () => {
  const { send, runs } = await world([refund]);
  await send({ name: "shop/order.returned", data: { order: "A-1" } });
  const [run] = await runs();
  expect(done).toEqual([`look at A-1 by ${run?.id}`, `refund A-1 by ${run?.id}`]);
});

test("a call is traced to its end, before it is answered", async () => {
  expect(sent.splice(0)).toEqual(["traces the function shop-wrap"]);
  const { send, advance, runs } = await world([wrap]);
  await send({ name: "shop/order.packed", data: { order: "A-1" } });
  await advance("1h");
  const [run] = await runs();
  expect(sent).toEqual([`${run?.id}: replays 0, goes on`, `${run?.id}: replays 2, goes on`]);
});

test("what a step gives is an instance of a class again", async () => {
  const { send, advance, runs } = await world([invoice]);
  await send({ name: "shop/order.shipped", data: { cents: 1_250 } });
  await advance("20d");
  expect(done).toEqual(["invoice over €12.50"]);
  expect((await runs())[0]?.steps[0]?.output).toEqual({ cents: 1_250 });
});

test("what is sent says who sent it, and is noted with its id", async () => {
  const { engine, advance } = await world([announce]);
  const { ids } = await shop.send({ name: "shop/sale.planned" });
  await advance("0s");
  await engine.assert.sent("shop/sale.planned", { sender: "the app" });
  const { id } = await engine.assert.sent("shop/sale.announced", { sender: "shop-announce" });
  expect(outbox).toEqual([`shop/sale.planned ${ids[0]}`, `shop/sale.announced ${id}`]);
});

test("hooks of the elder form go around calls", async () => {
  const { send, advance } = await world([wrapElder]);
  await send({ name: "shop/order.packed", data: { order: "A-1" } });
  expect(spans.splice(0)).toEqual([
    "shop, shop/order.packed, 0 remembered by shop-wrap",
    "replays",
    "has replayed",
    "runs code",
    "has run code",
    "answers",
  ]);
  await advance("1h");
  expect(spans).toEqual([
    "shop, shop/order.packed, 2 remembered by shop-wrap",
    "replays",
    "has replayed",
    "runs code",
    "has run code",
    "finished: wrapped",
    "answers",
  ]);
});

test("hooks of the elder form change what comes in and goes out", async () => {
  const { advance, runs } = await world([greet]);
  const event = { name: "user/created", data: { card: "4242", tenant: "acme" } };
  expect(await elderShop.send(event)).toMatchObject({ sentBy: "shop" });
  await advance("1d");
  expect(done).toEqual(["acme greets shop 4242"]);
  expect((await runs())[0]?.steps[0]?.output).toEqual({ masked: "2424" });
});

test("what is secret is stored encrypted", async () => {
  const { engine, advance } = await world([letter]);
  await post.send({ name: "letter/written", data: { encrypted: { address: "Lovelace Road" } } });
  await advance("0s");
  expect(done).toEqual(["letter to Lovelace Road"]);
  const [run] = await engine.runs(letter);
  expect(run).toMatchObject({ status: "completed", steps: [{ name: "send" }] });
  const stored = JSON.stringify([await engine.events("letter/written"), run]);
  expect(stored).not.toContain("Lovelace");
});

test("hooks are called in the order of the page", async () => {
  const page = readFileSync(new URL("../middleware.md", import.meta.url), "utf8");
  const [hooks = ""] = page.split("\n### ");
  const [ofCalls = "", ofEvents = ""] = hooks.split("And for events that are sent");
  const inPage = (text: string) =>
    [...text.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, names = ""]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    );
  const called: string[] = [];
  class Recorder extends Middleware.BaseMiddleware {
    readonly id = "recorder";
  }
  for (const name of [...inPage(ofCalls), ...inPage(ofEvents)])
    Object.defineProperty(Recorder.prototype, name, {
      value: (args: { next?: () => Promise<unknown> }) => {
        called.push(name);
        return args.next === undefined ? args : args.next();
      },
    });
  const client = new Stepwell({ id: "shop", middleware: [Recorder] });
  const works = client.createFunction({ id: "works" }, { event: "go" }, ({ step }) =>
    step.run("work", () => 1),
  );
  const fails = client.createFunction({ id: "fails", retries: 0 }, { event: "stop" }, ({ step }) =>
    step.run("fail", () => Promise.reject(new Error("no"))),
  );
  const { send } = await world([works, fails]);
  await send({ name: "go" });
  const failures = ["onStepError", "onRunError"];
  const expected = [...inPage(ofEvents), ...inPage(ofCalls)].filter(
    (name) => !failures.includes(name),
  );
  expect([...new Set(called)]).toEqual(expected);
  called.length = 0;
  await send({ name: "stop" });
  expect(called).toContain("onStepError");
  expect(called).toContain("onRunError");
  called.length = 0;
  await client.send({ name: "nothing" });
  expect(called).toEqual(inPage(ofEvents));
});
