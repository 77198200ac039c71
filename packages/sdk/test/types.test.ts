// What TypeScript knows of events and steps. The compiler is the judge: at run time these tests only define things.

import { type as arktype } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import {
  type AiModel,
  anthropic,
  cron,
  deepseek,
  eventType,
  gemini,
  grok,
  invoke,
  openai,
  openaiResponses,
  type ReceivedEvent,
  referenceFunction,
  Stepwell,
  type StepwellFunction,
  staticSchema,
} from "../src/index.ts";

const noop = (): void => undefined;

describe("events without types", () => {
  const client = new Stepwell({ id: "app" });

  test("have data of any shape, in either form of createFunction", () => {
    client.createFunction({ id: "a", triggers: { event: "go" } }, ({ event }) => {
      expectTypeOf(event.name).toEqualTypeOf<"go" | "inngest/function.invoked">();
      const text: string = event.data.userId;
      return text;
    });
    client.createFunction({ id: "b" }, { event: "go" }, ({ event }) => {
      const count: number = event.data.count;
      return count;
    });
    client.createFunction({ id: "c", triggers: [{ event: "a" }, { event: "b" }] }, ({ event }) => {
      expectTypeOf(event.name).toEqualTypeOf<"a" | "b" | "inngest/function.invoked">();
    });
  });

  test("of a schedule have its expression and its times, whatever else the trigger says", () => {
    client.createFunction({ id: "d", triggers: cron("0 9 * * *") }, ({ event }) => {
      expectTypeOf(event.data.cron).toEqualTypeOf<string>();
    });
    client.createFunction({ id: "e" }, { cron: "0 9 * * *" }, ({ event }) => {
      expectTypeOf(event.name).toEqualTypeOf<"inngest/scheduled.timer" | "inngest/function.invoked">();
    });
    const triggers = { cron: "0 9 * * *", jitter: 90_000, catchUp: "all", overlap: "skip" } as const;
    client.createFunction({ id: "f", triggers }, ({ event }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ cron: string; scheduledAt: string; fireAt: string }>();
    });
  });

  test("are sent with any name", () => {
    expectTypeOf(client.send).toBeCallableWith({ name: "go", data: { a: 1 } });
    expectTypeOf(client.send).toBeCallableWith([{ name: "go", data: { a: 1 } }, { name: "stop" }]);
    // @ts-expect-error Data is an object.
    void (() => client.send({ name: "go", data: 5 }));
  });

  test("a function without triggers is invoked", () => {
    client.createFunction({ id: "f" }, ({ event }) => {
      expectTypeOf(event.name).toEqualTypeOf<"inngest/function.invoked">();
    });
  });
});

