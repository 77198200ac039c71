// What goes wrong in somebody's program, and what they are told: a code, a sentence, and where it stands as early as it can.

import { readReply, signBody } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type EventPayload, eventType, type FunctionContext, Middleware, referenceFunction, Stepwell } from "../src/index.ts";
import { encodeReply } from "../src/wire/encode-reply.ts";
import { callOnce } from "./call-once.ts";
import { engineWorld } from "./engine-world.ts";
import { key, production, setup } from "./served-app.ts";

const paid = eventType("shop/paid", { schema: z.object({ order: z.object({ lines: z.array(z.object({ n: z.number() })) }) }) });
const wrong = { order: { lines: [{ n: 1 }, { n: "two" }] } };
const cycle: { deep: { self?: unknown } } = { deep: {} };
cycle.deep.self = cycle;

type Mistake = (context: FunctionContext) => unknown;
const never = undefined as never;

const mistakes: Readonly<Record<string, readonly [Mistake, code: string, sentence: RegExp]>> = {
  "a result that contains itself": [() => cycle, "result_not_serializable", /^the function returned a value that cannot be recorded: /],
  "a step's result that contains itself": [({ step }) => step.run("a", () => cycle), "result_not_serializable", /^step "a" returned/],
  "a result that is a function": [() => () => 1, "result_not_serializable", /it is a function$/],
  "a step's result that is a symbol": [({ step }) => step.run("a", () => Symbol("x")), "result_not_serializable", /it is a symbol$/],
  "a step in a step": [
    ({ step }) => step.run("out", () => step.sleep("in", 1)),
    "step_inside_step",
    /^step "in" was called in the code of step "out"$/,
  ],
  "a step without an id": [({ step }) => step.run("", () => 1), "step_id_missing", /needs an id/],
  "a step without code": [({ step }) => step.run("a", never), "invalid_request", /^step "a": run needs the code of the step/],
  "a time that is none": [
    ({ step }) => step.sleep("nap", "soon"),
    "invalid_duration",
    /^step "nap": the time to sleep is soon, which is no time/,
  ],
  "a wait without a time": [
    ({ step }) => step.waitForEvent("w", { event: "paid", timeout: never }),
    "invalid_duration",
    /^step "w": timeout is missing; give/,
  ],
  "a wait for nothing": [
    ({ step }) => step.waitForEvent("w", { event: never, timeout: 1 }),
    "invalid_request",
    /^step "w": waitForEvent needs/,
  ],
  "a wait without options": [({ step }) => step.waitForEvent("w", never), "invalid_request", /^step "w": waitForEvent needs/],
  "a wait for a signal without a name": [({ step }) => step.waitForSignal("w", never), "invalid_request", /^step "w": waitForSignal needs/],
  "an invoke of nothing": [({ step }) => step.invoke("i", never), "invalid_request", /^step "i": invoke needs `function`/],
  "a request with bytes that are no text": [
    ({ step }) => step.fetch("https://api.test/", { method: "PUT", body: new Uint8Array([1, 255]) }),
    "invalid_request",
    /^step\.fetch sends text, and the body of this request is none$/,
  ],
  "an event without a name": [
    ({ step }) => step.sendEvent("s", { data: {} } as never),
    "invalid_event",
    /an event is an object with a name/,
  ],
  "data that does not fit": [
    ({ step }) => step.sendEvent("s", paid.create(wrong as never)),
    "event_data_invalid",
    /data\.order\.lines\.1\.n: /,
  ],
  "data of an invocation that JSON cannot hold": [
    ({ step }) => step.invoke("i", { function: referenceFunction({ functionId: "other" }), data: cycle }),
    "event_data_invalid",
    /^step "i": its data cannot be sent: it contains itself$/,
  ],
  "data of a signal that JSON cannot hold": [
    ({ step }) => step.sendSignal("s", { signal: "go", data: { big: 1n } }),
    "event_data_invalid",
    /^step "s": its data cannot be sent: .*BigInt/,
  ],
  "data that JSON cannot hold": [
    ({ step }) => step.sendEvent("s", { name: "a", data: { n: 5n } }),
    "event_data_invalid",
    /data\.n is a big integer$/,
  ],
};

