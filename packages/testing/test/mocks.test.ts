import { NonRetriableError, type StandardSchemaV1, Stepwell } from "stepwell";
import { encryptionMiddleware } from "stepwell/encryption";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createTestEngine } from "../src/index.ts";

const client = new Stepwell({ id: "shop" });

describe("a step that is mocked by its id", () => {
  test("and that no run comes to is told of at the end", async () => {
    const said = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    onTestFinished(() => said.mockRestore());
    const order = client.createFunction({ id: "order" }, { event: "go" }, async ({ step }) => {
      await step.run("charge", () => "charged");
      await step.sleep("nap", "1d");
    });
    const t = await createTestEngine({ functions: [order], mocks: { chrage: () => 5, nap: () => undefined } });
    t.mock("chargee").returns(2);
    await t.send({ name: "go" });
    await t.assert.completed(order);
    await t.close();
    expect(said.mock.calls).toEqual([
      ['stepwell: the test mocks "chrage", "chargee", or crashes there, and runs have come to "charge", "nap"'],
    ]);
  });

  test("and that no step comes by is an error where a test wants one, after all is closed", async () => {
    const order = client.createFunction({ id: "order" }, { event: "go" }, ({ step }) => step.run("charge", () => "charged"));
    const other = client.createFunction({ id: "other" }, { event: "never" }, ({ step }) => step.run("charge", () => "other"));
    const functions = [order, other];
    const t = await createTestEngine({ functions, mocks: { chrage: () => 5 }, unusedMocks: "error" });
    t.mock("charge").returns(1);
    t.mock({ function: other, step: "charge" }).returns(2);
    t.mock("late").returns(3);
    expect(() => t.assert.mocksUsed()).toThrow(
      /^no step has come by the mocks of "chrage", "charge", "charge", "late": no run has come to any step$/,
    );
    await t.send({ name: "go" });
    await t.assert.completed(order, 1);
    t.mock("late").restore();
    const said = /^no step has come by the mocks of "chrage", "charge": runs have come to "charge"$/;
    expect(() => t.assert.mocksUsed()).toThrow(said);
    await expect(t.close()).rejects.toThrow(said);
    await t.close();
    await expect(t.send({ name: "go" })).rejects.toMatchObject({ code: "engine_stopped" });

    await using used = await createTestEngine({ functions, mocks: { charge: () => 5 }, unusedMocks: "error" });
    await used.send({ name: "go" });
    used.assert.mocksUsed();
  });

  test("gives a wait its event as the server would, whatever middleware does with results", async () => {
    const schema: StandardSchemaV1<{ readonly sum: number }> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) =>
          typeof (value as { readonly sum?: unknown } | undefined)?.sum === "number" ? { value } : { issues: [{ message: "no sum" }] },
      } as StandardSchemaV1<{ readonly sum: number }>["~standard"],
    };
    const own = new Stepwell({ id: "own", middleware: [encryptionMiddleware({ key: "k" })] });
    const seen: unknown[] = [];
    const waits = own.createFunction({ id: "waits", retries: 0 }, { event: "go" }, async ({ step }) => {
      const paid = await step.waitForEvent("paid", { event: "paid", timeout: "1h", schema });
      await step.sleep("nap", "1m");
      seen.push(paid?.data.sum);
    });
    await using t = await createTestEngine({ functions: [waits] });
    t.mock("paid").returns({ name: "paid", data: { sum: 5 } });
    await t.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.completed(waits);
    expect(seen).toEqual([5]);
  });

  test("gives a value, as the step's own work would, which is not done", async () => {
    const seen: unknown[] = [];
    const order = client.createFunction({ id: "order" }, { event: "go" }, async ({ step }) => {
      const charged = await step.run("charge", (): object => {
        throw new Error("a real charge");
      });
      seen.push(charged);
      await step.sleep("nap", "1m");
      return charged;
    });
    await using t = await createTestEngine({ functions: [order] });
    t.mock("charge").returns({ at: new Date(0), gone: undefined });
    await t.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.completed(order, { at: new Date(0) });
    const kept = { at: new Date(0), gone: undefined };
    expect(seen).toStrictEqual([kept, kept]);
    await t.assert.step(order, "charge", { state: "completed", times: 1 });
  });

  test("throws twice and then gives: the retries are those of production", async () => {
    const order = client.createFunction({ id: "order", retries: 3 }, { event: "go" }, ({ step }) => step.run("charge", () => "charged"));
    await using t = await createTestEngine({ functions: [order] });
    t.mock("charge").throwsTimes(2, new Error("declined")).returns("mocked");
    await t.send({ name: "go" });
    await t.assert.step(order, "charge", { times: 1 });
    await t.runUntilIdle();
    await t.assert.completed(order, "mocked");
    await t.assert.step(order, "charge", { times: 3 });
  });

  test("throws for ever: the run fails when its attempts are used up, at once where it says so", async () => {
    const order = client.createFunction({ id: "order", retries: 1 }, { event: "go" }, ({ step }) => step.run("charge", () => "charged"));
    await using t = await createTestEngine({ functions: [order] });
    t.mock("charge").throws(new TypeError("declined"));
    await t.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.failed(order, { name: "TypeError", message: "declined" });
    await t.assert.step(order, "charge", { times: 2 });
    t.mock("charge").throws(new NonRetriableError("stolen"));
    await t.send({ name: "go" });
    await t.assert.failed(order, { message: "stolen" });
  });

  test("does its own work again when what was said is used up, or taken back", async () => {
    const order = client.createFunction({ id: "order" }, { event: "go" }, ({ step }) => step.run("charge", () => "real"));
    await using t = await createTestEngine({ functions: [order], mocks: { charge: () => "first" } });
    await t.send({ name: "go" });
    await t.assert.completed(order, "first");
    t.mock("charge").restore();
    await t.send({ name: "go" });
    await t.assert.completed(order, "real");
    t.mock("charge").throwsTimes(1, new Error("once"));
    await t.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.completed(order, "real");
  });

  test("is told its arguments, and is that of one function where the test says so", async () => {
    const body = (a: number, b: number) => a + b;
    const one = client.createFunction({ id: "one" }, { event: "go" }, ({ step }) => step.run("add", body, 1, 2));
    const other = client.createFunction({ id: "other" }, { event: "go" }, ({ step }) => step.run("add", body, 3, 4));
    await using t = await createTestEngine({ functions: [one, other] });
    t.mock({ function: one, step: "add" }).calls((...input) => input);
    await t.send({ name: "go" });
    await t.assert.completed(one, [1, 2]);
    await t.assert.completed(other, 7);
    expect(t.stepCalls("add").map(({ functionSlug, input }) => [functionSlug, input])).toEqual([
      ["shop-one", [1, 2]],
      ["shop-other", [3, 4]],
    ]);
  });

  test("in a loop is mocked each time", async () => {
    const loop = client.createFunction({ id: "loop" }, { event: "go" }, async ({ step }) => {
      const got: number[] = [];
      for (let nth = 0; nth < 3; nth += 1) got.push(await step.run("next", () => -1));
      return got;
    });
    let count = 0;
    await using t = await createTestEngine({ functions: [loop], mocks: { next: () => (count += 1) } });
    await t.send({ name: "go" });
    await t.assert.completed(loop, [1, 2, 3]);
  });
});

