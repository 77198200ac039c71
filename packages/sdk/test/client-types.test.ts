// What TypeScript knows of a client, its options and its context. The compiler is the judge: at run time these tests only define things.

import * as v from "valibot";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import {
  type BaseContext,
  type Context,
  dependencyInjectionMiddleware,
  type EventNameFromTrigger,
  EventSchemas,
  eventType,
  type GetEvents,
  type GetStepTools,
  type Handler,
  Inngest,
  type InngestFunction,
  InngestMiddleware,
  Middleware,
  Stepwell,
} from "../src/index.ts";

const noop = (): void => undefined;

describe("schemas of a client", () => {
  type Events = { "shop/paid": { data: { total: number } }; "shop/opened": { data: { by: string }; user: { id: string } } };

  test("by types alone", () => {
    const client = new Stepwell({ id: "shop", schemas: new EventSchemas().fromRecord<Events>() });
    client.createFunction({ id: "a" }, { event: "shop/paid" }, async ({ event, step }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ total: number }>();
      const opened = await step.waitForEvent("o", { event: "shop/opened", timeout: "1h" });
      expectTypeOf(opened?.data).toEqualTypeOf<{ by: string } | undefined>();
      await step.sendEvent("s", { name: "shop/paid", data: { total: 1 } });
    });
    expectTypeOf(client.send).toBeCallableWith({ name: "shop/paid", data: { total: 1 } });
    // @ts-expect-error The total is a number.
    void (() => client.send({ name: "shop/paid", data: { total: "1" } }));
    // @ts-expect-error There is no such event.
    void (() => client.send({ name: "shop/unknown", data: {} }));
  });

  test("refuse names that are not among them, wherever one stands", () => {
    const client = new Stepwell({ id: "shop", schemas: new EventSchemas().fromRecord<Events>() });
    // @ts-expect-error There is no such event.
    client.createFunction({ id: "a", triggers: { event: "shop/payd" } }, noop);
    // @ts-expect-error There is no such event.
    client.createFunction({ id: "b" }, { event: "shop/payd" }, noop);
    // @ts-expect-error There is no such event.
    client.createFunction({ id: "c", triggers: { event: "shop/paid" }, cancelOn: [{ event: "shop/payd" }] }, noop);
    client.createFunction({ id: "d", triggers: { event: "shop/paid" } }, ({ step }) => [
      // @ts-expect-error There is no such event.
      step.waitForEvent("w", { event: "shop/payd", timeout: "1d" }),
      step.waitForEvent("x", { event: "shop/payd", timeout: "1d", schema: z.object({ total: z.number() }) }),
    ]);
    client.createFunction({ id: "e", triggers: { event: "inngest/function.failed" } }, noop);
    client.createFunction({ id: "f", triggers: eventType("elsewhere/named", { schema: z.object({ n: z.number() }) }) }, noop);
  });

  test("are those that a wildcard means", () => {
    type More = Events & { "mail/sent": { data: { to: string } } };
    const client = new Stepwell({ id: "shop", schemas: new EventSchemas().fromRecord<More>() });
    client.createFunction({ id: "a", triggers: { event: "shop/*" } }, ({ event }) => {
      if (event.name === "shop/paid") expectTypeOf(event.data).toEqualTypeOf<{ total: number }>();
      if (event.name === "shop/opened") expectTypeOf(event.data).toEqualTypeOf<{ by: string }>();
      expectTypeOf(event.name).toEqualTypeOf<"shop/paid" | "shop/opened" | "inngest/function.invoked">();
      expectTypeOf(event.data).toEqualTypeOf<{ total: number } | { by: string }>();
    });
    const audit = client.createFunction({ id: "b", triggers: [{ event: "shop/*" }, { event: "mail/*" }] }, ({ event, events }) => {
      if (event.name === "mail/sent") expectTypeOf(event.data).toEqualTypeOf<{ to: string }>();
      for (const { name, data } of events) if (name === "shop/paid") expectTypeOf(data.total).toEqualTypeOf<number>();
    });
    client.createFunction({ id: "c", triggers: { event: "shop/*" } }, ({ step }) => [
      step.invoke("a", { function: audit, data: { to: "me" } }),
      // @ts-expect-error It is none of theirs.
      step.invoke("b", { function: audit, data: { of: "me" } }),
    ]);
    // @ts-expect-error A wildcard stands after `/` or `.`.
    client.createFunction({ id: "d", triggers: { event: "shop*" } }, noop);
  });

  test("leave the names that a wildcard means open where nothing is known of them", () => {
    const client = new Stepwell({ id: "shop" });
    client.createFunction({ id: "a", triggers: [{ event: "shop/*" }, { event: "mail.*" }] }, ({ event }) => {
      expectTypeOf(event.name).toEqualTypeOf<`shop/${string}` | `mail.${string}` | "inngest/function.invoked">();
      return event.name === "shop/paid" && event.data.total;
    });
    const typed = eventType("shop/*", { schema: z.object({ n: z.number() }) });
    client.createFunction({ id: "b", triggers: typed }, ({ event }) => {
      expectTypeOf(event.name).toEqualTypeOf<`shop/${string}` | "inngest/function.invoked">();
      expectTypeOf(event.data).toEqualTypeOf<{ n: number }>();
    });
  });

  test("by a union, by zod and by any library", () => {
    type Union = { name: "a"; data: { a: string } } | { name: "b"; data: { b: number } };
    const client = new Stepwell({
      id: "shop",
      schemas: new EventSchemas()
        .fromUnion<Union>()
        .fromZod({ c: { data: z.object({ c: z.boolean() }) } })
        .fromZod([z.object({ name: z.literal("d"), data: z.object({ d: z.string() }) })])
        .fromSchema({ e: v.object({ e: v.number() }) }),
    });
    client.createFunction({ id: "a" }, [{ event: "a" }, { event: "b" }], ({ event }) => {
      if (event.name === "a") expectTypeOf(event.data).toEqualTypeOf<{ a: string }>();
    });
    client.createFunction({ id: "c" }, { event: "c" }, ({ event }) => expectTypeOf(event.data).toEqualTypeOf<{ c: boolean }>());
    client.createFunction({ id: "d" }, { event: "d" }, ({ event }) => expectTypeOf(event.data).toEqualTypeOf<{ d: string }>());
    client.createFunction({ id: "e" }, { event: "e" }, ({ event }) => expectTypeOf(event.data).toEqualTypeOf<{ e: number }>());
  });
});

