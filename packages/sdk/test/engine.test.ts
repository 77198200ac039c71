// The seam that runs functions, against the engine that calls them.

import { expect, test } from "vitest";
import { NonRetriableError, type StepError, Stepwell } from "../src/index.ts";
import { engineWorld } from "./engine-world.ts";

test.each([false, true])("a run of several steps replays to its end (checkpoints: %s)", async (checkpoints) => {
  const app = new Stepwell({ id: "app" });
  const ran: string[] = [];
  const many = app.createFunction({ id: "many", triggers: { event: "go" } }, async ({ event, step }) => {
    const a = await step.run("a", () => {
      ran.push("a");
      return event.data["n"] as number;
    });
    await step.sleep("nap", "250ms");
    const [b, c] = await Promise.all([
      step.run("b", () => {
        ran.push("b");
        return a + 1;
      }),
      step.run("c", () => {
        ran.push("c");
        return a + 2;
      }),
    ]);
    return step.run("d", () => {
      ran.push("d");
      return { b, c };
    });
  });
  const world = await engineWorld(app, [many], { checkpoints });
  const id = await world.send({ name: "go", data: { n: 1 } });
  expect(await world.runOf(id)).toMatchObject({ status: "completed", output: { b: 2, c: 3 } });
  expect(ran.sort()).toEqual(["a", "b", "c", "d"]);
});

