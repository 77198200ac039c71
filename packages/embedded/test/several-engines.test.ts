import { Middleware, Stepwell } from "stepwell";
import { describe, expect, onTestFinished, test } from "vitest";
import { createEngine, type EmbeddedEngine } from "../src/index.ts";
import { app, databaseFile } from "./bench.ts";

const store = () => ({ file: databaseFile(), synchronous: "off", reader: "inline" }) as const;

async function open(functions: Parameters<typeof createEngine>[0]["functions"], on: ReturnType<typeof store> = store()) {
  const engine = await createEngine({ functions, store: on });
  onTestFinished(() => engine.stop({ graceMs: 100 }));
  return engine;
}

async function eventsOf({ engine }: EmbeddedEngine): Promise<readonly string[]> {
  const { rows } = await engine.reports.listEvents({}, { limit: 50 });
  return rows.map(({ name }) => name).sort();
}

async function ended(engine: EmbeddedEngine, name: string) {
  const { ids } = await engine.send({ name });
  const [run] = await engine.runs.list({ eventId: ids[0] ?? "" });
  return engine.result(run?.id ?? "");
}

describe("two engines that run functions of one client", () => {
  test("what a run sends goes to the engine that runs it, and goes on to do so when the other stops", async () => {
    const client = app();
    const sends = client.createFunction({ id: "sends" }, { event: "go" }, async ({ step }) => {
      await client.send({ name: "by the client" });
      await step.sendEvent("event", { name: "by a step" });
      await step.run("send", () => client.send({ name: "in a step" }));
      await Promise.all([1, 2].map((n) => step.run(`beside ${n}`, () => client.send({ name: `beside ${n}` }))));
      await step.sendSignal("signal", { signal: "ready" });
      return (await client.sendSignal({ signal: "again" })).runId;
    });
    const waits = client.createFunction({ id: "waits" }, { event: "wait" }, async ({ step }) => {
      await step.waitForSignal("ready", { signal: "ready", timeout: "1h" });
      return "ready";
    });
    const [first, second] = [await open([sends, waits]), await open([sends, waits])];
    const { runId } = await first.invoke(waits);
    expect(await ended(first, "go")).toMatchObject({ status: "completed" });
    expect(await first.result(runId)).toMatchObject({ output: "ready" });
    const sent = ["beside 1", "beside 2", "by a step", "by the client", "go", "in a step"];
    expect(await eventsOf(first)).toEqual(expect.arrayContaining(sent));
    expect(await eventsOf(second)).toEqual([]);
    await second.stop();
    expect(await ended(first, "go")).toMatchObject({ status: "completed" });
  });

  test("so does what middleware sends in the call", async () => {
    const from = new Set(["onRunStart", "onStepStart", "onStepComplete", "onRunComplete", "onMemoizationEnd"]);
    class Tells extends Middleware.BaseMiddleware {
      readonly id = "tells";
      override async wrapRequest({ next }: Middleware.WrapRequestArgs) {
        await client.send({ name: "wrapRequest" });
        return next();
      }
      override async wrapFunctionHandler({ next }: Middleware.WrapFunctionHandlerArgs) {
        await client.send({ name: "wrapFunctionHandler" });
        return next();
      }
      override onRunStart = tell("onRunStart");
      override onStepStart = tell("onStepStart");
      override onStepComplete = tell("onStepComplete");
      override onRunComplete = tell("onRunComplete");
      override onMemoizationEnd = tell("onMemoizationEnd");
    }
    const client = new Stepwell({ id: "shop", middleware: [Tells] });
    function tell(name: string) {
      return async (): Promise<void> => void (await client.send({ name }));
    }
    const fn = client.createFunction({ id: "fn" }, { event: "go" }, ({ step }) => step.run("a", () => 1));
    const [first, second] = [await open([fn]), await open([fn])];
    expect(await ended(first, "go")).toMatchObject({ status: "completed" });
    expect(await eventsOf(first)).toEqual(expect.arrayContaining([...from, "wrapRequest", "wrapFunctionHandler"]));
    expect(await eventsOf(second)).toEqual([]);
  });

  test("what other code sends goes to the only one that is open; with several nothing is sent", async () => {
    const client = app();
    const fn = client.createFunction({ id: "fn" }, { event: "go" }, () => 1);
    const [first, second] = [await open([fn]), await open([fn])];
    const unclear = {
      code: "engine_unclear",
      message: '2 engines are open that run functions of "shop"',
      advice: expect.stringContaining("engine.send"),
    };
    await expect(client.send({ name: "go" })).rejects.toMatchObject(unclear);
    await expect(client.sendSignal({ signal: "s" })).rejects.toMatchObject(unclear);
    await second.send({ name: "second" });
    await first.stop();
    await client.send({ name: "go" });
    expect(await eventsOf(second)).toEqual(["go", "second"]);
    await second.stop();
    await expect(client.send({ name: "go" })).rejects.toMatchObject({ code: "engine_stopped" });
  });

  test("a hot reload of one leaves it one engine", async () => {
    const client = app();
    const made = (version: number) => client.createFunction({ id: "fn" }, { event: "go" }, () => version);
    const on = store();
    await open([made(1)], on);
    const reloaded = await open([made(2)], on);
    await client.send({ name: "go" });
    const [run] = await reloaded.runs.list();
    expect(await reloaded.result(run?.id ?? "")).toMatchObject({ output: 2 });
    const refused = client.createFunction({ id: "bad" }, { cron: "at noon" }, () => 1);
    await expect(createEngine({ functions: [refused], store: on })).rejects.toMatchObject({ code: "schedule_invalid" });
    await client.send({ name: "still" });
    expect(await eventsOf(reloaded)).toEqual(["go", "still"]);
  });

  test("a client that only the other one has sends there, from runs too", async () => {
    const [shop, mails] = [app("shop"), app("mails")];
    const order = shop.createFunction({ id: "order" }, { event: "order" }, () => mails.send({ name: "mail" }));
    const mail = mails.createFunction({ id: "mail" }, { event: "mail" }, () => 1);
    const [first, second] = [await open([order]), await open([mail])];
    expect(await ended(first, "order")).toMatchObject({ status: "completed" });
    expect(await eventsOf(second)).toEqual(["mail"]);
  });
});

