import { hashStepId } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { callOnce, onlyOp, opsOf, runId } from "../../test/call-once.ts";
import { setTransport } from "../client/client-transport.ts";
import {
  anthropic,
  fetch as durable,
  type FunctionContext,
  group,
  step as imported,
  openai,
  referenceFunction,
  Stepwell,
} from "../index.ts";

const client = new Stepwell({ id: "app" });
const define = (handler: (context: FunctionContext) => unknown) => client.createFunction({ id: "f", triggers: { event: "go" } }, handler);
const opOf = async (handler: (context: FunctionContext) => unknown) =>
  onlyOp(await callOnce(client, define(handler), { hooks: { runAhead: false } }));
const errorOf = async (handler: (context: FunctionContext) => unknown) => {
  const reply = await callOnce(client, define(handler));
  return reply.kind === "error" ? reply.error.message : reply;
};

describe("sleep", () => {
  test("takes milliseconds, text and durations, to the millisecond", async () => {
    const target = async (time: string | number) => (await opOf(({ step }) => step.sleep("nap", time))) as { target?: string };
    expect((await target(250)).target).toBe("250ms");
    expect((await target("1 hour")).target).toBe("1h");
    expect((await target("1.5h")).target).toBe("1h30m");
    expect((await target("2d3h")).target).toBe("2d3h");
    expect((await target(0)).target).toBe("");
    expect((await target(-5)).target).toBe("");
  });

  test("until takes dates and their text", async () => {
    expect(await opOf(({ step }) => step.sleepUntil("nap", new Date(0)))).toMatchObject({
      kind: "Sleep",
      target: "1970-01-01T00:00:00.000Z",
    });
    expect(await opOf(({ step }) => step.sleepUntil("nap", "2030-01-02T03:04:05.678Z"))).toMatchObject({
      target: "2030-01-02T03:04:05.678Z",
    });
  });

  test("says what is wrong with a time", async () => {
    expect(await errorOf(({ step }) => step.sleep("nap", "soon"))).toMatch(/^step "nap": the time to sleep is soon, which is no time/);
    expect(await errorOf(({ step }) => step.sleepUntil("nap", new Date(Number.NaN)))).toMatch(/^step "nap": the time to sleep until/);
  });
});