describe("a run fails with the code of what is wrong in its function", () => {
  test.each(Object.entries(mistakes))("%s", async (_, [handler, code, sentence]) => {
    const app = new Stepwell({ id: "app" });
    const fn = app.createFunction({ id: "f", triggers: { event: "go" } }, handler);
    const world = await engineWorld(app, [fn]);
    const run = await world.runOf(await world.send({ name: "go" }));
    expect(run).toMatchObject({ status: "failed", error: { name: "StepwellError", message: expect.stringMatching(sentence), code } });
    // It is no better the next time.
    expect(world.calls.length).toBeLessThanOrEqual(2);
  });

  test("over HTTP too, and what is not of this package has no code of its own", async () => {
    const client = new Stepwell({ id: "app" });
    const codeOf = async (handler: Mistake) => {
      const reply = await callOnce(client, client.createFunction({ id: "f" }, handler));
      const { status, body, headers = {} } = encodeReply(reply, undefined, 0);
      const read = readReply({ status, body, headers: { ...headers, "x-inngest-sdk": "stepwell-js:v1" } }, 0 as never);
      return read.kind === "error" ? read.code : read.kind;
    };
    expect(await codeOf(() => cycle)).toBe("result_not_serializable");
    expect(await codeOf(({ step }) => step.sleep("a", "soon"))).toBe("invalid_duration");
    expect(await codeOf(() => Promise.reject(Object.assign(new Error("x"), { code: "result_not_serializable" })))).toBe("function_error");
    expect(await codeOf(() => Promise.reject(Object.assign(new Error("x"), { name: "StepwellError", code: "worker_lost" })))).toBe(
      "function_error",
    );
  });

  test("an event that does not fit fails the run of the function that it starts, with the path", async () => {
    const app = new Stepwell({ id: "app" });
    const world = await engineWorld(app, [app.createFunction({ id: "f", triggers: paid }, () => 1)]);
    // Who sends it does not know of the schema.
    expect(await world.runOf(await world.send({ name: "shop/paid", data: wrong }))).toMatchObject({
      status: "failed",
      error: { code: "event_data_invalid", message: expect.stringContaining("data.order.lines.1.n: ") },
    });
  });
});

test("an invoke of a function that there is not tells the code that calls it", async () => {
  const app = new Stepwell({ id: "app" });
  const fn = app.createFunction({ id: "f", triggers: { event: "go" } }, ({ step }) =>
    step.invoke("i", { function: referenceFunction({ functionId: "nobody" }) }).catch(({ code, message }) => ({ code, message })),
  );
  const world = await engineWorld(app, [fn]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({
    status: "completed",
    output: { code: "function_not_found", message: expect.stringContaining("app-nobody") },
  });
});

test("a signal goes to the environment that it names, or else that of its client", async () => {
  const { client, asked } = setup({ env: "mine" }, {}, () => Response.json({ data: { run_id: "01R" } }));
  expect(await client.sendSignal({ signal: "open", env: "other" })).toEqual({ runId: "01R" });
  await client.sendSignal({ signal: "open", data: { n: 1 } });
  expect(asked.map(({ headers }) => headers.get("x-inngest-env"))).toEqual(["other", "mine"]);
  expect(asked.map(({ body }) => body)).toEqual([{ signal: "open" }, { signal: "open", data: { n: 1 } }]);
});

test("an app says that it can do what it can do", async () => {
  const { ask } = setup({ ...production, signingKey: key });
  const at = Math.floor(Date.now() / 1_000);
  const { body } = await ask("GET", "/api/inngest", undefined, { "x-inngest-signature": await signBody(key, "", at) });
  expect(body).toMatchObject({ authentication_succeeded: true, capabilities: { trust_probe: "v1" } });
  expect(body?.["capabilities"]).not.toHaveProperty("connect");
});

describe("middleware that is none is refused where it is given", () => {
  class Fine extends Middleware.BaseMiddleware {
    readonly id = "fine";
  }
  const makesMiddleware = () => Fine;
  function makesToo() {
    return Fine;
  }
  test.each([
    ["an object", [Fine, {}], "middleware[1] of"],
    ["nothing", [undefined], "middleware[0] of"],
    ["an arrow function that was not called", [makesMiddleware], "middleware[0] of"],
    ["a function that was not called", [makesToo], "middleware[0] of"],
    ["a class alone", Fine, "middleware of"],
  ])("%s", (_, middleware, start) => {
    const refusal = (owner: string) =>
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(`${start} the ${owner} is n`) });
    expect(() => new Stepwell({ id: "shop", middleware: middleware as never })).toThrow(refusal('client "shop"'));
    const client = new Stepwell({ id: "shop" });
    expect(() => client.createFunction({ id: "f", middleware: middleware as never }, () => 1)).toThrow(refusal('function "f"'));
    expect(client.funcs).toEqual([]);
  });
});

describe("events that cannot be sent are refused where they are sent, at once", () => {
  const { client, asked } = setup();
  test.each([
    ["a big integer", { name: "a", data: { list: [{ n: 5n }] } }, 'the event "a" cannot be sent: data.list.0.n is a big integer'],
    ["data that is a big integer", { name: "a", data: 5n }, 'the event "a" cannot be sent: data is a big integer'],
    ["a part that contains itself", { name: "a", data: cycle }, 'the event "a" cannot be sent: data.deep.self contains itself'],
    [
      "what throws when it is written",
      { name: "a", data: { toJSON: () => JSON.parse("{") as unknown } },
      expect.stringMatching(/^the event "a" cannot be sent: JSON cannot hold it: /),
    ],
  ])("%s", async (_, event, message) => {
    await expect(client.send(event as EventPayload)).rejects.toMatchObject({
      code: "event_data_invalid",
      message,
      advice: expect.any(String),
      retryable: false,
    });
    expect(asked).toEqual([]);
  });

  test("what stands twice in an event is no circle", async () => {
    const part = { n: 1 };
    const { client: sender } = setup({}, {}, () => Response.json({ ids: ["01X"] }));
    expect(await sender.send({ name: "a", data: { one: part, two: part } })).toEqual({ ids: ["01X"] });
  });
});