describe("types of events", () => {
  const client = new Stepwell({ id: "app" });
  const paid = eventType("invoice/paid", { schema: z.object({ id: z.string(), at: z.coerce.date() }) });
  const opened = eventType("invoice/opened", { schema: v.object({ by: v.string() }) });
  const closed = eventType("invoice/closed", { schema: arktype({ reason: "string" }) });
  const plain = eventType("invoice/plain");
  const known = eventType("invoice/known", { schema: staticSchema<{ n: number }>() });

  test("flow to the handler, with what the schema makes of the data", () => {
    client.createFunction({ id: "a", triggers: [paid] }, ({ event, events }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ id: string; at: Date }>();
      expectTypeOf(events[0].data.id).toEqualTypeOf<string>();
    });
    client.createFunction({ id: "b", triggers: { event: opened, if: "event.data.by == 'me'" } }, ({ event }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ by: string }>();
    });
    client.createFunction({ id: "c" }, { event: closed }, ({ event }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ reason: string }>();
    });
    client.createFunction({ id: "d", triggers: [plain] }, ({ event }) => {
      const anything: number = event.data.whatever;
      return anything;
    });
    client.createFunction({ id: "e", triggers: [known, paid] }, ({ event }) => {
      if (event.name === "invoice/known") expectTypeOf(event.data).toEqualTypeOf<{ n: number }>();
      if (event.name === "invoice/paid") expectTypeOf(event.data.id).toEqualTypeOf<string>();
    });
    client.createFunction({ id: "g", triggers: { event: "by/name", schema: z.object({ x: z.number() }) } }, ({ event }) => {
      expectTypeOf(event.data.x).toEqualTypeOf<number>();
    });
  });

  test("flow to what waits, what is sent and what is invoked", () => {
    const child = client.createFunction({ id: "child", triggers: [known] }, ({ event }) => ({ doubled: event.data.n * 2 }));
    const byInvoke = client.createFunction({ id: "by-invoke", triggers: [invoke(z.object({ who: z.string() }))] }, () => "done" as const);
    client.createFunction({ id: "parent", triggers: [plain] }, async ({ step }) => {
      const waited = await step.waitForEvent("w", { event: paid, timeout: "1d" });
      expectTypeOf(waited).toEqualTypeOf<ReceivedEvent<"invoice/paid", { id: string; at: Date }> | null>();
      const named = await step.waitForEvent("n", { event: "by/name", timeout: 5 });
      expectTypeOf(named?.name).toEqualTypeOf<"by/name" | undefined>();
      const either = await step.waitForEvent("e", { events: [paid, "by/name"], timeout: 5 });
      expectTypeOf(either?.name).toEqualTypeOf<"invoice/paid" | "by/name" | undefined>();
      if (either?.name === "invoice/paid") expectTypeOf(either.data.at).toEqualTypeOf<Date>();
      const result = await step.invoke("i", { function: child, data: { n: 1 } });
      expectTypeOf(result).toEqualTypeOf<{ doubled: number }>();
      // @ts-expect-error The child takes a number.
      void step.invoke("j", { function: child, data: { n: "1" } });
      expectTypeOf(await step.invoke("k", { function: byInvoke, data: { who: "me" } })).toEqualTypeOf<"done">();
      const elsewhere = referenceFunction<typeof child>({ functionId: "child" });
      expectTypeOf(await step.invoke("l", { function: elsewhere, data: { n: 1 } })).toEqualTypeOf<{ doubled: number }>();
      const described = referenceFunction({ functionId: "f", appId: "other", schemas: { return: z.object({ ok: z.boolean() }) } });
      expectTypeOf(await step.invoke("m", { function: described })).toEqualTypeOf<{ ok: boolean }>();
    });
  });

  test("make events with the data that the schema takes", () => {
    const event = known.create({ n: 1 }, { id: "once" });
    expectTypeOf(event.data).toEqualTypeOf<{ n: number }>();
    expectTypeOf(client.send).toBeCallableWith(event);
    // @ts-expect-error There is no n.
    known.create({});
    expectTypeOf(plain.create).toBeCallableWith();
  });
});