test("a one-step run is one call, its step committed with its end", async () => {
  const app = new Stepwell({ id: "app" });
  const one = app.createFunction({ id: "one" }, { event: "go" }, ({ step }) => step.run("a", () => 1));
  const world = await engineWorld(app, [one]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed", output: 1 });
  expect(world.calls).toHaveLength(1);
  expect(world.calls[0]?.reply).toMatchObject({ kind: "ops", ops: [{ kind: "StepRun" }, { kind: "RunComplete" }] });
});

test("a step is retried, its last error is caught, and the run goes on", async () => {
  const app = new Stepwell({ id: "app" });
  let tries = 0;
  const caught = app.createFunction({ id: "caught", retries: 2 }, { event: "go" }, async ({ step }) => {
    try {
      await step.run("bad", () => {
        tries += 1;
        throw new TypeError(`no ${tries}`);
      });
    } catch (error) {
      return step.run("after", () => (error as Error).message);
    }
    return "not reached";
  });
  const world = await engineWorld(app, [caught]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed", output: "no 3" });
  expect(tries).toBe(3);
});

test.each([false, true])(
  "what a function returned beyond JSON is what the step that invoked it gets, on every replay (checkpoints: %s)",
  async (checkpoints) => {
    const app = new Stepwell({ id: "app" });
    const returned = { at: new Date(5), big: 7n, stops: new Map([["Bath", new Set([2])]]), list: [undefined, 1] };
    const child = app.createFunction({ id: "child" }, { event: "never" }, async ({ step }) => {
      await step.run("a", () => 1);
      return returned;
    });
    const seen: unknown[] = [];
    const parent = app.createFunction({ id: "parent" }, { event: "go" }, async ({ step }) => {
      const result = await step.invoke("child", { function: child });
      seen.push(result);
      await step.sleep("nap", "1h");
      return result.stops.get("Bath")?.size;
    });
    const world = await engineWorld(app, [child, parent], { checkpoints });
    expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed", output: 1 });
    expect(seen).toStrictEqual([returned, returned]);
  },
);

test("a function says the times of as many retries as its limit has", async () => {
  const app = new Stepwell({ id: "app" });
  const at: number[] = [];
  const retries = { limit: 12, delay: (attempt: number) => attempt * 1_000 };
  const failing = app.createFunction({ id: "failing", retries }, { event: "go" }, ({ step }) =>
    step.run("bad", () => {
      at.push(world.clock.now());
      throw new Error("no");
    }),
  );
  const world = await engineWorld(app, [failing]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "failed" });
  expect(at.map((time, nth) => time - (at[nth - 1] ?? time))).toEqual([...Array(13).keys()].map((nth) => nth * 1_000));
});

test.each([false, true])("a strategy that gives fractions of a millisecond is kept to (in a step: %s)", async (inStep) => {
  const app = new Stepwell({ id: "app" });
  const failing = app.createFunction({ id: "failing", retries: () => 20.5 }, { event: "go" }, ({ step }) => {
    const fail = (): Promise<never> => Promise.reject(new Error("no"));
    return inStep ? step.run("bad", fail) : fail();
  });
  const world = await engineWorld(app, [failing]);
  const id = await world.send({ name: "go" });
  expect(await world.runOf(id)).toMatchObject({ status: "failed", error: { message: "no" } });
  expect(world.calls.length).toBeGreaterThanOrEqual(5);
});

test("what an error had of its own is in the StepError, as far as it is plain JSON and short", async () => {
  const app = new Stepwell({ id: "app" });
  const declined = Object.assign(new TypeError("declined"), {
    ...{ code: "card_declined", status: 402, detail: { reason: "limit", fields: ["amount"] }, data: { of: "the reply" }, none: null },
    ...{ at: new Date(0), request: new Map([["a", 1]]), body: "x".repeat(5_000), stepId: "mine", toString: 1, retry: () => 1 },
    cause: Object.assign(new Error("deep"), { errno: -2 }),
  });
  Object.defineProperty(declined, "lazy", { enumerable: true, get: () => declined.body.length });
  const seen: StepError[] = [];
  const caught = app.createFunction({ id: "caught", retries: 0 }, { event: "go" }, async ({ step }) => {
    await step.run("pay", () => Promise.reject(declined)).catch((error: StepError) => seen.push(error));
    await step.sleep("nap", "1h");
  });
  const world = await engineWorld(app, [caught]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed" });
  expect(seen).toHaveLength(2);
  for (const error of seen) {
    const own = { code: "card_declined", status: 402, detail: { reason: "limit", fields: ["amount"] }, none: null, lazy: 5_000 };
    const { cause, ...rest } = error;
    expect({ ...rest }).toEqual({ name: "TypeError", stepId: "pay", data: { of: "the reply" }, ...own });
    expect(error.toString()).toBe("TypeError: declined");
    expect(cause).toMatchObject({ message: "deep", errno: -2 });
  }
  const reply = world.calls[0]?.reply;
  const op = reply?.kind === "ops" ? reply.ops[0] : undefined;
  // Other SDKs read these, and have use of their own for `data`.
  const { name, message, data, fields, __serialized } = JSON.parse(op?.kind === "StepFailed" ? op.error.json : "");
  expect({ name, message, data, __serialized }).toEqual({ name: "TypeError", message: "declined", data: null, __serialized: true });
  expect(Object.keys(fields)).toEqual(["status", "detail", "data", "none", "stepId", "toString", "lazy"]);
});

test("a member of an error that throws when it is read costs the others nothing", async () => {
  const app = new Stepwell({ id: "app" });
  const odd = Object.defineProperty(Object.assign(new Error("no"), { status: 5 }), "odd", {
    enumerable: true,
    get() {
      throw new Error("never read");
    },
  });
  const failing = app.createFunction({ id: "failing", retries: 0 }, { event: "go" }, ({ step }) =>
    step.run("bad", () => Promise.reject(odd)),
  );
  const world = await engineWorld(app, [failing]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "failed", error: { message: "no" } });
});

test("a non-retriable error of a step that nobody catches ends the run at once", async () => {
  const app = new Stepwell({ id: "app" });
  let tries = 0;
  const failing = app.createFunction({ id: "failing" }, { event: "go" }, ({ step }) =>
    step.run("bad", () => {
      tries += 1;
      throw new NonRetriableError("never");
    }),
  );
  const failures: string[] = [];
  const handled = app.createFunction(
    {
      id: "handled",
      onFailure: ({ error, event }) => failures.push(`${error.message} ${JSON.stringify(event.data["event"])}`.slice(0, 20)),
    },
    { event: "go" },
    ({ step }) => step.run("bad", () => Promise.reject(new NonRetriableError("never"))),
  );
  const world = await engineWorld(app, [failing, handled]);
  const id = await world.send({ name: "go" });
  expect(await world.runOf(id)).toMatchObject({ status: "failed", error: { message: "never" } });
  expect(tries).toBe(1);
  expect(failures).toEqual([expect.stringMatching(/^never /)]);
});

test("a stop waits for a call no longer than it was told, however late its timers are", async () => {
  const app = new Stepwell({ id: "app" });
  const called = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const hanging = app.createFunction({ id: "hanging" }, { event: "go" }, () => {
    called.resolve();
    return release.promise;
  });
  const { clock, engine, send } = await engineWorld(app, [hanging]);
  const sent = send({ name: "go" });
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise(setImmediate);
    clock.endTurn();
  }
  await Promise.all([sent, called.promise]);
  let isStopped = false;
  const stopped = engine.stop({ graceMs: 3_000 }).then(() => {
    isStopped = true;
  });
  const pass = async (ms: number): Promise<void> => {
    clock.moveTo(clock.now() + ms);
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise(setImmediate);
      clock.endTurn();
    }
  };
  await pass(0);
  await pass(1_000);
  await pass(1_900);
  expect(isStopped).toBe(false);
  await pass(100);
  await pass(100);
  expect(isStopped).toBe(true);
  release.resolve();
  await stopped;
});

test("waits, invokes and sends", async () => {
  const app = new Stepwell({ id: "app" });
  const child = app.createFunction({ id: "child", triggers: [] }, ({ event }) => ({ got: event.data["x"] as number }));
  const parent = app.createFunction({ id: "parent" }, { event: "go" }, async ({ step }) => {
    const invoked = await step.invoke("call", { function: child, data: { x: 7 } });
    const waiting = step.waitForEvent("wait", { event: "paid", timeout: "1d" });
    const never = step.waitForEvent("never", { event: "unheard", timeout: "1h" });
    const sent = step.sendEvent("send", { name: "paid", data: { sum: 3 } });
    const [paid, nothing, { ids }] = await Promise.all([waiting, never, sent]);
    return { invoked: invoked.got, paid: paid?.data["sum"], nothing, ids: ids.length };
  });
  const world = await engineWorld(app, [parent, child]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({
    status: "completed",
    output: { invoked: 7, paid: 3, nothing: null, ids: 1 },
  });
});
