import { describe, expect, test } from "vitest";
import { callOnce, hashOf, onlyOp, opsOf } from "../../test/call-once.ts";
import { type FunctionContext, NonRetriableError, RetryAfterError, Stepwell } from "../index.ts";

const client = new Stepwell({ id: "app" });
const define = (handler: (context: FunctionContext) => unknown, options: object = {}) =>
  client.createFunction({ id: "f", triggers: { event: "go" }, ...options }, handler);
const done = (data: unknown) => ({ data });

describe("what a call replies", () => {
  test("a function without steps: its result", async () => {
    expect(
      await callOnce(
        client,
        define(() => ({ ok: true })),
      ),
    ).toMatchObject({ kind: "result", data: '{"ok":true}' });
    expect(
      await callOnce(
        client,
        define(() => undefined),
      ),
    ).toMatchObject({ kind: "result", data: "null" });
  });

  test("one step: it runs at once, and ends with the function", async () => {
    const fn = define(async ({ step }) => [await step.run("a", () => 1)]);
    const reply = await callOnce(client, fn);
    expect(reply).toMatchObject({
      kind: "ops",
      version: 2,
      noRetry: false,
      ops: [
        { kind: "StepRun", id: hashOf("a"), data: "1" },
        { kind: "RunComplete", data: "[1]" },
      ],
    });
  });

  test("a second step waits until the first is recorded", async () => {
    const fn = define(async ({ step }) => [await step.run("a", () => 1), await step.run("b", () => 2)]);
    expect(opsOf(await callOnce(client, fn))).toEqual(["StepRun a"]);
    expect(opsOf(await callOnce(client, fn, { memos: { a: done(1) } }))).toEqual(["StepRun b", "RunComplete complete"]);
  });

  test("with checkpoints it goes on in the same call, one commit behind", async () => {
    const saved: string[][] = [];
    const fn = define(async ({ step }) => [await step.run("a", () => 1), await step.run("b", () => 2), await step.run("c", () => 3)]);
    const reply = await callOnce(client, fn, {
      hooks: {
        checkpoint: async (ops) => {
          saved.push(ops.map(({ name }) => name));
          return "saved";
        },
      },
    });
    expect(saved).toEqual([["a"], ["b"]]);
    expect(opsOf(reply)).toEqual(["StepRun c", "RunComplete complete"]);
  });

  test("a checkpoint that fails hands the steps back with the reply; a stale one stops everything", async () => {
    const ran: string[] = [];
    const fn = define(async ({ step }) => {
      await step.run("a", () => ran.push("a"));
      await step.run("b", () => ran.push("b"));
    });
    expect(opsOf(await callOnce(client, fn, { hooks: { checkpoint: async () => "failed" } }))).toEqual(["StepRun a"]);
    expect(await callOnce(client, fn, { hooks: { checkpoint: async () => "stale" } })).toMatchObject({
      kind: "error",
      code: "stale_checkpoint",
      noRetry: true,
    });
    expect(ran).toEqual(["a", "a"]);
  });

  test("so many steps may be unsaved as the hooks say", async () => {
    const saved: string[][] = [];
    const fn = define(async ({ step }) => {
      for (const id of ["a", "b", "c", "d", "e"]) await step.run(id, () => id);
    });
    const checkpoint = async (ops: readonly { readonly name: string }[]) => {
      saved.push(ops.map(({ name }) => name));
      return "saved" as const;
    };
    expect(opsOf(await callOnce(client, fn, { hooks: { checkpoint, unsavedMax: 3 } }))).toEqual([
      "StepRun d",
      "StepRun e",
      "RunComplete complete",
    ]);
    expect(saved).toEqual([["a", "b", "c"]]);
  });

  test("no step begins when the time of the call is used up", async () => {
    let now = 0;
    const fn = define(async ({ step }) => {
      for (const id of ["a", "b", "c"])
        await step.run(id, () => {
          now += 6_000;
        });
    });
    const hooks = { now: () => now, maxRuntimeMs: 10_000, checkpoint: async () => "saved" as const };
    expect(opsOf(await callOnce(client, fn, { hooks }))).toEqual(["StepRun b"]);
  });

  test("what is unsaved goes with whatever is reported next", async () => {
    const fn = define(async ({ step }) => {
      await step.run("a", () => 1);
      await step.sleep("nap", "1h");
    });
    expect(opsOf(await callOnce(client, fn))).toEqual(["StepRun a", "Sleep nap"]);
  });

  test("without running ahead each step is a reply of its own", async () => {
    const fn = define(({ step }) => step.run("a", () => 1));
    expect(opsOf(await callOnce(client, fn, { hooks: { runAhead: false } }))).toEqual(["StepRun a"]);
    expect(opsOf(await callOnce(client, fn, { memos: { a: done(1) }, hooks: { runAhead: false } }))).toEqual(["result"]);
  });

  test("steps beside each other are planned, and run when they are called for", async () => {
    const fn = define(({ step }) => Promise.all([step.run("a", () => 1), step.run("b", () => 2)]));
    expect(opsOf(await callOnce(client, fn))).toEqual(["StepPlanned a", "StepPlanned b"]);
    expect(opsOf(await callOnce(client, fn, { target: "b", plan: true }))).toEqual(["StepRun b"]);
    expect(await callOnce(client, fn, { memos: { b: done(2), a: done(1) } })).toMatchObject({ kind: "result", data: "[1,2]" });
  });

  test("one step is planned where the server says so", async () => {
    const fn = define(({ step }) => step.run("a", () => 1));
    expect(opsOf(await callOnce(client, fn, { plan: true }))).toEqual(["StepPlanned a"]);
  });

  test("what began as a retry ends with its step", async () => {
    const fn = define(({ step }) => step.run("a", () => 1));
    expect(opsOf(await callOnce(client, fn, { attempt: 1 }))).toEqual(["StepRun a"]);
  });

  test("a step that nobody awaits is reported all the same", async () => {
    const fn = define(({ step }) => {
      void step.run("a", () => 1);
      return "done";
    });
    expect(opsOf(await callOnce(client, fn))).toEqual(["StepRun a", "RunComplete complete"]);
  });

  test("a step called for that the code has no longer is named, with what there is instead", async () => {
    const fn = define(({ step }) => step.run("new", () => 1));
    const reply = await callOnce(client, fn, { target: "old", hooks: { findStepMs: 20 } });
    expect(reply).toMatchObject({
      kind: "error",
      code: "step_not_found",
      noRetry: false,
      error: { message: expect.stringContaining('"new"') },
    });
    expect(
      await callOnce(
        client,
        define(() => 1),
        { target: "old" },
      ),
    ).toMatchObject({ code: "step_not_found" });
  });

  test("arguments that a person gave replace those of the function", async () => {
    const fn = define(({ step }) => step.run("add", (a: number, b: number) => a + b, 1, 2));
    expect(onlyOp(await callOnce(client, fn, { memos: { add: { input: [5, 6] } }, target: "add" }))).toMatchObject({
      kind: "StepRun",
      data: "11",
    });
  });
});