test("an engine that is refused takes no client", async () => {
  const client = new Stepwell({ id: "shop", baseUrl: "http://127.0.0.1:9", fetch: () => Promise.reject(new Error("by HTTP")) });
  const refused = client.createFunction({ id: "bad" }, { cron: "at noon" }, () => 1);
  await expect(createEngine({ functions: [refused], store: store() })).rejects.toMatchObject({ code: "schedule_invalid" });
  const kept = client.createFunction({ id: "fn" }, { event: "go" }, () => 1);
  const engine = await open([kept]);
  await client.send({ name: "go" });
  expect(await eventsOf(engine)).toEqual(["go"]);
});

test("a step that sends while its engine stops has sent", async () => {
  const client = app();
  const { promise: isOpen, resolve: opened } = Promise.withResolvers<void>();
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  const slow = client.createFunction({ id: "slow" }, { event: "go" }, async ({ step }) => {
    await step.run("send", async () => {
      opened();
      await goOn;
      await client.send({ name: "sent" });
    });
    return "over";
  });
  const on = store();
  const engine = await open([slow], on);
  const { ids } = await engine.send({ name: "go" });
  await isOpen;
  const stopping = engine.stop();
  resolve();
  await stopping;
  const again = await open([slow], on);
  const [run] = await again.runs.list({ eventId: ids[0] ?? "" });
  expect(await again.result(run?.id ?? "")).toMatchObject({ status: "completed" });
  expect(await eventsOf(again)).toEqual(["go", "sent"]);
});
