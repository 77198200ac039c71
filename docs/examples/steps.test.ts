import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createEngine } from "@stepwell/embedded";
import { NonRetriableError, Stepwell } from "stepwell";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { cleanUp, newFolder } from "./command.ts";
import { done, failing, films } from "./services.ts";
import { draft, summary } from "./steps/ai.ts";
import { booking, newsletter } from "./steps/errors.ts";
import { dues } from "./steps/imported.ts";
import { discount, offer, price, quote } from "./steps/invoke.ts";
import { packing, weather as weatherService } from "./steps/library.ts";
import { dunning, importPages } from "./steps/loops.ts";
import { fulfil, resizeAll } from "./steps/parallel.ts";
import { cheapest, fasterMirror, fasterStudio, firstAnswer, firstOffer } from "./steps/races.ts";
import { weather } from "./steps/requests.ts";
import { label, order } from "./steps/run.ts";
import { pack } from "./steps/send-event.ts";
import { approve, autoApprove, deploy, inspect } from "./steps/signals.ts";
import { trial } from "./steps/sleep.ts";
import { approval, checkout, parcel } from "./steps/wait-for-event.ts";
import { world } from "./world.ts";

afterAll(cleanUp);

beforeEach(() => {
  done.length = 0;
  failing.clear();
});

test("step.run, with a name, and with arguments", async () => {
  const { send, runs } = await world([order, label]);
  await send({ name: "shop/order.placed", data: { order: "A-1", total: 5 } });
  await send({ name: "shop/order.packed", data: { order: "A-1", address: "Lovelace Road" } });
  expect([...done].sort()).toEqual(["book ch_A-1", "charge A-1 5", "label A-1 for Lovelace Road"]);
  expect(await runs(order)).toMatchObject([{ status: "completed", output: 5 }]);
});

test("a run that is repeated from a step with other arguments", async () => {
  const { send, runs, advance, engine } = await world([label]);
  await send({ name: "shop/order.packed", data: { order: "A-1", address: "Lovelace Road" } });
  const [run] = await runs();
  const inputs = async () => (await runs()).map(({ steps }) => steps[0]?.input);
  expect(await inputs()).toEqual([["Lovelace Road"]]);
  await engine.engine.rerun({
    runId: run?.id as never,
    from: { step: "print", input: '["Other Road"]' as never },
  });
  await advance("0s");
  expect(done.at(-1)).toBe("label A-1 for Other Road");
  expect(await inputs()).toEqual([["Lovelace Road"], ["Other Road"]]);
});

test("step.sleep and step.sleepUntil", async () => {
  const { send, advance, engine } = await world([trial]);
  const endsAt = new Date(engine.now.getTime() + 14 * 86_400_000).toISOString();
  await send({ name: "trial/started", data: { user: "ada", endsAt } });
  await advance("71h");
  expect(done).toEqual([]);
  await advance("1h");
  expect(done).toEqual(["mail ada: Three tips"]);
  await advance("11d");
  expect(done.at(-1)).toBe("mail ada: Your trial is over");
});

describe("step.waitForEvent", () => {
  test("gives the event, or null when the time is over", async () => {
    const { send, advance, runs } = await world([checkout]);
    await send(
      { name: "shop/checkout.begun", data: { checkout: 1, item: "lamp" } },
      { name: "shop/checkout.begun", data: { checkout: 2, item: "desk" } },
    );
    await advance("1h");
    await send({ name: "shop/checkout.paid", data: { checkout: 1, payer: "ada" } });
    await advance("1h");
    expect((await runs()).map(({ output }) => output)).toEqual(["paid", "expired"]);
    expect(done).toEqual(["mail ada: Thank you", "release desk"]);
  });

  test("looks back to the beginning of the run", async () => {
    const { send } = await world([approval]);
    await send(
      { name: "expense/filed", data: { expense: "E1" } },
      { name: "expense/answered", data: { expense: "E1", role: "colleague", answer: "sure" } },
      { name: "expense/answered", data: { expense: "E1", role: "manager", answer: "yes" } },
    );
    expect(done).toEqual(["E1: yes"]);
  });
});

test("step.waitForEvent for the first of several", async () => {
  const { send, advance } = await world([parcel]);
  for (const number of [1, 2, 3]) await send({ name: "parcel/sent", data: { parcel: number } });
  await send({ name: "parcel/returned", data: { parcel: 1 } });
  await send({ name: "parcel/delivered", data: { parcel: 2 } });
  await send({ name: "parcel/delivered", data: { parcel: 1 } });
  await advance("14d");
  expect(done).toEqual(["1: parcel/returned", "2: parcel/delivered", "3: lost"]);
});

