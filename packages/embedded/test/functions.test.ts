import { Middleware, RetryAfterError, Stepwell } from "stepwell";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { app, bench } from "./bench.ts";

describe("functions in the engine's process", () => {
  test("go on when a listener fails, which is told once", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    onTestFinished(() => said.mockRestore());
    const fine = app().createFunction({ id: "fine" }, { event: "go" }, ({ step }) => step.run("one", () => "fine"));
    const { run, engine } = await bench([fine]);
    engine.observe(() => {
      throw new Error("the exporter is down");
    });
    engine.observe((async () => {
      throw new Error("the other one too");
    }) as () => void);
    const heard: string[] = [];
    engine.observe(({ kind }) => heard.push(kind));
    expect(await run("go")).toMatchObject([{ status: "completed", output: "fine" }]);
    expect(heard).toContain("run.ended");
    expect(said.mock.calls.map(([, error]) => (error as Error).message)).toEqual(["the exporter is down", "the other one too"]);
    expect(said.mock.calls[0]?.[0]).toContain("engine.observe");
  });

  test("the arguments of a step are recorded, also of one that is saved before the next begins", async () => {
    const add = app().createFunction({ id: "add" }, { event: "go" }, async ({ step }) => {
      const sum = await step.run("first", (one: number, other: number) => one + other, 1, 2);
      return step.run("second", (total: number) => total, sum);
    });
    const { run, engine } = await bench([add]);
    const [ended] = await run("go");
    expect(await engine.runs.steps(ended?.id ?? "")).toMatchObject([{ input: [1, 2] }, { input: [3] }]);
  });

  test("an event runs a function, step by step, and its result is recorded", async () => {
    const client = app();
    const ran: string[] = [];
    const charge = client.createFunction({ id: "charge" }, { event: "order/paid" }, async ({ event, step }) => {
      const sum = await step.run("sum", () => {
        ran.push("sum");
        return event.data["items"] as number;
      });
      await step.sleep("pause", 20);
      return step.run("bill", () => {
        ran.push("bill");
        return { sum: sum * 2 };
      });
    });
    const { run, engine } = await bench([charge]);
    const [ended] = await run("order/paid", { items: 21 });
    expect(ended).toMatchObject({ status: "completed", output: { sum: 42 }, functionSlug: "shop-charge", eventName: "order/paid" });
    expect(ran).toEqual(["sum", "bill"]);
    expect(await engine.runs.steps(ended?.id ?? "")).toMatchObject([
      { name: "sum", type: "step.run", state: "completed", output: 21 },
      { name: "pause", type: "step.sleep", state: "completed" },
      { name: "bill", state: "completed", output: { sum: 42 } },
    ]);
  });

  test("waits, signals, invokes and events that steps send stay in the process", async () => {
    const client = app();
    const child = client.createFunction({ id: "child", triggers: [] }, ({ event }) => ({ twice: (event.data["n"] as number) * 2 }));
    const waiting = Promise.withResolvers<void>();
    const parent = client.createFunction({ id: "parent" }, { event: "go" }, async ({ step }) => {
      const invoked = await step.invoke("call", { function: child, data: { n: 4 } });
      const wait = step.waitForEvent("wait", { event: "answer", timeout: "1m" });
      const signal = step.waitForSignal("signal", { signal: "open", timeout: "1m" });
      const sent = step.sendEvent("ask", { name: "question", data: { n: 1 } });
      const [answer, opened] = await Promise.all([wait, signal, sent]);
      return { invoked: invoked.twice, answer: answer?.data["n"] as number, opened };
    });
    const answering = client.createFunction({ id: "answering" }, { event: "question" }, async ({ event, step }) => {
      await step.sendEvent("answer", { name: "answer", data: { n: (event.data["n"] as number) + 1 } });
      await client.sendSignal({ signal: "open", data: "sesame" });
      waiting.resolve();
    });
    const { run } = await bench([parent, child, answering]);
    expect(await run("go")).toMatchObject([{ status: "completed", output: { invoked: 8, answer: 2, opened: { data: "sesame" } } }]);
    await waiting.promise;
  });

  test("a failed attempt is tried again, the failure handler hears of the last one", async () => {
    const client = app();
    const heard = Promise.withResolvers<string>();
    let tries = 0;
    const failing = client.createFunction(
      { id: "failing", retries: 1, onFailure: ({ error }) => heard.resolve(error.message) },
      { event: "go" },
      () => {
        tries += 1;
        throw new RetryAfterError(`no ${tries}`, 10);
      },
    );
    const { run } = await bench([failing]);
    expect(await run("go")).toMatchObject([{ status: "failed", error: { message: "no 2" } }]);
    expect(await heard.promise).toBe("no 2");
  });

  test("a schedule runs", async () => {
    const client = app();
    const ticked = Promise.withResolvers<string>();
    const tick = client.createFunction({ id: "tick" }, { cron: "* * * * * *" }, ({ event }) => ticked.resolve(event.name));
    await bench([tick]);
    expect(await ticked.promise).toMatch(/scheduled/);
  });

  test("one engine runs the functions of several clients, each its own app", async () => {
    const [shop, mail] = [app("shop"), app("mail")];
    const order = shop.createFunction({ id: "order" }, { event: "go" }, () =>
      mail.send({ name: "mail/send" }).then(({ ids }) => ids.length),
    );
    const sent = Promise.withResolvers<string>();
    const letter = mail.createFunction({ id: "order" }, { event: "mail/send" }, ({ runId }) => sent.resolve(runId));
    const { run, engine } = await bench([order, letter]);
    expect(await run("go")).toMatchObject([{ functionSlug: "shop-order", output: 1 }]);
    expect(await engine.result(await sent.promise)).toMatchObject({ functionSlug: "mail-order", status: "completed" });
    expect((await engine.runs.list({ functions: ["mail-order"] })).map(({ appId }) => appId)).toEqual(["mail"]);
  });
});