describe("types that existing applications name", () => {
  const inngest = new Inngest({ id: "app", schemas: new EventSchemas().fromRecord<{ "a/b": { data: { x: number } } }>() });
  type Client = typeof inngest;

  test("are there with the arguments that both generations give them", () => {
    expectTypeOf<GetStepTools<Client, "a/b">>().toEqualTypeOf<GetStepTools<Client>>();
    expectTypeOf<GetEvents<Client>["a/b"]["data"]>().toEqualTypeOf<{ x: number }>();
    expectTypeOf<GetEvents<Client, true>["inngest/scheduled.timer"]["data"]["cron"]>().toEqualTypeOf<string>();
    expectTypeOf<Context<Client, "a/b">["event"]["data"]>().toEqualTypeOf<{ x: number }>();
    expectTypeOf<Context<Client, "a/b", { db: 5 }>["db"]>().toEqualTypeOf<5>();
    expectTypeOf<Context<Client, { db: 5 }>["db"]>().toEqualTypeOf<5>();
    expectTypeOf<BaseContext<Client, "a/b">["event"]["data"]>().toEqualTypeOf<{ x: number }>();
    expectTypeOf<EventNameFromTrigger<GetEvents<Client>, { event: "a/b" }>>().toEqualTypeOf<"a/b">();
    expectTypeOf<EventNameFromTrigger<{ event: "a/b" }>>().toEqualTypeOf<"a/b">();
    expectTypeOf<InngestMiddleware>().toExtend<InngestMiddleware.Any>();
    expectTypeOf<Handler<Client, "a/b">>().parameter(0).toHaveProperty("step");
  });

  test("events may have a user beside their types, and clients and functions stand for any", () => {
    expectTypeOf(inngest.send).toBeCallableWith([{ name: "a/b", data: { x: 1 }, user: {}, ts: 1, id: "x", v: "1" }]);
    const any: Inngest.Any = inngest;
    const functions: InngestFunction.Any[] = [any.createFunction({ id: "f" }, { event: "a/b" }, ({ event }) => event.data.whatever)];
    return functions;
  });
});

