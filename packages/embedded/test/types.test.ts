// What TypeScript knows of an engine by its functions. The compiler is the judge: at run time these tests only define things.

import { cron, EventSchemas, eventType, invoke, type StandardSchemaV1, Stepwell, type StepwellFunction, staticSchema } from "stepwell";
import { describe, expectTypeOf, test } from "vitest";
import { createApi } from "../api/index.ts";
import type { createEngine, EmbeddedEngine, RunView } from "../src/index.ts";

type Create = typeof createEngine;
/** Nothing here is called. */
const create = undefined as unknown as Create;

type Events = { "shop/paid": { data: { total: number } }; "shop/opened": { data: { by: string } } };
const shop = new Stepwell({ id: "shop", schemas: new EventSchemas().fromRecord<Events>() });
const mail = new Stepwell({ id: "mail", schemas: new EventSchemas().fromSchema({ "mail/sent": staticSchema<{ to: string }>() }) });
const plain = new Stepwell({ id: "plain" });

const paid = shop.createFunction({ id: "paid", triggers: { event: "shop/paid" } }, ({ event }) => ({
  total: event.data.total,
  at: new Date(),
}));
const sent = mail.createFunction({ id: "sent", triggers: { event: "mail/sent" } }, () => undefined);
const loose = plain.createFunction({ id: "loose", triggers: { event: "any" } }, () => "done" as const);
const nightly = plain.createFunction({ id: "nightly", triggers: cron("0 3 * * *") }, () => 5);
/** It makes something else of what it takes. */
type Coercing = StandardSchemaV1<{ n: string; note?: string }, { n: number; note: string }>;
const coerced = eventType("x", { schema: staticSchema<object>() as unknown as Coercing });
const asked = plain.createFunction({ id: "asked", triggers: [coerced] }, ({ event }) => event.data.n);
const called = plain.createFunction({ id: "called", triggers: invoke(staticSchema<{ who: string }>()) }, () => [1n]);

/** With the events of a client that has types. */
type Typed = EmbeddedEngine<{ name: "shop/paid"; data: { total: number } }>;

describe("send", () => {
  test("knows the events of the functions' client", () => {
    void (async () => {
      const engine = await create({ functions: [paid], store: "x.db" });
      await engine.send({ name: "shop/paid", data: { total: 5 }, id: "once" });
      await engine.send([
        { name: "shop/paid", data: { total: 5 } },
        { name: "shop/opened", data: { by: "me" } },
      ]);
      // @ts-expect-error The total is a number.
      await engine.send({ name: "shop/paid", data: { total: "5" } });
      // @ts-expect-error There is no such event.
      await engine.send({ name: "shop/payd", data: { total: 5 } });
      // @ts-expect-error The data is missing.
      await engine.send([{ name: "shop/paid" }]);
    });
  });

  test("of several clients knows the events of all", () => {
    void (async () => {
      const engine = await create({ functions: [paid, sent], store: "x.db" });
      await engine.send([
        { name: "shop/paid", data: { total: 5 } },
        { name: "mail/sent", data: { to: "me" } },
      ]);
      // @ts-expect-error Nobody has such an event.
      await engine.send({ name: "plain/any", data: {} });
    });
  });

  test("sends any event where a client knows none, as the client does", () => {
    void (async () => {
      for (const functions of [[loose], [paid, loose], [] as StepwellFunction[]]) {
        const engine = await create({ functions, store: "x.db" });
        await engine.send([{ name: "any", data: { a: 1 } }, { name: "other" }]);
        // @ts-expect-error Data is an object.
        await engine.send({ name: "any", data: 5 });
      }
    });
  });

  test("an engine whose events are known is an engine", () => {
    const anyOf = (engine: Typed): EmbeddedEngine => engine;
    void (() => createApi(anyOf(undefined as never)));
    void ((engine: Typed) => createApi(engine));
  });
});

describe("invoke", () => {
  test("takes what the function takes, and tells what it gives", () => {
    void (async () => {
      const engine = await create({ functions: [paid, sent, loose, asked, called], store: "x.db" });
      const { runId } = await engine.invoke(paid, { data: { total: 5 } });
      const text: string = runId;
      expectTypeOf(await engine.result(runId)).toEqualTypeOf<RunView<{ total: number; at: string }>>();
      expectTypeOf((await engine.runs.get(runId))?.output).toEqualTypeOf<{ total: number; at: string } | undefined>();
      expectTypeOf((await engine.result(text)).output).toEqualTypeOf<unknown>();
      expectTypeOf((await engine.result((await engine.invoke(loose)).runId)).output).toEqualTypeOf<"done" | undefined>();
      expectTypeOf((await engine.result((await engine.invoke(sent, { data: { to: "me" } })).runId)).output).toEqualTypeOf<
        null | undefined
      >();
      // As the schema takes it.
      await engine.invoke(asked, { data: { n: "5" } });
      expectTypeOf((await engine.result((await engine.invoke(called, { data: { who: "me" } })).runId)).output).toEqualTypeOf<
        string[] | undefined
      >();
      await engine.invoke(nightly);
      await engine.invoke(nightly, { data: { any: "thing" } });
      await engine.invoke("plain-loose", { data: { any: "thing" } });
      await engine.invoke(loose as StepwellFunction, { data: { any: "thing" } });
      void (() => [
        // @ts-expect-error The total is a number.
        engine.invoke(paid, { data: { total: "5" } }),
        // @ts-expect-error The function takes data.
        engine.invoke(paid),
        // @ts-expect-error The schema takes text.
        engine.invoke(asked, { data: { n: 5 } }),
        // @ts-expect-error Data is an object.
        engine.invoke(loose, { data: "text" }),
      ]);
    });
  });
});
