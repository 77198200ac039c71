// What TypeScript knows of a test's engine by its functions. The compiler is the judge: at run time these tests only define things.

import { EventSchemas, Stepwell, type StepwellFunction } from "stepwell";
import { describe, expectTypeOf, test } from "vitest";
import type { createTestEngine, TestEngine, TestRun } from "../src/index.ts";

/** Nothing here is called. */
const create = undefined as unknown as typeof createTestEngine;

type Events = { "shop/paid": { data: { total: number } } };
const shop = new Stepwell({ id: "shop", schemas: new EventSchemas().fromRecord<Events>() });
const plain = new Stepwell({ id: "plain" });
const paid = shop.createFunction({ id: "paid", triggers: { event: "shop/paid" } }, ({ event }) => ({
  total: event.data.total,
  at: new Date(),
}));
const loose = plain.createFunction({ id: "loose", triggers: [{ event: "any" }, { cron: "0 3 * * *" }] }, () => "done" as const);

type Paid = TestRun<{ total: number; at: Date }>;

/** With the events of a client that has types. */
type Typed = TestEngine<{ name: "shop/paid"; data: { total: number } }>;

describe("a test's engine", () => {
  test("sends what the functions' client knows, and any event where it knows none", () => {
    void (async () => {
      const t = await create({ functions: [paid] });
      await t.send([{ name: "shop/paid", data: { total: 5 } }]);
      // @ts-expect-error The total is a number.
      await t.send({ name: "shop/paid", data: { total: "5" } });
      // @ts-expect-error There is no such event.
      await t.send({ name: "shop/payd", data: { total: 5 } });
      for (const functions of [[loose], [paid, loose], [] as StepwellFunction[]])
        await (await create({ functions })).send({ name: "any", data: { a: 1 } });
    });
    const anyOf = (t: Typed): TestEngine => t;
    void anyOf;
  });

  test("invokes with what the function takes, and tells of each run what the function gives", () => {
    void (async () => {
      const t = await create({ functions: [paid, loose] });
      const run = await t.invoke(paid, { data: { total: 5 } });
      expectTypeOf(run).toEqualTypeOf<Paid>();
      expectTypeOf(await t.run(run)).toEqualTypeOf<Paid>();
      expectTypeOf(await t.run(paid)).toEqualTypeOf<Paid>();
      expectTypeOf(await t.run(run.id)).toEqualTypeOf<TestRun>();
      expectTypeOf(await t.runs(paid)).toEqualTypeOf<readonly Paid[]>();
      expectTypeOf(await t.runs()).toEqualTypeOf<readonly TestRun[]>();
      expectTypeOf(await t.nextCron(loose)).toEqualTypeOf<readonly TestRun<"done">[]>();
      expectTypeOf(await t.assert.completed(paid)).toEqualTypeOf<Paid>();
      expectTypeOf(await t.assert.completed(run)).toEqualTypeOf<Paid>();
      expectTypeOf(await t.assert.started(loose, 1)).toEqualTypeOf<readonly TestRun<"done">[]>();
      await t.invoke(loose);
      void (() => [
        // @ts-expect-error The function takes data.
        t.invoke(paid),
        // @ts-expect-error The total is a number.
        t.invoke(paid, { data: { total: "5" } }),
      ]);
    });
  });

  test("of which a function makes use has a type that is written down", () => {
    void (async () => {
      const late = plain.createFunction({ id: "late" }, { event: "any" }, () => t.now.getTime());
      const t: TestEngine = await create({ functions: [late] });
      expectTypeOf((await t.runs(late))[0]?.output).toEqualTypeOf<number | undefined>();
    });
  });
});
