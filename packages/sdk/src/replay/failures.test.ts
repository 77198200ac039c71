import { describe, expect, test } from "vitest";
import { callOnce, onlyOp, opsOf } from "../../test/call-once.ts";
import { functionConfigs } from "../define/function-configs.ts";
import { type FunctionContext, NonRetriableError, RetryAfterError, Stepwell } from "../index.ts";

const client = new Stepwell({ id: "app" });
const define = (handler: (context: FunctionContext) => unknown, options: object = {}) =>
  client.createFunction({ id: "f", triggers: { event: "go" }, ...options }, handler);

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
      error: {
        name: "StepwellError",
        message: expect.stringMatching(/^step "a" returned a value that cannot be recorded: it contains itself$/),
      },
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

  test("a function may be given as the delay of more than four", async () => {
    const fn = failing({
      limit: 20,
      delay: (attempt: number, error: Error) => (error.message === "no" && attempt < 20 ? attempt * 10 : false),
    });
    expect(functionConfigs(client, [fn], "http://x/")).toMatchObject([{ steps: { step: { retries: { attempts: 20 } } } }]);
    expect(onlyOp(await callOnce(client, fn, { attempt: 12, maxAttempts: 21 }))).toMatchObject({ kind: "StepError", retryAfterMs: 130 });
    expect(onlyOp(await callOnce(client, fn, { attempt: 19, maxAttempts: 21 }))).toMatchObject({ kind: "StepFailed" });
  });

  test.for<[string, () => unknown, string]>([
    ["throws", () => JSON.parse("{"), "threw SyntaxError"],
    ["gives a negative number", () => -5, "gave -5"],
    ["gives text that is no duration", () => "soon", 'gave "soon"'],
    ["gives no number", () => Number.NaN, "gave NaN"],
    ["gives null", () => null, "gave null"],
    ["gives a promise", () => Promise.reject(new Error("late")), "gave a promise"],
  ])("whose function %s are told of, and the server says when", async ([, retries, said]) => {
    const lines: unknown[] = [];
    const warned = new Stepwell({ id: "app", logger: { ...console, warn: (line: unknown) => void lines.push(line) } });
    const options = { id: "f", triggers: { event: "go" }, retries: retries as never };
    const ofStep = warned.createFunction(options, ({ step }) => step.run("a", () => Promise.reject(new Error("no"))));
    const op = onlyOp(await callOnce(warned, ofStep));
    expect(op).toMatchObject({ kind: "StepError", error: { message: "no" } });
    expect(op).not.toHaveProperty("retryAfterMs");
    const sentence = expect.stringMatching(`^stepwell: \`retries\` of function "f" ${said}.*retries_invalid`);
    expect(lines).toEqual([sentence]);
    expect(op.logs).toMatchObject([{ level: "warn", text: sentence }]);
    const ofFunction = warned.createFunction(options, () => Promise.reject(new Error("no")));
    expect(await callOnce(warned, ofFunction)).toMatchObject({ kind: "error", noRetry: false, error: { message: "no" } });
    expect(lines).toEqual([sentence, sentence]);
  });

  test.for<[unknown, string]>([
    [21, "retries is 21; it is a whole number from 0 to 20"],
    [-1, "retries is -1"],
    [1.5, "retries is 1.5"],
    ["3", 'retries is "3"'],
    [null, "retries is null"],
    [{ limit: 99 }, "retries.limit is 99"],
    [{ backoff: "expo" }, 'retries.backoff is "expo"; it is "exponential", "linear" or "fixed"'],
    [{ base: "soon" }, 'retries.base is "soon"'],
    [{ max: -1 }, "retries.max is -1"],
    [{ jitter: 5 }, "retries.jitter is 5"],
    [{ factor: 2 }, 'retries has no "factor"'],
    [{ delay: "5s" }, 'retries.delay is "5s"; it is a function of the attempt and its error'],
    [{ delay: () => 5, backoff: "fixed" }, 'retries has both "delay" and "backoff"'],
  ])("that are none are refused where the function is defined: %j", ([retries, message]) => {
    expect(() => define(() => 1, { retries: retries as never })).toThrow(
      expect.objectContaining({ code: "retries_invalid", message: expect.stringContaining(`function "f": ${message}`) }),
    );
  });

  test("hold for the function's own code", async () => {
    const fn = define(() => Promise.reject(new Error("no")), { retries: { base: 300 } });
    expect(await callOnce(client, fn, { hooks: { now: () => 5_000 } })).toMatchObject({ kind: "error", retryAt: 5_300 });
  });
});
