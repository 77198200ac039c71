import { describe, expect, test } from "vitest";
import { callOnce, hashOf, onlyOp, opsOf } from "../../test/call-once.ts";
import { type FunctionContext, Stepwell } from "../index.ts";

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

  test("arguments that a person gave replace those of the function", async () => {
    const fn = define(({ step }) => step.run("add", (a: number, b: number) => a + b, 1, 2));
    expect(onlyOp(await callOnce(client, fn, { memos: { add: { input: [5, 6] } }, target: "add" }))).toMatchObject({
      kind: "StepRun",
      data: "11",
    });
  });
});

describe("a call for one step that user code does not come to", () => {
  const notFound = { kind: "error", code: "step_not_found", noRetry: false };
  /** What user code awaits that is no step. */
  const slow = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const took = async (reply: Promise<unknown>) => {
    const before = performance.now();
    await reply;
    return performance.now() - before;
  };

  test("is answered soon after others were found in its place, which are named", async () => {
    const fn = define(({ step }) => step.run("new", () => 1));
    const reply = callOnce(client, fn, { target: "old" });
    expect(await took(reply)).toBeLessThan(2_000);
    expect(await reply).toMatchObject({ ...notFound, error: { message: expect.stringContaining('"new"') } });
  });

  test("is answered at once where user code ends, and after the time for its search where it hangs", async () => {
    const over = define(() => 1);
    expect(await callOnce(client, over, { target: "old" })).toMatchObject(notFound);
    const hanging = define(() => new Promise(() => undefined));
    expect(await callOnce(client, hanging, { target: "old", hooks: { findStepMs: 20 } })).toMatchObject(notFound);
  });

  test("is not one whose step comes after slow work, however many were remembered before", async () => {
    const fn = define(async ({ step }) => {
      await step.run("first", () => 0);
      await slow(400);
      return Promise.all([step.run("a", () => 1), step.run("b", () => 2)]);
    });
    expect(opsOf(await callOnce(client, fn, { target: "b", memos: { first: done(0) } }))).toEqual(["StepRun b"]);
  });

  test("is not one whose step is a little later than those it was planned with", async () => {
    const after = async (ms: number, work: () => Promise<number>) => {
      await slow(ms);
      return work();
    };
    const fn = define(({ step }) => Promise.all([1, 60, 120, 180, 240, 300].map((ms) => after(ms, () => step.run(`at ${ms}`, () => ms)))));
    expect(opsOf(await callOnce(client, fn, { target: "at 300" }))).toEqual(["StepRun at 300"]);
  });

  test("is not one whose step comes after a remembered one that is late itself", async () => {
    const fn = define(({ step }) => {
      const late = async () => {
        await slow(200);
        await step.run("late", () => 0);
        await slow(150);
        return step.run("b", () => 2);
      };
      return Promise.all([step.run("a", () => 1), late()]);
    });
    expect(opsOf(await callOnce(client, fn, { target: "b", memos: { late: done(0) } }))).toEqual(["StepRun b"]);
  });
});