describe("what is not code of the function", () => {
  test("a wait is mocked: the event comes at once, or the wait times out at once", async () => {
    const waiting = client.createFunction({ id: "waiting" }, { event: "go" }, async ({ step }) => {
      const paid = await step.waitForEvent("paid", { event: "paid", timeout: "7d" });
      const answered = await step.waitForSignal("answered", { signal: "s", timeout: "7d" });
      return { paid: paid?.data["sum"] as number, answered };
    });
    await using t = await createTestEngine({ functions: [waiting] });
    t.mock("paid").returns({ name: "paid", data: { sum: 3 }, id: "1", ts: 0 });
    t.mock("answered").returns(null);
    await t.send({ name: "go" });
    await t.assert.completed(waiting, { paid: 3, answered: null });
  });

  test("an invoke is mocked: it gives, or fails for good, and no function runs", async () => {
    const child = client.createFunction({ id: "child", triggers: [] }, () => "real");
    const parent = client.createFunction({ id: "parent" }, { event: "go" }, async ({ step }) => {
      try {
        return await step.invoke("call", { function: child, data: {} });
      } catch (error) {
        return `caught ${(error as Error).message}`;
      }
    });
    await using t = await createTestEngine({ functions: [parent, child] });
    t.mock("call").returns("mocked");
    await t.send({ name: "go" });
    await t.assert.completed(parent, "mocked");
    t.mock("call").throws(new Error("child failed"));
    await t.send({ name: "go" });
    await t.assert.completed(parent, "caught child failed");
    await t.assert.step(parent, "call", { state: "failed", times: 1 });
    await t.assert.started(child, 0);
    t.mock("call").restore();
    await t.send({ name: "go" });
    await t.assert.completed(parent, "real");
    await t.assert.started(child, 1);
  });

  test("a sleep is mocked: it takes no time", async () => {
    const nap = client.createFunction({ id: "nap" }, { event: "go" }, async ({ step }) => {
      await step.sleep("long", "300d");
      return "awake";
    });
    await using t = await createTestEngine({ functions: [nap], mocks: { long: () => undefined } });
    await t.send({ name: "go" });
    await t.assert.completed(nap, "awake");
  });

  test("events of a step are not sent when the step is mocked", async () => {
    const heard = client.createFunction({ id: "heard" }, { event: "told" }, () => 1);
    const telling = client.createFunction({ id: "telling" }, { event: "go" }, ({ step }) => step.sendEvent("tell", { name: "told" }));
    await using t = await createTestEngine({ functions: [telling, heard], mocks: { tell: () => ({ ids: ["x"] }) } });
    await t.send({ name: "go" });
    await t.assert.completed(telling, { ids: ["x"] });
    await t.assert.notSent("told");
    await t.assert.started(heard, 0);
  });

  test("a mocked answer keeps each of its cookies", async () => {
    const asking = client.createFunction({ id: "asking" }, { event: "go" }, async ({ step }) =>
      (await step.fetch("ask", "https://api.test/")).headers.getSetCookie(),
    );
    const cookies = ["a=1; Path=/", "b=2"];
    const answer = () => new Response("", { headers: cookies.map((cookie): [string, string] => ["set-cookie", cookie]) });
    await using t = await createTestEngine({ functions: [asking], mocks: { ask: answer } });
    await t.send({ name: "go" });
    await t.assert.completed(asking, cookies);
  });

  test("a request is mocked by a Response, by text or by JSON, and is never made by mistake", async () => {
    const asking = client.createFunction({ id: "asking", retries: 0 }, { event: "go" }, async ({ step }) => {
      const response = await step.fetch("https://api.test/weather");
      return { status: response.status, body: await response.json() };
    });
    await using t = await createTestEngine({ functions: [asking] });
    await t.send({ name: "go" });
    await t.assert.failed(asking, { message: /https:\/\/api\.test is not mocked/ });
    const [step] = (await t.run(asking)).steps;
    expect(step?.error?.code).toBe("step_not_mocked");
    t.mock(step?.name ?? "").returns(Response.json({ sun: true }, { status: 201 }));
    await t.send({ name: "go" });
    await t.assert.completed(asking, { status: 201, body: { sun: true } });
    t.mock(step?.name ?? "").returns({ rain: true });
    await t.send({ name: "go" });
    await t.assert.completed(asking, { status: 200, body: { rain: true } });
  });
});