describe("options", () => {
  const client = new Stepwell({ id: "app" });

  test("that there are not are refused, in either form", () => {
    // @ts-expect-error It is called retries.
    void (() => client.createFunction({ id: "a", triggers: { event: "go" }, retires: 2 }, noop));
    // @ts-expect-error It is called retries.
    void (() => client.createFunction({ id: "b", retires: 2 }, { event: "go" }, noop));
    // @ts-expect-error There are at most twenty.
    void (() => client.createFunction({ id: "c", triggers: { event: "go" }, retries: 21 }, noop));
    client.createFunction(
      { id: "e", triggers: { event: "go" }, retries: { limit: 12, delay: (attempt, { message }) => message.length * attempt } },
      noop,
    );
    // @ts-expect-error The function says each time itself.
    void (() => client.createFunction({ id: "f", triggers: { event: "go" }, retries: { delay: () => 5, base: "5s" } }, noop));
    // @ts-expect-error A function has an id.
    void (() => client.createFunction({ triggers: { event: "go" } }, noop));
    // @ts-expect-error A trigger is an event or a schedule.
    client.createFunction({ id: "d", triggers: { event: "go", cron: "* * * * *" } }, noop);
  });
});

describe("failure handlers", () => {
  test("know the event of the run that failed", () => {
    const client = new Stepwell({ id: "shop", schemas: new EventSchemas().fromRecord<{ go: { data: { n: number } } }>() });
    client.createFunction(
      {
        id: "a",
        onFailure: ({ event, error }) => {
          expectTypeOf(event.data.event.data).toEqualTypeOf<{ n: number }>();
          expectTypeOf(error).toEqualTypeOf<Error>();
        },
      },
      { event: "go" },
      noop,
    );
    client.createFunction(
      { id: "b", triggers: { event: "go" }, onFailure: ({ event }) => expectTypeOf(event.data.event.data.n).toEqualTypeOf<number>() },
      noop,
    );
  });
});

describe("middleware", () => {
  test("adds to the context, in either form, of the client and of a function", () => {
    class Timing extends Middleware.BaseMiddleware {
      readonly id = "timing";
      override transformFunctionInput(args: Middleware.TransformFunctionInputArgs) {
        return { ...args, ctx: { ...args.ctx, startedAt: 5 } };
      }
    }
    const elder = new InngestMiddleware({
      name: "db",
      init: () => ({ onFunctionRun: () => ({ transformInput: () => ({ ctx: { db: { find: (id: string) => id.length } } }) }) }),
    });
    const client = new Stepwell({ id: "shop", middleware: [Timing, elder, dependencyInjectionMiddleware({ mailer: "smtp" as string })] });
    client.createFunction({ id: "a", triggers: { event: "go" } }, ({ startedAt, db, mailer }) => {
      expectTypeOf(startedAt).toEqualTypeOf<number>();
      expectTypeOf(db.find("x")).toEqualTypeOf<number>();
      expectTypeOf(mailer).toEqualTypeOf<string>();
    });
    client.createFunction(
      { id: "b", middleware: [dependencyInjectionMiddleware({ own: true as boolean })] },
      { event: "go" },
      ({ own, db }) => {
        expectTypeOf(own).toEqualTypeOf<boolean>();
        expectTypeOf(db.find).toBeFunction();
      },
    );
  });
});