describe("values", () => {
  test("are what they would be over HTTP, on the first run as on every replay, and plain JSON for whoever looks at the run", async () => {
    const client = app();
    const seen: unknown[] = [];
    const values = client.createFunction({ id: "values" }, { event: "go" }, async ({ event, step }) => {
      const value = await step.run("make", () => ({
        gone: undefined,
        list: [undefined, 1],
        nan: Number.NaN,
        own: new (class Own {
          x = 1;
        })(),
      }));
      seen.push(value);
      await step.sleep("replay", 5);
      return event.data;
    });
    const { run, engine } = await bench([values]);
    const [ended] = await run("go", { at: new Date(0), nothing: undefined, nested: { toJSON: () => "told" } });
    expect(ended?.output).toEqual({ at: "1970-01-01T00:00:00.000Z", nested: "told" });
    const kept = { gone: undefined, list: [undefined, 1], nan: Number.NaN, own: { x: 1 } };
    expect(seen).toStrictEqual([kept, kept]);
    expect(Object.getPrototypeOf((seen[0] as { own: object }).own)).toBe(Object.prototype);
    expect((await engine.runs.steps(ended?.id ?? ""))[0]?.output).toEqual({ list: [null, 1], nan: null, own: { x: 1 } });
  });

  test("are each call's own: what one call does to them no other one sees", async () => {
    const client = app();
    const sent = { list: [1] };
    const seen: number[] = [];
    const spoil = client.createFunction({ id: "spoil" }, { event: "go" }, async ({ event, step }) => {
      const data = event.data as { list: number[] };
      const made = await step.run("make", () => sent.list);
      seen.push(data.list.length, made.length);
      data.list.push(2);
      made.push(2);
      await step.sleep("replay", 5);
      return made;
    });
    const { run } = await bench([spoil]);
    await run("go", sent);
    expect(sent.list).toEqual([1]);
    expect(seen).toEqual([1, 1, 1, 1]);
  });
});