describe("ids", () => {
  test("of a loop are counted", async () => {
    const fn = define(async ({ step }) => [await step.run("a", () => 1), await step.run("a", () => 2), await step.run("a", () => 3)]);
    expect(onlyOp(await callOnce(client, fn, { memos: { a: done(1) } }))).toMatchObject({ id: hashOf("a:1"), data: "2" });
    expect(await callOnce(client, fn, { memos: { a: done(1), "a:1": done(2), "a:2": done(3) } })).toMatchObject({ data: "[1,2,3]" });
  });

  test("that look like a counted one are passed over", async () => {
    const fn = define(({ step }) => Promise.all(["a:1", "a", "a"].map((id) => step.run(id, () => 1))));
    const reply = await callOnce(client, fn);
    expect(reply.kind === "ops" && reply.ops.map(({ id }) => id)).toEqual([hashOf("a:1"), hashOf("a"), hashOf("a:2")]);
  });

  test("are asked for", async () => {
    const fn = define(({ step }) => step.run("", () => 1));
    expect(await callOnce(client, fn)).toMatchObject({
      kind: "error",
      noRetry: true,
      error: { message: expect.stringContaining("needs an id") },
    });
  });
});

describe("replay", () => {
  test("settles in the order in which it was recorded, so that a race has the same winner", async () => {
    const fn = define(({ step }) => Promise.race([step.run("a", () => "a"), step.run("b", () => "b")]));
    expect(await callOnce(client, fn, { memos: { b: done("b"), a: done("a") } })).toMatchObject({ data: '"b"' });
    expect(await callOnce(client, fn, { memos: { a: done("a"), b: done("b") } })).toMatchObject({ data: '"a"' });
  });

  test("also where a chain of steps runs against one", async () => {
    const fn = define(({ step }) =>
      Promise.race([step.run("a", () => "a"), step.run("b", () => "b").then(() => step.run("b2", () => "b2"))]),
    );
    expect(await callOnce(client, fn, { memos: { b: done(0), b2: done("b2"), a: done("a") } })).toMatchObject({ data: '"b2"' });
    expect(await callOnce(client, fn, { memos: { b: done(0), a: done("a"), b2: done("b2") } })).toMatchObject({ data: '"a"' });
  });

  test("also where the winner has a long way to go and the loser is late", async () => {
    const late = async <T>(turns: number, step: () => Promise<T>): Promise<T> => {
      for (let turn = 0; turn < turns; turn += 1) await undefined;
      return step();
    };
    const fn = define(({ step }) =>
      Promise.race([step.run("a", () => "a").then((value) => late(20, async () => value)), late(3, () => step.run("b", () => "b"))]),
    );
    expect(await callOnce(client, fn, { memos: { a: done("a"), b: done("b") } })).toMatchObject({ data: '"a"' });
  });

  test("waits a moment for a step that user code comes to late", async () => {
    const fn = define(({ step }) =>
      Promise.race([
        step.run("a", () => "a"),
        step
          .run("b", () => "b")
          .then(async () => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            return step.run("b2", () => "b2");
          }),
      ]),
    );
    expect(await callOnce(client, fn, { memos: { b: done(0), b2: done("b2"), a: done("a") } })).toMatchObject({ data: '"b2"' });
  });

  test("goes on where a step of before is no longer in the code", async () => {
    const fn = define(async ({ step }) => [await step.run("a", () => 1), await step.run("c", () => 3)]);
    expect(await callOnce(client, fn, { memos: { a: done(1), gone: done(2), c: done(3) } })).toMatchObject({ data: "[1,3]" });
  });

  test("finds the step it is called for also where a memo's step is not in the code", async () => {
    const fn = define(async ({ step }) => {
      await step.run("a", () => 1);
      await Promise.all([step.run("b", () => 2), step.run("c", () => 3)]);
    });
    const startedAt = performance.now();
    expect(opsOf(await callOnce(client, fn, { memos: { gone: done(0), a: done(1) }, target: "c" }))).toEqual(["StepRun c"]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test("reads what looks like a memo or an error as the data it is", async () => {
    const fn = define(({ step }) => step.run("a", () => ({})));
    for (const data of [{ data: 1, error: null }, { name: "Error", message: "only data" }, { error: 1 }])
      expect(await callOnce(client, fn, { memos: { a: done(data) } })).toMatchObject({ data: JSON.stringify(data) });
  });
});

describe("errors", () => {
  const throwing = (error: unknown) => () => {
    throw error;
  };

  test("of a step are tried again, then final", async () => {
    const fn = define(({ step }) => step.run("a", throwing(new TypeError("no"))));
    expect(onlyOp(await callOnce(client, fn))).toMatchObject({ kind: "StepError", error: { name: "TypeError", message: "no" } });
    expect(onlyOp(await callOnce(client, fn, { attempt: 4 }))).toMatchObject({ kind: "StepFailed", error: { message: "no" } });
    expect(JSON.parse((onlyOp(await callOnce(client, fn)) as { error: { json: string } }).error.json)).toMatchObject({
      name: "TypeError",
      data: null,
      __serialized: true,
    });
  });

  test("that are not retriable are final at once, of a step as of the function, and whatever copy of the class it is", async () => {
    const copy = Object.assign(new Error("copy"), { name: "NonRetriableError" });
    for (const error of [new NonRetriableError("no"), copy]) {
      expect(
        onlyOp(
          await callOnce(
            client,
            define(({ step }) => step.run("a", throwing(error))),
          ),
        ),
      ).toMatchObject({ kind: "StepFailed" });
      expect(await callOnce(client, define(throwing(error)))).toMatchObject({ kind: "error", noRetry: true, status: 400 });
    }
  });

  test("say when to try again", async () => {
    const now = () => 1_000;
    const step = define(({ step }) => step.run("a", throwing(new RetryAfterError("later", 1_500))));
    expect(onlyOp(await callOnce(client, step, { hooks: { now } }))).toMatchObject({ kind: "StepError", retryAfterMs: 1_500 });
    const at = define(throwing(new RetryAfterError("then", new Date(61_000))));
    expect(await callOnce(client, at, { hooks: { now } })).toMatchObject({ kind: "error", noRetry: false, retryAt: 61_000 });
  });

  test("of a step that nobody caught end the run without retries; others thrown in their place do not", async () => {
    const memos = { a: { error: { name: "RangeError", message: "no", stack: "there", cause: { name: "Error", message: "deep" } } } };
    const plain = define(({ step }) => step.run("a", () => 1));
    expect(await callOnce(client, plain, { memos })).toMatchObject({
      kind: "error",
      noRetry: true,
      error: { name: "RangeError", message: "no" },
    });
    const other = define(({ step }) =>
      step
        .run("a", () => 1)
        .catch(() => {
          throw new Error("another");
        }),
    );
    expect(await callOnce(client, other, { memos })).toMatchObject({ noRetry: false, error: { message: "another" } });
    const caught = define(({ step }) =>
      step.run("a", () => 1).catch((error: Error & { stepId?: string }) => [error.name, error.stepId, (error.cause as Error).message]),
    );
    expect(await callOnce(client, caught, { memos })).toMatchObject({ kind: "result", data: '["RangeError","a","deep"]' });
  });

  test("that are no errors are told all the same", async () => {
    for (const [thrown, message] of [
      ["text", "text"],
      [{ a: 1 }, '{"a":1}'],
      [undefined, "undefined"],
    ] as const)
      expect(await callOnce(client, define(throwing(thrown)))).toMatchObject({ kind: "error", error: { name: "Error", message } });
  });

  test("of the function come after its steps are recorded", async () => {
    const saved: string[] = [];
    const fn = define(async ({ step }) => {
      await step.run("a", () => 1);
      throw new Error("after");
    });
    expect(opsOf(await callOnce(client, fn))).toEqual(["StepRun a"]);
    const checkpoint = async (ops: readonly { readonly name: string }[]) => {
      saved.push(...ops.map(({ name }) => name));
      return "saved" as const;
    };
    expect(await callOnce(client, fn, { hooks: { checkpoint } })).toMatchObject({ kind: "error", error: { message: "after" } });
    expect(saved).toEqual(["a"]);
  });

  test("of a step in the code of a step name both", async () => {
    const fn = define(({ step }) => step.run("outer", () => step.run("inner", () => 1)));
    expect(onlyOp(await callOnce(client, fn))).toMatchObject({
      kind: "StepFailed",
      error: { message: 'step "inner" was called in the code of step "outer"' },
    });
  });

  test("of a result that JSON cannot hold say so, once", async () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    expect(
      onlyOp(
        await callOnce(
          client,
          define(({ step }) => step.run("a", () => circle)),
        ),
      ),
    ).toMatchObject({
      kind: "StepFailed",
      error: { name: "StepwellError", message: expect.stringMatching(/^step "a" returned a value that cannot be recorded: .*circular/) },
    });
    expect(
      onlyOp(
        await callOnce(
          client,
          define(({ step }) => step.run("a", () => () => 1)),
        ),
      ),
    ).toMatchObject({ kind: "StepFailed" });
    expect(
      await callOnce(
        client,
        define(() => circle),
      ),
    ).toMatchObject({ kind: "error", noRetry: true, error: { message: expect.stringContaining("the function returned") } });
  });
});

describe("custom retries", () => {
  const failing = (retries: object | ((attempt: number, error: Error) => unknown)) =>
    define(({ step }) => step.run("a", () => Promise.reject(new Error("no"))), { retries });

  test("grow by a rule", async () => {
    const after = async (rule: object, attempt: number) =>
      (onlyOp(await callOnce(client, failing(rule), { attempt, maxAttempts: 9 })) as { retryAfterMs?: number }).retryAfterMs;
    expect(await after({ base: "250ms" }, 0)).toBe(250);
    expect(await after({ base: "250ms" }, 3)).toBe(2_000);
    expect(await after({ base: 250, backoff: "linear" }, 3)).toBe(1_000);
    expect(await after({ base: 250, backoff: "fixed" }, 3)).toBe(250);
    expect(await after({ base: 1_000, max: "3s" }, 5)).toBe(3_000);
    const jittered = (await after({ base: 1_000, backoff: "fixed", jitter: 0.5 }, 0)) ?? 0;
    expect(jittered).toBeGreaterThanOrEqual(1_000);
    expect(jittered).toBeLessThanOrEqual(1_500);
  });

  test("come from a function of attempt and error, which may end them", async () => {
    const fn = failing((attempt, error) => (error.message === "no" && attempt < 3 ? attempt * 10 : false));
    expect(onlyOp(await callOnce(client, fn, { attempt: 1 }))).toMatchObject({ kind: "StepError", retryAfterMs: 20 });
    expect(onlyOp(await callOnce(client, fn, { attempt: 2 }))).toMatchObject({ kind: "StepFailed" });
  });

  test("hold for the function's own code", async () => {
    const fn = define(() => Promise.reject(new Error("no")), { retries: { base: 300 } });
    expect(await callOnce(client, fn, { hooks: { now: () => 5_000 } })).toMatchObject({ kind: "error", retryAt: 5_300 });
  });
});
