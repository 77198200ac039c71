import { describe, expect, test } from "vitest";
import { callOnce, hashOf, onlyOp, opsOf } from "../../test/call-once.ts";
import { engineWorld } from "../../test/engine-world.ts";
import { setTransport } from "../client/client-transport.ts";
import { dependencyInjectionMiddleware, Middleware, NonRetriableError, Stepwell } from "../index.ts";

/** A class that writes down every hook it is called at. */
function recording(name: string, log: string[]): Middleware.Class {
  return class extends Middleware.BaseMiddleware {
    readonly id = name;
    override onMemoizationEnd() {
      log.push(`${name} onMemoizationEnd`);
    }
    override onRunStart() {
      log.push(`${name} onRunStart`);
    }
    override onRunComplete({ output }: Middleware.OnRunCompleteArgs) {
      log.push(`${name} onRunComplete ${JSON.stringify(output)}`);
    }
    override onRunError({ error, isFinalAttempt }: Middleware.OnRunErrorArgs) {
      log.push(`${name} onRunError ${error.message} ${isFinalAttempt}`);
    }
    override onStepStart({ stepInfo }: Middleware.OnStepStartArgs) {
      log.push(`${name} onStepStart ${stepInfo.options.id}`);
    }
    override onStepComplete({ output }: Middleware.OnStepCompleteArgs) {
      log.push(`${name} onStepComplete ${JSON.stringify(output)}`);
    }
    override onStepError({ error, isFinalAttempt }: Middleware.OnStepErrorArgs) {
      log.push(`${name} onStepError ${error.message} ${isFinalAttempt}`);
    }
    override transformFunctionInput(args: Middleware.TransformFunctionInputArgs) {
      log.push(`${name} transformFunctionInput`);
      return args;
    }
    override transformStepInput(args: Middleware.TransformStepInputArgs) {
      log.push(`${name} transformStepInput ${args.stepOptions.id} ${args.stepInfo.memoized}`);
      return args;
    }
    override async wrapFunctionHandler({ next }: Middleware.WrapFunctionHandlerArgs) {
      log.push(`${name} wrapFunctionHandler >`);
      const result = await next();
      log.push(`${name} wrapFunctionHandler <`);
      return result;
    }
    override async wrapRequest({ next }: Middleware.WrapRequestArgs) {
      log.push(`${name} wrapRequest >`);
      const response = await next();
      log.push(`${name} wrapRequest < ${response.status}`);
      return response;
    }
    override async wrapStep({ next, stepInfo }: Middleware.WrapStepArgs) {
      log.push(`${name} wrapStep > ${stepInfo.memoized}`);
      const result = await next();
      log.push(`${name} wrapStep <`);
      return result;
    }
    override async wrapStepHandler({ next }: Middleware.WrapStepHandlerArgs) {
      log.push(`${name} wrapStepHandler >`);
      const result = await next();
      log.push(`${name} wrapStepHandler <`);
      return result;
    }
  };
}

describe("hooks", () => {
  test("of client and function come in their order, outermost first, and back again", async () => {
    const log: string[] = [];
    const client = new Stepwell({ id: "app", middleware: [recording("C", log)] });
    const fn = client.createFunction({ id: "f", triggers: { event: "go" }, middleware: [recording("F", log)] }, ({ step }) =>
      step.run("a", () => 1),
    );
    await callOnce(client, fn);
    expect(log).toEqual([
      "C wrapRequest >",
      "F wrapRequest >",
      "C transformFunctionInput",
      "F transformFunctionInput",
      "C onMemoizationEnd",
      "F onMemoizationEnd",
      "C onRunStart",
      "F onRunStart",
      "C wrapFunctionHandler >",
      "F wrapFunctionHandler >",
      "C transformStepInput a false",
      "F transformStepInput a false",
      "C wrapStep > false",
      "F wrapStep > false",
      "C onStepStart a",
      "F onStepStart a",
      "C wrapStepHandler >",
      "F wrapStepHandler >",
      "F wrapStepHandler <",
      "C wrapStepHandler <",
      "C onStepComplete 1",
      "F onStepComplete 1",
      "F wrapStep <",
      "C wrapStep <",
      "F wrapFunctionHandler <",
      "C wrapFunctionHandler <",
      "C onRunComplete 1",
      "F onRunComplete 1",
      "F wrapRequest < 206",
      "C wrapRequest < 206",
    ]);
  });

  test("of a replay know what is remembered, and the run starts once", async () => {
    const log: string[] = [];
    const client = new Stepwell({ id: "app", middleware: [recording("C", log)] });
    const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, async ({ step }) => [
      await step.run("a", () => 1),
      await step.run("b", () => 2),
    ]);
    await callOnce(client, fn, { memos: { a: { data: 1 } } });
    expect(log.filter((line) => !/wrapRequest|wrapFunctionHandler|transformFunctionInput/.test(line))).toEqual([
      "C transformStepInput a true",
      "C wrapStep > true",
      "C onMemoizationEnd",
      "C wrapStep <",
      "C transformStepInput b false",
      "C wrapStep > false",
      "C onStepStart b",
      "C wrapStepHandler >",
      "C wrapStepHandler <",
      "C onStepComplete 2",
      "C wrapStep <",
      "C onRunComplete [1,2]",
    ]);
  });

  test("know whether a failure is final", async () => {
    const log: string[] = [];
    const client = new Stepwell({ id: "app", middleware: [recording("C", log)] });
    const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, ({ step, event }) =>
      event.data.inStep ? step.run("a", () => Promise.reject(new Error("no"))) : Promise.reject(new NonRetriableError("never")),
    );
    const failures = async (call: object) => {
      log.length = 0;
      await callOnce(client, fn, call);
      return log.filter((line) => line.includes("Error"));
    };
    expect(await failures({ data: { inStep: true } })).toEqual(["C onStepError no false"]);
    expect(await failures({ data: { inStep: true }, attempt: 4 })).toEqual(["C onStepError no true"]);
    expect(await failures({})).toEqual(["C onRunError never true"]);
    expect(await failures({ memos: { a: { error: { name: "Error", message: "kept" } } }, data: { inStep: true } })).toEqual([
      "C onRunError kept true",
    ]);
  });
});