describe("waits", () => {
  test("for an event: by name, condition or path, with a lookback", async () => {
    expect(
      await opOf(({ step }) => step.waitForEvent("w", { event: "paid", timeout: "1d", match: "data.id", lookback: "run" })),
    ).toMatchObject({
      kind: "WaitForEvent",
      event: "paid",
      timeout: "1d",
      expression: "event.data.id == async.data.id",
      lookback: "run",
    });
    expect(
      await opOf(({ step }) => step.waitForEvent("w", { event: "paid", timeout: new Date(0), if: "async.data.ok", lookback: 60_000 })),
    ).toMatchObject({
      timeout: "1970-01-01T00:00:00.000Z",
      expression: "async.data.ok",
      lookback: "1m",
    });
  });

  test("for an event with a path and a condition ask for both, whichever caller the types did not stop", async () => {
    const both = { event: "paid", timeout: "1d", match: "data.id", if: "async.data.ok || async.data.free" };
    expect(await opOf(({ step }) => step.waitForEvent("w", both as never))).toMatchObject({
      expression: "(event.data.id == async.data.id) && (async.data.ok || async.data.free)",
    });
  });

  test("for an event give the event, or null", async () => {
    const fn = define(async ({ step }) => (await step.waitForEvent("w", { event: "paid", timeout: "1d" }))?.data.id ?? "timed out");
    const event = { name: "paid", data: { id: "i-1" }, id: "e", ts: 1 };
    expect(await callOnce(client, fn, { memos: { w: event } })).toMatchObject({ data: '"i-1"' });
    expect(await callOnce(client, fn, { memos: { w: null } })).toMatchObject({ data: '"timed out"' });
  });

  test("for a signal", async () => {
    expect(await opOf(({ step }) => step.waitForSignal("w", { signal: "s/1", timeout: "1h", onConflict: "replace" }))).toMatchObject({
      kind: "WaitForSignal",
      signal: "s/1",
      timeout: "1h",
      conflict: "replace",
    });
    expect(await errorOf(({ step }) => step.waitForSignal("w", { signal: "", timeout: "1h" }))).toMatch(/needs the signal's name/);
    expect(await errorOf(({ step }) => step.waitForEvent("w", { event: "x", timeout: "never" }))).toMatch(/^step "w": timeout is never/);
  });
});

describe("invoke", () => {
  const child = client.createFunction({ id: "child" }, () => 1);

  test("names a function of this app, of another, or by reference", async () => {
    expect(
      await opOf(({ step }) => step.invoke("i", { function: child, data: { at: new Date(0) }, timeout: "1h", propagateCancel: true })),
    ).toMatchObject({
      kind: "InvokeFunction",
      functionName: "app-child",
      payload: { data: { at: "1970-01-01T00:00:00.000Z" } },
      timeout: "1h",
      propagateCancel: true,
    });
    expect(await opOf(({ step }) => step.invoke("i", { function: referenceFunction({ functionId: "x" }) }))).toMatchObject({
      functionName: "app-x",
    });
    expect(await opOf(({ step }) => step.invoke("i", { function: referenceFunction({ functionId: "x", appId: "b" }) }))).toMatchObject({
      functionName: "b-x",
    });
    expect(await errorOf(({ step }) => step.invoke("i", { function: undefined as never }))).toMatch(/invoke needs `function`/);
  });
});

describe("sendEvent", () => {
  test("gives a retry the same ids, and each use of an id in a loop its own", async () => {
    const sent: unknown[] = [];
    setTransport(client, {
      sendEvents: async (events, options) => {
        sent.push({ events, seed: options.seed === undefined ? undefined : [options.seed.ms, [...options.seed.entropy]] });
        return { ids: ["x"] };
      },
      sendSignal: async () => ({ runId: undefined }),
    });
    const fn = define(async ({ step }) => {
      await step.sendEvent("s", { name: "a", data: { n: 1 } });
      await step.sendEvent("s", { name: "a", data: { n: 2 } });
    });
    const checkpoint = async () => "saved" as const;
    for (let times = 0; times < 2; times += 1) await callOnce(client, fn, { hooks: { checkpoint } });
    expect(sent).toHaveLength(4);
    expect(sent[0]).toEqual(sent[2]);
    expect(sent[1]).toEqual(sent[3]);
    expect((sent[0] as { seed: unknown }).seed).not.toEqual((sent[1] as { seed: unknown }).seed);
    expect((sent[0] as { seed: [number] }).seed[0]).toBe(1_743_130_137_367);

    sent.length = 0;
    const later = define(({ step }) =>
      step.sendEvent("s", [
        { name: "a", ts: 2_000_000_000_000 },
        { name: "b", id: "own" },
      ]),
    );
    await callOnce(client, later);
    expect(sent).toMatchObject([
      { seed: undefined, events: [{ id: expect.stringMatching(new RegExp(`^${runId}\\.[0-9a-f]{40}\\.0$`)) }, { id: "own" }] },
    ]);
    setTransport(client, undefined);
  });
});

describe("fetch", () => {
  test("is the server's, and an ordinary one in the code of a step", async () => {
    expect(
      await opOf(async ({ step }) => step.fetch("https://api.test/x?y=1", { method: "PUT", headers: { "x-a": "1" }, body: "hi" })),
    ).toMatchObject({
      kind: "Gateway",
      name: "step.fetch: api.test",
      opts: { url: "https://api.test/x?y=1", method: "PUT", headers: expect.objectContaining({ "x-a": "1" }), body: "hi" },
    });
    const named = { id: hashStepId("ask"), name: "ask", opts: { url: "https://api.test/x" } };
    expect(await opOf(async ({ step }) => step.fetch("ask", "https://api.test/x"))).toMatchObject(named);
    expect(await opOf(async ({ step }) => step.fetch({ id: "ask" }, new URL("https://api.test/x"), { method: "POST" }))).toMatchObject({
      ...named,
      opts: { url: "https://api.test/x", method: "POST" },
    });
    expect(await opOf(async ({ step }) => step.run("a", async () => (await step.fetch("data:text/plain,hello")).text()))).toMatchObject({
      kind: "StepRun",
      data: '"hello"',
    });
  });

  test("gives a Response", async () => {
    const fn = define(async ({ step }) => {
      const response = await step.fetch("https://api.test/");
      return [response.status, response.headers.get("x-b"), await response.json()];
    });
    const memo = { data: { url: "https://api.test/", status_code: 404, headers: { "X-B": "2" }, body: '{"ok":1}' } };
    expect(await callOnce(client, fn, { memos: { "step.fetch: api.test": memo } })).toMatchObject({ data: '[404,"2",{"ok":1}]' });
  });

  test("gives each cookie, whatever commas are in it", async () => {
    const fn = define(async ({ step }) => (await step.fetch("https://api.test/")).headers.getSetCookie());
    const cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2; Path=/", "__Host-c=; Secure"];
    for (const joint of [",", ", "]) {
      const memo = { data: { url: "https://api.test/", status_code: 200, headers: { "Set-Cookie": cookies.join(joint) }, body: "" } };
      expect(await callOnce(client, fn, { memos: { "step.fetch: api.test": memo } })).toMatchObject({ data: JSON.stringify(cookies) });
    }
  });
});

describe("ai", () => {
  test("infer reports the request, completed by the model", async () => {
    const model = openai({ model: "gpt", apiKey: "k", defaultParameters: { temperature: 1 } });
    expect(await opOf(({ step }) => step.ai.infer("ask", { model, body: { messages: [] } }))).toMatchObject({
      kind: "AIGateway",
      opts: {
        url: "https://api.openai.com/v1/chat/completions",
        auth_key: "k",
        format: "openai-chat",
        body: { model: "gpt", temperature: 1, messages: [] },
      },
    });
  });

  test("models have what the providers want", () => {
    const model = anthropic({ model: "c", apiKey: "k", betaHeaders: ["a", "b"], defaultParameters: { max_tokens: 5 } });
    expect(model).toMatchObject({
      format: "anthropic",
      url: "https://api.anthropic.com/v1/messages",
      headers: { "anthropic-version": "2023-06-01", "anthropic-beta": "a,b" },
    });
  });

  test("wrap runs code with its arguments", async () => {
    expect(await opOf(({ step }) => step.ai.wrap("ask", async (a: number, b: number) => a * b, 6, 7))).toMatchObject({
      kind: "StepRun",
      stepType: "step.ai.wrap",
      data: "42",
    });
  });
});

describe("imported tools", () => {
  test("are those of the function that calls, however deep", async () => {
    const deep = async (): Promise<string> => {
      await undefined;
      return imported.run("a", () => "deep");
    };
    expect(await opOf(deep)).toMatchObject({ kind: "StepRun", data: '"deep"' });
    expect(
      opsOf(
        await callOnce(
          client,
          define(() => group.parallel(() => Promise.all([imported.sleep("a", 5), imported.sleep("b", 5)]))),
        ),
      ),
    ).toEqual(["Sleep a", "Sleep b"]);
    expect(await opOf(() => durable("https://api.test/"))).toMatchObject({ kind: "Gateway" });
  });

  test("of two functions at once stay apart", async () => {
    const reply = (id: string) =>
      callOnce(
        client,
        define(async () => imported.run(id, () => id)),
      );
    expect((await Promise.all([reply("a"), reply("b")])).map(opsOf)).toEqual([
      ["StepRun a", "RunComplete complete"],
      ["StepRun b", "RunComplete complete"],
    ]);
  });

  test("outside of functions say so, and fetch is the ordinary one", async () => {
    await expect(imported.run("a", () => 1)).rejects.toMatchObject({ code: "step_outside_function" });
    expect(await (await durable("data:text/plain,out")).text()).toBe("out");
    await expect(durable.config({ fallback: undefined })("data:,")).rejects.toMatchObject({ code: "step_outside_function" });
  });
});