test("step.waitForSignal and what sends signals", async () => {
  const { send, advance, runs } = await world([deploy, autoApprove]);
  await send({ name: "release/tagged", data: { release: "v1" } });
  await send({ name: "release/tagged", data: { release: "v2" } });
  await send({ name: "release/tagged", data: { release: "v3" } });
  expect(await approve("v1", "ada")).toBe(true);
  await send({ name: "release/tested", data: { release: "v2" } });
  await advance("1d");
  expect(done).toEqual(["deploy v1 for ada", "deploy v2 for CI"]);
  expect((await runs(deploy)).map(({ output }) => output)).toEqual([
    "deployed",
    "deployed",
    "nobody said go",
  ]);
});

test("two runs that wait for one signal", async () => {
  const { send, engine, runs } = await world([deploy, inspect]);
  for (const by of ["ada", "bob"])
    await send({ name: "release/tagged", data: { release: "v1", by } });
  expect(await approve("v1", "eve")).toBe(true);
  await engine.runUntilIdle();
  expect((await runs(deploy)).map(({ output }) => output)).toEqual(["nobody said go", "deployed"]);
  for (let report = 0; report < 2; report++)
    await send({ name: "machine/reported", data: { machine: 7 } });
  await engine.sendSignal({ signal: "inspected/7" });
  expect((await runs(inspect)).map(({ output }) => output)).toEqual([
    "inspected",
    "an inspector is on the way already",
  ]);
});

describe("step.invoke", () => {
  const accounting = new Stepwell({ id: "accounting" });
  const makeInvoice = accounting.createFunction({ id: "make-invoice", triggers: [] }, () => ({
    number: "R-1",
  }));
  const requested = { name: "quote/requested", data: { pieces: 3, order: "A-1" } };

  test("runs functions of this app and of another", async () => {
    const { send } = await world([price, quote, makeInvoice]);
    await send(requested);
    expect(done).toEqual(["quote 36 as R-1"]);
  });

  test("with propagateCancel the invoked run ends with its parent, and when its time is over", async () => {
    const slowInvoice = accounting.createFunction(
      { id: "make-invoice", triggers: [] },
      async ({ step }) => {
        await step.sleep("approve", "1d");
        return { number: "R-1" };
      },
    );
    const cancelled = await world([price, quote, slowInvoice]);
    await cancelled.send(requested);
    await cancelled.engine.cancel(quote);
    await cancelled.advance("0s");
    expect((await cancelled.runs(slowInvoice))[0]?.status).toBe("cancelled");
    const late = await world([price, quote, slowInvoice]);
    await late.send(requested);
    await late.advance("59m");
    expect((await late.runs(slowInvoice))[0]?.status).toBe("waiting");
    await late.advance("1m");
    expect((await late.runs(slowInvoice))[0]?.status).toBe("cancelled");
  });

  test("brings a version and sessions besides its data", async () => {
    const { send, engine } = await world([discount, offer]);
    const meta = { sessions: { visit: "v-1" } };
    await send({ name: "offer/requested", data: { percent: 20 }, meta });
    await engine.assert.completed(offer, { percent: 20, visit: "v-1" });
  });

  test("rejects at once where there is no such function", async () => {
    const { send, engine } = await world([price, quote]);
    await send(requested);
    await engine.assert.failed(quote, { message: /could not find function/ });
  });
});

test("step.sendEvent", async () => {
  const { send, runs } = await world([pack, label]);
  await send({ name: "shop/order.paid", data: { order: "A-1", items: ["lamp", "desk"] } });
  expect(await runs(pack)).toMatchObject([{ output: 2 }]);
  expect(await runs(label)).toHaveLength(1);
});

describe("requests of the server", () => {
  test("step.fetch", async () => {
    const { send, engine } = await world([weather]);
    engine.mock("step.fetch: weather.example").returns({ forecast: "rain" });
    await send({
      name: "trip/planned",
      data: { service: "https://weather.example", city: "Bath" },
    });
    await engine.assert.completed(weather, "rain");
  });

  test("step.fetch, made by the engine of a process", async () => {
    const service = createServer((_, response) => response.end('{"forecast": "sun"}')).listen(0);
    await using engine = await createEngine({
      functions: [weather],
      store: { file: join(newFolder(), "stepwell.db"), reader: "inline" },
    });
    const { port } = service.address() as AddressInfo;
    const { runId } = await engine.invoke(weather, {
      data: { service: `http://localhost:${port}`, city: "Bath" },
    });
    expect(await engine.result(runId)).toMatchObject({ status: "completed", output: "sun" });
    service.close();
  });

  test("fetch, for a library, and not outside of functions", async () => {
    const { send, engine } = await world([packing]);
    engine.mock("step.fetch: weather.example").returns({ forecast: "rain" });
    await send({ name: "trip/planned", data: { city: "Bath" } });
    await engine.assert.completed(packing, "an umbrella");
    await expect(weatherService.forecast("Bath")).rejects.toMatchObject({
      code: "step_outside_function",
    });
  });

  test("step.ai.infer and step.ai.wrap", async () => {
    const { send, engine } = await world([summary, draft]);
    engine.mock("summarise").returns({ choices: [{ message: { content: "short" } }] });
    await send({ name: "article/published", data: { text: "long" } });
    await engine.assert.completed(summary, "short");
    await send({ name: "letter/requested", data: { topic: "rain" } });
    await engine.assert.completed(draft, { at: 1, what: "write about rain" });
  });
});