describe("transforms", () => {
  test("change the context, what is remembered, the ids and arguments of steps, and their results", async () => {
    class Changes extends Middleware.BaseMiddleware {
      readonly id = "changes";
      override transformFunctionInput(args: Middleware.TransformFunctionInputArgs) {
        const steps = Object.fromEntries(
          Object.entries(args.steps).map(([id, each]) => [id, each.type === "data" ? { ...each, data: `read ${each.data}` } : each]),
        );
        return { ...args, steps, ctx: { ...args.ctx, extra: "extra" } };
      }
      override transformStepInput(args: Middleware.TransformStepInputArgs) {
        return {
          ...args,
          stepOptions: { ...args.stepOptions, id: `v2/${args.stepOptions.id}` },
          input: args.input.map((each) => `${each}!`),
        };
      }
      override async wrapStepHandler({ next }: Middleware.WrapStepHandlerArgs) {
        return `written ${await next()}`;
      }
      override async wrapStep({ next }: Middleware.WrapStepArgs) {
        return `seen ${await next()}`;
      }
      override async wrapFunctionHandler({ next }: Middleware.WrapFunctionHandlerArgs) {
        return { wrapped: await next() };
      }
    }
    const client = new Stepwell({ id: "app", middleware: [Changes] });
    const fn = client.createFunction(
      { id: "f", triggers: { event: "go" } },
      async ({ step, extra }) => `${extra} ${await step.run("a", (x: string) => x, "x")}`,
    );
    const first = await callOnce(client, fn);
    expect(first).toMatchObject({
      ops: [{ kind: "StepRun", id: hashOf("v2/a"), name: "v2/a", data: '"written x!"' }, { data: '{"wrapped":"extra seen written x!"}' }],
    });
    expect(await callOnce(client, fn, { memos: { "v2/a": { data: "it" } } })).toMatchObject({ data: '{"wrapped":"extra seen read it"}' });
  });

  test("may put steps around a step", async () => {
    class Around extends Middleware.BaseMiddleware {
      readonly id = "around";
      override async wrapStep({ next, ctx, stepInfo }: Middleware.WrapStepArgs) {
        if (stepInfo.options.id !== "work") return next();
        await ctx.step.run("before", () => "b");
        return next();
      }
    }
    const client = new Stepwell({ id: "app", middleware: [Around] });
    const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, ({ step }) => step.run("work", () => 1));
    expect(opsOf(await callOnce(client, fn))).toEqual(["StepRun before"]);
    expect(opsOf(await callOnce(client, fn, { memos: { before: { data: "b" } } }))).toEqual(["StepRun work", "RunComplete complete"]);
  });

  test("that throw fail the call, which is tried again", async () => {
    class Broken extends Middleware.BaseMiddleware {
      readonly id = "broken";
      override transformFunctionInput(): never {
        throw new Error("no key");
      }
    }
    const client = new Stepwell({ id: "app", middleware: [Broken] });
    const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, () => 1);
    expect(await callOnce(client, fn)).toMatchObject({ kind: "error", noRetry: false, error: { message: "no key" } });
  });
});