describe("what user code does wrong", () => {
  test.each<readonly [string, () => unknown, object]>([
    [
      "throws",
      () => {
        throw new TypeError("broken");
      },
      { name: "TypeError", message: "broken" },
    ],
    [
      "throws what is no error",
      () => {
        throw "a text";
      },
      { message: expect.stringContaining("a text") },
    ],
    [
      "throws nothing",
      () => {
        throw undefined;
      },
      {},
    ],
    [
      "throws null later",
      async () => {
        await null;
        throw null;
      },
      {},
    ],
    [
      "returns a thenable that throws",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is what is wrong with it.
        then() {
          throw new Error("no then");
        },
      }),
      { message: "no then" },
    ],
    [
      "returns what cannot be written",
      () => ({
        toJSON() {
          throw new Error("no json");
        },
      }),
      { message: expect.stringContaining("no json") },
    ],
    [
      "returns a circle",
      () => {
        const circle: { self?: object } = {};
        circle.self = circle;
        return circle;
      },
      { message: expect.stringMatching(/contains itself/) },
    ],
    [
      "throws an error whose fields throw",
      () => {
        throw Object.defineProperty(new Error("x"), "message", {
          get() {
            throw new Error("no message");
          },
        });
      },
      {},
    ],
  ])("a function that %s fails its run and nothing else", async (_, body, error) => {
    const client = app();
    const bad = client.createFunction({ id: "bad", retries: 0 }, { event: "go" }, body as () => unknown);
    const inStep = client.createFunction({ id: "in-step", retries: 0 }, { event: "go" }, ({ step }) =>
      step.run("bad", body as () => unknown),
    );
    const good = client.createFunction({ id: "good" }, { event: "go" }, () => "good");
    const { run } = await bench([bad, inStep, good]);
    const runs = await run("go");
    const of = (slug: string) => runs.find(({ functionSlug }) => functionSlug === slug);
    expect(of("shop-good")).toMatchObject({ status: "completed", output: "good" });
    expect(of("shop-bad")).toMatchObject({ status: "failed", error });
    expect(of("shop-in-step")).toMatchObject({ status: "failed" });
    expect(await run("go")).toHaveLength(3);
  });
});

describe("a mistake that nobody awaits", () => {
  test("is in the run's log, and ends neither the run nor the process", async () => {
    const lines: string[] = [];
    const line = (text: unknown): void => void lines.push(String(text));
    const client = new Stepwell({ id: "shop", logger: { debug: line, info: line, warn: line, error: line } });
    const forgetful = client.createFunction({ id: "forgetful" }, { event: "go" }, async ({ step, group }) => {
      await step.run("outer", () => {
        void step.run("inner", () => 1);
      });
      void step.sleep("nap", "soon");
      void step.fetch("no address");
      void group.race([]);
      return step.run("after", () => "went on");
    });
    const { run, engine } = await bench([forgetful]);
    const [ended] = await run("go");
    expect(ended).toMatchObject({ status: "completed", output: "went on" });
    const steps = await engine.runs.steps(ended?.id ?? "");
    expect(steps.map(({ name }) => name)).toEqual(["outer", "after"]);
    expect(lines).toEqual([
      expect.stringMatching(/^stepwell: step "inner" was called in the code of step "outer"\. Call steps .* \(step_inside_step\)\.$/),
      expect.stringMatching(/^stepwell: step "nap": the time to sleep is soon, .*[^.] \(invalid_duration\)\.$/),
    ]);
  });

  test("is one of middleware too, whose constructor throws: the run fails", async () => {
    let isBroken = false;
    class Broken extends Middleware.BaseMiddleware {
      readonly id = "broken";
      constructor(args: { readonly client: Stepwell }) {
        super(args);
        if (isBroken) throw new Error("no connection to what it needs");
      }
      /** It breaks between the invocation, which it would refuse, and the call. */
      override transformSendEvent(args: Middleware.TransformSendEventArgs): Middleware.TransformSendEventArgs {
        isBroken = args.events[0]?.data["breaks"] === true;
        return args;
      }
    }
    const client = new Stepwell({ id: "shop", middleware: [Broken] });
    const fn = client.createFunction({ id: "f", retries: 0 }, { event: "go" }, ({ step }) => step.run("one", () => 1));
    const { engine } = await bench([fn]);
    const invoked = async (breaks: boolean) => engine.result((await engine.invoke(fn, { data: { breaks } })).runId);
    expect(await invoked(true)).toMatchObject({
      status: "failed",
      error: { message: "no connection to what it needs", code: "function_error" },
    });
    await expect(engine.invoke(fn)).rejects.toThrow("no connection to what it needs");
    isBroken = false;
    expect(await invoked(false)).toMatchObject({ status: "completed", output: 1 });
  });
});
