import { readFileSync } from "node:fs";
import { EventSchemas, Middleware, type StandardSchemaV1, Stepwell, type StepwellFunction } from "stepwell";
import { encryptionMiddleware } from "stepwell/encryption";
import { expect, test } from "vitest";
import { bench } from "./bench.ts";

interface Paid {
  readonly sum: number;
  readonly encrypted?: string;
}

/** A schema as any library makes it. */
function upTo(max: number) {
  const validate = (value: unknown) =>
    (value as Paid).sum <= max ? { value: value as Paid } : { issues: [{ message: `not up to ${max}`, path: ["sum"] }] };
  const schema: StandardSchemaV1<Paid, Paid> = { "~standard": { version: 1, vendor: "test", validate } };
  return new EventSchemas().fromSchema({ "order/paid": schema });
}

const schemas = upTo(99);
const shop = () => new Stepwell({ id: "shop", schemas, middleware: [encryptionMiddleware({ key: "of the shop" })] });

test("the engine's send is the client's: schemas are asked first, and what is secret is stored encrypted", async () => {
  const client = shop();
  const paid = client.createFunction({ id: "paid" }, { event: "order/paid" }, ({ event }) => (event.data.encrypted ?? "").length);
  const { engine, run, file } = await bench([paid]);
  const wrong = { name: "order/paid", data: { sum: "much" } };
  await expect(engine.send([{ name: "order/paid", data: { sum: 1 } }, wrong])).rejects.toMatchObject({ code: "event_data_invalid" });
  expect(await engine.runs.list()).toEqual([]);
  expect(await run("order/paid", { sum: 2, encrypted: "SECRET WORD" })).toMatchObject([{ status: "completed" }]);
  await engine.stop();
  expect(readFileSync(file, "latin1")).not.toContain("SECRET WORD");
});

test("data that a function is invoked with has to fit its schema", async () => {
  const paid = shop().createFunction({ id: "paid" }, { event: "order/paid" }, ({ event }) => event.data.sum);
  const { engine } = await bench([paid]);
  await expect(engine.invoke(paid, { data: { sum: "much" as never } })).rejects.toMatchObject({ code: "event_data_invalid" });
  expect(await engine.runs.list()).toEqual([]);
  const { runId } = await engine.invoke("shop-paid", { data: { sum: 5 } });
  expect(await engine.result(runId)).toMatchObject({ output: { "~stepwell.encrypted": expect.any(String) } });
});

test("of several clients the one that knows the event sends it, and the schemas of all hold", async () => {
  const [client, other] = [shop(), new Stepwell({ id: "other" })];
  const log = other.createFunction({ id: "log" }, { event: "order/paid" }, ({ event }) => Object.keys(event.data["encrypted"] ?? {}));
  const paid = client.createFunction({ id: "paid" }, { event: "order/paid" }, ({ event }) => event.data.encrypted);
  const strict = new Stepwell({ id: "strict", schemas: upTo(9) });
  const few = strict.createFunction({ id: "few" }, { cron: "0 0 1 1 *" }, () => undefined);
  const { engine, run } = await bench([log, paid, few]);
  const runs = await run("order/paid", { sum: 2, encrypted: "sesame" });
  expect(runs.map(({ output }) => output)).toContainEqual(["~stepwell.encrypted"]);
  await expect(engine.send({ name: "order/paid", data: { sum: 10 } })).rejects.toMatchObject({ code: "event_data_invalid" });
});

test("what is secret of an invocation is stored encrypted, and read by the function; its schema looks at what was given", async () => {
  const seen: unknown[] = [];
  const paid = shop().createFunction({ id: "paid" }, { event: "order/paid" }, ({ event }) => void seen.push(event.data));
  const { engine, file } = await bench([paid]);
  const { runId } = await engine.invoke(paid, { data: { sum: 2, encrypted: "SECRET WORD" } });
  expect(await engine.result(runId)).toMatchObject({ status: "completed" });
  expect(seen).toMatchObject([{ sum: 2, encrypted: "SECRET WORD" }]);
  await engine.stop();
  expect(readFileSync(file, "latin1")).not.toContain("SECRET WORD");
});

test("an invocation goes through the middleware of the function's client, and stays one", async () => {
  class Stamp extends Middleware.BaseMiddleware {
    readonly id = "stamp";
    override transformSendEvent(args: Middleware.TransformSendEventArgs): Middleware.TransformSendEventArgs {
      const events = args.events.map((event) => ({ ...event, data: { ...event.data, by: `${event.name} ${args.fn}` } }));
      return { ...args, events: events[0]?.data["drop"] === true ? [] : events };
    }
  }
  const client = new Stepwell({ id: "shop", middleware: [Stamp] });
  const plain = new Stepwell({ id: "plain" });
  const stamped = client.createFunction({ id: "stamped" }, { event: "go" }, ({ event }) => event.data);
  const bare = plain.createFunction({ id: "bare" }, { event: "go" }, ({ event }) => event.data);
  const { engine } = await bench([stamped, bare]);
  const given = { data: { n: 1 } };
  const outputOf = async (fn: StepwellFunction) => (await engine.result((await engine.invoke(fn, given)).runId)).output;
  expect(await outputOf(stamped)).toMatchObject({ n: 1, by: "inngest/function.invoked null" });
  expect(await outputOf(bare)).not.toHaveProperty("by");
  await expect(engine.invoke(stamped, { data: { drop: true } })).rejects.toMatchObject({ code: "invalid_event" });
});

test("an environment that the engine does not have is refused, and nothing is sent", async () => {
  const client = new Stepwell({ id: "shop", env: "branch" });
  const fn = client.createFunction({ id: "f" }, { event: "go" }, ({ step }) => step.waitForSignal("s", { signal: "s", timeout: "1h" }));
  const { engine } = await bench([fn]);
  const refused = { code: "invalid_request", message: expect.stringContaining('"staging"') };
  await expect(client.send({ name: "go" }, { env: "staging" })).rejects.toMatchObject(refused);
  await expect(client.sendSignal({ signal: "s", env: "staging" })).rejects.toMatchObject(refused);
  await expect(engine.sendSignal({ signal: "s", env: "staging" } as never)).rejects.toMatchObject(refused);
  expect(await engine.runs.list()).toEqual([]);
  await client.send({ name: "go" });
  expect(await engine.runs.list()).toHaveLength(1);
});