describe("steps", () => {
  test("give what their code returns", () => {
    const client = new Stepwell({ id: "app" });
    client.createFunction({ id: "a", triggers: { event: "go" } }, async ({ step, group }) => {
      const kept = await step.run("a", async () => ({ at: new Date(), tags: new Set(["x"]), none: undefined }));
      expectTypeOf(kept).toEqualTypeOf<{ at: Date; tags: Set<string>; none: undefined }>();
      expectTypeOf(await step.run("b", () => 1 as const)).toEqualTypeOf<1>();
      expectTypeOf(await step.run("c", (a: number, b: string) => a + b, 1, "x")).toEqualTypeOf<string>();
      // @ts-expect-error The second argument is text.
      void step.run("d", (a: number, b: string) => a + b, 1, 2);
      expectTypeOf(await step.sleep("e", "1h")).toEqualTypeOf<void>();
      expectTypeOf(await step.waitForSignal<{ ok: boolean }>("f", { signal: "s", timeout: "1h" })).toEqualTypeOf<{
        signal: string;
        data: { ok: boolean };
      } | null>();
      expectTypeOf((await step.waitForSignal("g", { signal: "s", timeout: "1h" }))?.data).toEqualTypeOf<unknown>();
      const schema = z.object({ at: z.coerce.date() });
      expectTypeOf(await step.waitForSignal("h", { signal: "s", timeout: "1h", schema })).toEqualTypeOf<{
        signal: string;
        data: { at: Date };
      } | null>();
      const winner = await group.race({ late: () => step.sleep("late", "1d"), done: () => step.run("done", () => 5) });
      if (winner.name === "done") expectTypeOf(winner.value).toEqualTypeOf<number>();
      expectTypeOf(await group.parallel(async () => 3)).toEqualTypeOf<number>();
    });
  });

  test("give objects of own classes as plain data, without their code", () => {
    class Invoice {
      total = 5;
      lines: readonly [number, string] = [1, "a"];
      isPaid(): boolean {
        return this.total === 0;
      }
    }
    const client = new Stepwell({ id: "app" });
    client.createFunction({ id: "a", triggers: { event: "go" } }, async ({ step }) => {
      const invoice = await step.run("a", () => new Invoice());
      expectTypeOf(invoice).toEqualTypeOf<{ total: number; lines: readonly [number, string] }>();
      const given = await step.run("b", () => ({
        map: new Map([["x", new Invoice()]]),
        at: new URL("http://x.test"),
        big: 1n,
        fn: () => 1,
      }));
      expectTypeOf(given.map.get("x")?.total).toEqualTypeOf<number | undefined>();
      expectTypeOf(given.at).toEqualTypeOf<string>();
      expectTypeOf(given.big).toEqualTypeOf<bigint>();
      expectTypeOf<keyof typeof given>().toEqualTypeOf<"map" | "at" | "big">();
      type Outcome = { ok: true; value?: string } | { ok: false; error: Error };
      expectTypeOf(await step.run("c", (): Outcome => ({ ok: true }))).toEqualTypeOf<Outcome>();
      expectTypeOf(await step.run("d", (): unknown => 1)).toEqualTypeOf<unknown>();
      expectTypeOf(await step.run("e", noop)).toEqualTypeOf<void>();
    });
  });

  test("give of an invoked function what a step would give of its result", () => {
    const client = new Stepwell({ id: "app" });
    const child = client.createFunction({ id: "b", triggers: cron("0 9 * * *") }, () => ({
      at: new Date(),
      none: undefined as string | undefined,
      rows: [{ n: 1, fn: () => 1 }],
    }));
    const silent = client.createFunction({ id: "c", triggers: invoke(z.object({ n: z.number() })) }, noop);
    client.createFunction({ id: "a", triggers: { event: "go" } }, async ({ step }) => {
      const result = await step.invoke("a", { function: child });
      expectTypeOf(result).toEqualTypeOf<{ at: Date; none: string | undefined; rows: { n: number }[] }>();
      expectTypeOf(await step.invoke("b", { function: silent, data: { n: 1 } })).toEqualTypeOf<null>();
      // @ts-expect-error The function takes data.
      void (() => step.invoke("c", { function: silent }));
    });
  });

  test("invoke with what the schema of the function takes, not with what it makes of that", () => {
    const client = new Stepwell({ id: "app" });
    const schema = z.object({ n: z.string().transform(Number), at: z.coerce.date(), note: z.string().default("") });
    const byInvoke = client.createFunction({ id: "b", triggers: invoke(schema) }, ({ event }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ n: number; at: Date; note: string }>();
    });
    const byEvent = client.createFunction({ id: "c", triggers: eventType("x", { schema }) }, noop);
    const byName = client.createFunction({ id: "d", triggers: { event: "x", schema } }, noop);
    client.createFunction({ id: "a", triggers: { event: "go" } }, ({ step }) =>
      [byInvoke, byEvent, byName].map((fn) => step.invoke("i", { function: fn, data: { n: "5", at: "2026-01-01" } })),
    );
  });

  test("invoke what is not known with any object, and give what nobody has looked at", () => {
    const client = new Stepwell({ id: "app" });
    const loose = client.createFunction({ id: "b", triggers: { event: "x" } }, (): unknown => 1);
    const erased: StepwellFunction = client.createFunction({ id: "c", triggers: invoke(z.object({ n: z.number() })) }, () => ({ n: 1 }));
    client.createFunction({ id: "a", triggers: { event: "go" } }, async ({ step }) => {
      for (const fn of [loose, erased, referenceFunction({ functionId: "d" })])
        expectTypeOf(await step.invoke("i", { function: fn, data: { any: "thing" } })).toEqualTypeOf<unknown>();
      const taken = referenceFunction({ functionId: "e", schemas: { data: z.object({ n: z.number() }) } });
      expectTypeOf(await step.invoke("j", { function: taken, data: { n: 1 } })).toEqualTypeOf<unknown>();
      // @ts-expect-error Data is an object.
      void (() => step.invoke("k", { function: loose, data: "text" }));
    });
  });

  test("ask a model for what it can be asked, and give what it answers", () => {
    const client = new Stepwell({ id: "app" });
    client.createFunction({ id: "a", triggers: { event: "go" } }, async ({ step }) => {
      const messages = [{ role: "user", content: "Hello" }] as const;
      const chat = await step.ai.infer("a", { model: openai({ model: "gpt-4o" }), body: { messages, response_format: { type: "text" } } });
      expectTypeOf(chat.choices[0]?.message.content).toEqualTypeOf<string | null | undefined>();
      expectTypeOf(chat.usage.total_tokens).toEqualTypeOf<number>();
      for (const model of [deepseek({ model: "x" }), grok({ model: "x" }), step.ai.models.openai({ model: "x" })])
        expectTypeOf(await step.ai.infer("b", { model, body: { messages } })).toEqualTypeOf<typeof chat>();
      const claude = anthropic({ model: "claude", defaultParameters: { max_tokens: 100 } });
      const message = await step.ai.infer("c", { model: claude, body: { messages, system: "Be brief." } });
      for (const part of message.content) if (part.type === "text") expectTypeOf(part.text).toEqualTypeOf<string>();
      const content = await step.ai.infer("d", { model: gemini({ model: "x" }), body: { contents: [{ parts: [{ text: "Hello" }] }] } });
      expectTypeOf(content.candidates?.[0]?.finishReason).toEqualTypeOf<string | undefined>();
      const response = await step.ai.infer("e", { model: openaiResponses({ model: "x" }), body: { input: "Hello" } });
      expectTypeOf(response.usage?.output_tokens).toEqualTypeOf<number | undefined>();
      const own: AiModel<{ readonly prompt: string }, { readonly text: string }> = { authKey: "k", format: "openai-chat" };
      expectTypeOf(await step.ai.infer("f", { model: own, body: { prompt: "Hello", more: 1 } })).toEqualTypeOf<{ readonly text: string }>();
      expectTypeOf(await step.ai.infer("g", { model: own as AiModel, body: { any: "thing" } })).toEqualTypeOf<unknown>();
      void (() => [
        // @ts-expect-error It wants messages.
        step.ai.infer("h", { model: openai({ model: "gpt-4o" }), body: { prompt: "Hello" } }),
        // @ts-expect-error There is no such role.
        step.ai.infer("i", { model: claude, body: { messages: [{ role: "system", content: "Hello" }] } }),
      ]);
    });
  });

  test("wait by a path or by a condition", () => {
    const client = new Stepwell({ id: "app" });
    client.createFunction({ id: "a", triggers: { event: "go" } }, ({ step }) => [
      step.waitForEvent("a", { event: "x", timeout: "1d", match: "data.id" }),
      step.waitForEvent("b", { event: "x", timeout: "1d", if: "async.data.id == 1" }),
      // @ts-expect-error Of both it takes one.
      step.waitForEvent("c", { event: "x", timeout: "1d", if: "async.data.id == 1", match: "data.id" }),
    ]);
  });
});
