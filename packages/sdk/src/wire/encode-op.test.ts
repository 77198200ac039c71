// What is written is what the server reads.

import { type Op, parseOps } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { callOnce, onlyOp, opsOf } from "../../test/call-once.ts";
import { callBody, setup } from "../../test/served-app.ts";
import { Middleware, Stepwell } from "../index.ts";
import { encodeOp } from "./encode-op.ts";

const client = new Stepwell({ id: "app" });
const read = (op: Op): unknown => {
  const parsed = parseOps(JSON.parse(`[${encodeOp(op)}]`));
  return parsed.kind === "ops" ? parsed.ops[0] : parsed;
};

test("the types of a result that JSON cannot hold go with it, so that a replay over HTTP has the same value", async () => {
  const fn = (app: Stepwell) =>
    app.createFunction({ id: "dated", triggers: { event: "go" } }, ({ step }) => step.run("now", () => new Date(5)));
  const reply = await callOnce(client, fn(client), { hooks: { runAhead: false } });
  const op = onlyOp(reply);
  expect(op).toMatchObject({ kind: "StepRun", types: '[[[],"Date"]]' });
  expect(read(op)).toMatchObject({ kind: "StepRun", data: '"1970-01-01T00:00:00.005Z"', types: '[[[],"Date"]]' });
  const { ask } = setup({}, { functions: [fn(client)] });
  const call = async (headers: Record<string, string>) =>
    (await ask("POST", "/x?fnId=app-dated&stepId=step", callBody(), headers)).body?.[0];
  expect(await call({ "x-stepwell-version": "1" })).toHaveProperty("types");
  // Another server would take the list for a part of the result.
  expect(await call({})).not.toHaveProperty("types");
});

test("those of a function's result go with its end, for the step that invoked it; other servers get its plain JSON", async () => {
  const returned = { at: new Date(5), sums: new Map([["a", 1n]]), none: undefined };
  const fn = (app: Stepwell) => app.createFunction({ id: "rich", triggers: { event: "go" } }, () => returned);
  const reply = await callOnce(client, fn(client));
  const op = onlyOp(reply);
  expect(read(op)).toMatchObject({
    kind: "RunComplete",
    data: '{"at":"1970-01-01T00:00:00.005Z","sums":{}}',
    types: expect.stringContaining('"Map"'),
  });
  const { ask } = setup({}, { functions: [fn(client)] });
  const call = async (headers: Record<string, string>) => (await ask("POST", "/x?fnId=app-rich&stepId=step", callBody(), headers)).body;
  expect(await call({ "x-stepwell-version": "1" })).toMatchObject([{ op: "RunComplete", types: expect.any(Array) }]);
  expect(await call({})).toEqual({ at: "1970-01-01T00:00:00.005Z", sums: {} });
});

test.each([undefined, { none: undefined, n: 1 }, [{ none: undefined }]])("a function's result %j needs none", async (returned) => {
  const fn = client.createFunction({ id: "plain", triggers: { event: "go" } }, () => returned);
  expect(await callOnce(client, fn)).toMatchObject({ kind: "result", data: JSON.stringify(returned ?? null) });
});

const called = client.createFunction({ id: "called" }, ({ step }) => {
  const add = (one: number, other: { readonly by: number }) => one + other.by;
  return step.run("add", add, 1, { by: 2 });
});

test.each([
  ["it is run", {}, "StepRun"],
  ["it is planned", { plan: true }, "StepPlanned"],
])("the arguments of a step are told when %s", async (_, call, kind) => {
  const op = onlyOp(await callOnce(client, called, { ...call, hooks: { runAhead: false } }));
  expect(op).toMatchObject({ kind, input: '[1,{"by":2}]' });
  expect(read(op)).toMatchObject({ kind, input: '[1,{"by":2}]', stepType: "step.run" });
});

test("those that a repeated run was given in their place are told then", async () => {
  const op = onlyOp(await callOnce(client, called, { memos: { add: { input: [5, { by: 6 }] } }, hooks: { runAhead: false } }));
  expect(op).toMatchObject({ input: '[5,{"by":6}]', data: "11" });
});

test("what cannot be recorded of them is not, and the step runs", async () => {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  const inputOf = async (...input: readonly unknown[]) => {
    const fn = client.createFunction({ id: "given" }, ({ step }) => step.run("a", (..._: readonly unknown[]) => 1, ...input));
    const reply = await callOnce(client, fn, { hooks: { runAhead: false } });
    expect(opsOf(reply)).toEqual(["StepRun a"]);
    return onlyOp(reply).input;
  };
  expect(await inputOf()).toBeUndefined();
  expect(await inputOf(cycle)).toBeUndefined();
  expect(await inputOf("x".repeat(300_000))).toBeUndefined();
  expect(await inputOf(5n, () => 1, new Date(5))).toBe('["5",null,"1970-01-01T00:00:00.005Z"]');
});

test("middleware that changes what steps return keeps their arguments in the app", async () => {
  class Secret extends Middleware.BaseMiddleware {
    readonly id = "secret";
    override async wrapStepHandler({ next }: Middleware.WrapStepHandlerArgs): Promise<unknown> {
      return next();
    }
  }
  const secret = new Stepwell({ id: "app", middleware: [Secret] });
  const fn = secret.createFunction({ id: "called" }, ({ step }) => step.run("add", (one: number) => one, 1));
  expect(onlyOp(await callOnce(secret, fn, { hooks: { runAhead: false } }))).not.toHaveProperty("input");
});