describe("sends", () => {
  test("are transformed and wrapped, of the client and of a step", async () => {
    const sent: unknown[] = [];
    class Stamps extends Middleware.BaseMiddleware {
      readonly id = "stamps";
      override transformSendEvent(args: Middleware.TransformSendEventArgs) {
        return { ...args, events: args.events.map((event) => ({ ...event, data: { ...event.data, by: args.fn?.id() ?? "client" } })) };
      }
      override async wrapSendEvent({ next }: Middleware.WrapSendEventArgs) {
        const { ids } = await next();
        return { ids: ids.map((id) => `${id}!`) };
      }
    }
    const client = new Stepwell({ id: "app", middleware: [Stamps] });
    setTransport(client, {
      sendEvents: async (events) => {
        sent.push(...events);
        return { ids: events.map(() => "id") };
      },
      sendSignal: async () => ({ runId: undefined }),
    });
    expect(await client.send({ name: "a", data: { n: 1 } })).toEqual({ ids: ["id!"] });
    const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, ({ step }) => step.sendEvent("s", { name: "b" }));
    expect(onlyOp(await callOnce(client, fn, { hooks: { runAhead: false } }))).toMatchObject({ data: '{"ids":["id!"]}' });
    expect(sent).toMatchObject([
      { name: "a", data: { n: 1, by: "client" } },
      { name: "b", data: { by: "f" } },
    ]);
  });
});

describe("classes", () => {
  test("are told where they were given, and are made anew for each call", async () => {
    const told: unknown[] = [];
    let made = 0;
    class Told extends Middleware.BaseMiddleware {
      readonly id = "told";
      constructor(args: { readonly client: Stepwell }) {
        super(args);
        made += 1;
      }
      static override onRegister({ client, fn }: Middleware.OnRegisterArgs) {
        told.push([client.id, fn?.id() ?? null]);
      }
    }
    const client = new Stepwell({ id: "app", middleware: [Told] });
    const fn = client.createFunction({ id: "f", triggers: { event: "go" }, middleware: [Told] }, () => 1);
    expect(told).toEqual([
      ["app", null],
      ["app", "f"],
    ]);
    await callOnce(client, fn);
    await callOnce(client, fn);
    expect(made).toBe(4);
  });

  test("inject what functions need", async () => {
    const client = new Stepwell({ id: "app", middleware: [dependencyInjectionMiddleware({ db: { count: () => 7 } })] });
    const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, ({ db }) => db.count());
    expect(await callOnce(client, fn)).toMatchObject({ data: "7" });
  });
});

test.each([
  ["a function", () => () => 1, "cannot be recorded: it is a function"],
  ["a circle", circle, 'step "a" returned'],
])("on the engine: a step that gives what cannot be recorded has failed: %s", async (_, give, message) => {
  const log: string[] = [];
  const app = new Stepwell({ id: "app", middleware: [recording("C", log)] });
  const fn = app.createFunction({ id: "f", triggers: { event: "go" }, retries: 0 }, ({ step }) => step.run("a", give));
  const world = await engineWorld(app, [fn]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "failed" });
  expect(log.filter((line) => line.includes("onStep"))).toEqual(["C onStepStart a", expect.stringMatching(`^C onStepError .*${message}`)]);
});

test("a step is complete with what it brought, types that JSON has not among them, once", async () => {
  const heard: unknown[] = [];
  class Hears extends Middleware.BaseMiddleware {
    readonly id = "hears";
    override onStepComplete({ output }: Middleware.OnStepCompleteArgs) {
      heard.push(output);
    }
  }
  const app = new Stepwell({ id: "app", middleware: [Hears] });
  const fn = app.createFunction({ id: "f", triggers: { event: "go" } }, async ({ step }) => {
    const set = await step.run("set", () => new Set([1]));
    return step.run("big", () => `${typeof set} ${set.has(1)}`);
  });
  const world = await engineWorld(app, [fn]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed", output: "object true" });
  expect(heard).toEqual([new Set([1]), "object true"]);
});

function circle(): object {
  const self: { self?: object } = {};
  self.self = self;
  return self;
}

test("on the engine: both forms together, over steps, sleeps and failures", async () => {
  const log: string[] = [];
  const app = new Stepwell({ id: "app", middleware: [recording("C", log), dependencyInjectionMiddleware({ factor: 2 })] });
  let tries = 0;
  const fn = app.createFunction({ id: "f", triggers: { event: "go" }, retries: 1 }, async ({ step, factor }) => {
    const a = await step.run("a", () => {
      tries += 1;
      if (tries === 1) throw new Error("once");
      return 21;
    });
    await step.sleep("nap", "1h");
    return a * factor;
  });
  const world = await engineWorld(app, [fn]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed", output: 42 });
  expect(log.filter((line) => /onRun|onStep/.test(line))).toEqual([
    "C onRunStart",
    "C onStepStart a",
    "C onStepError once false",
    "C onStepStart a",
    "C onStepComplete 21",
    "C onRunComplete 42",
  ]);
});