describe("side by side", () => {
  test("Promise.all", async () => {
    const { send, runs } = await world([fulfil, resizeAll]);
    await send({ name: "shop/order.placed", data: { order: "A-1", total: 5, item: "lamp" } });
    await send({ name: "album/uploaded", data: { images: ["a", "b", "c"] } });
    expect(done).toContain("ship A-1 (ch_A-1)");
    expect(await runs(resizeAll)).toMatchObject([{ output: 3 }]);
  });

  test("group.race", async () => {
    const { send, advance, runs } = await world([firstAnswer]);
    await send(
      { name: "question/asked", data: { question: 1 } },
      { name: "question/asked", data: { question: 2 } },
    );
    await advance("1h");
    await send({ name: "question/answered", data: { question: 1, answer: "42" } });
    expect(await runs()).toMatchObject([{ output: "42" }, { status: "waiting" }]);
    await advance("1d");
    expect(done).toEqual(["escalate 2"]);
    expect((await runs()).map(({ output }) => output)).toEqual(["42", "escalated"]);
  });

  test("Promise.race", async () => {
    const { send, advance, runs } = await world([cheapest]);
    await send({ name: "parcel/weighed", data: { parcel: 1 } });
    await advance("1m");
    await send({ name: "offer/courier", data: { parcel: 1, price: 9 } });
    expect(done).toEqual(["book 9"]);
    expect(await runs()).toMatchObject([{ status: "completed" }]);
  });

  test.each([
    ["parallelMode", fasterStudio, "film/cut", ["north", "south"]],
    ["group.parallel", fasterMirror, "film/wanted", ["east", "west"]],
  ] as const)("%s goes on while a loser is under way", async (_, fn, name, [first, slow]) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    films.underWay.set(slow, promise);
    const { send, runs } = await world([fn]);
    const sent = send({ name });
    await vi.waitUntil(() => done.includes(`publish render ${first}`), { timeout: 4_000 });
    expect(done).not.toContain(`render ${slow}`);
    resolve();
    await sent;
    expect(done).toContain(`render ${slow}`);
    expect(await runs()).toMatchObject([{ status: "completed" }]);
  });

  test("group.race of async functions", async () => {
    const { send, advance, runs } = await world([firstOffer]);
    await send({ name: "parcel/labelled", data: {} });
    await advance("1h");
    expect(done).toEqual(["ask courier"]);
    expect(await runs()).toMatchObject([{ status: "completed" }]);
  });
});

test("step, imported", async () => {
  const { send, advance } = await world([dues]);
  await send({ name: "dues/open", data: { user: "ada" } });
  await advance("7d");
  expect(done).toEqual(["mail ada: A reminder", "mail ada: The last reminder"]);
});

describe("errors", () => {
  test("of a step whose attempts are used up can be caught", async () => {
    const { send, runs } = await world([booking]);
    failing.set("charge ada 5", { times: 1, error: () => new NonRetriableError("card refused") });
    await send({ name: "room/requested", data: { room: 7, guest: "ada", total: 5 } });
    expect(done).toEqual(["reserve 7", "release 7", "mail ada: No booking: card refused"]);
    expect(await runs()).toMatchObject([{ status: "completed", output: "given up" }]);
  });

  test("of some of many", async () => {
    const { send } = await world([newsletter]);
    failing.set("mail bob: News", { times: 1, error: () => new Error("no such mailbox") });
    await send({ name: "issue/published", data: { readers: ["ada", "bob", "eve"] } });
    expect(done.at(-1)).toBe("1 of 3 not sent");
  });
});

test("loops, with ids of their own and with the same id", async () => {
  const { send, advance, runs } = await world([importPages, dunning]);
  await send({ name: "import/started", data: { firstPage: "a" } });
  expect(done).toEqual(["page a", "page b", "page c"]);
  await send({ name: "invoice/overdue", data: { invoice: 1 } });
  await advance("20d");
  await send({ name: "invoice/paid", data: { invoice: 1 } });
  const [run] = await runs(dunning);
  expect(run).toMatchObject({ status: "completed", output: "paid" });
  expect(run?.steps).toHaveLength(4);
});
