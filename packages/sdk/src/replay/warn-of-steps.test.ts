import { expect, test } from "vitest";
import { callOnce, type OneCall, opsOf } from "../../test/call-once.ts";
import { type FunctionContext, Stepwell } from "../index.ts";

/** What a call of the function says to its log, and what it is answered with. */
async function called(handler: (context: FunctionContext) => unknown, call: OneCall = {}) {
  const lines: string[] = [];
  const sent: string[] = [];
  const line = (text: unknown): void => void lines.push(String(text));
  const client = new Stepwell({ id: "app", logger: { info: line, warn: line, error: line, debug: line } });
  const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, handler);
  const appendLogs = async (logs: readonly { readonly text: string }[]) => void sent.push(...logs.map(({ text }) => text));
  const reply = await callOnce(client, fn, { ...call, hooks: { appendLogs, ...call.hooks } });
  expect(sent).toEqual(lines);
  return { lines, ops: opsOf(reply) };
}

const done = (data: unknown) => ({ data });

test("steps beside each other that have one id are warned of, with the code, and run", async () => {
  const { lines, ops } = await called(({ step }) => Promise.all(["a", "b", "a", "b", "c"].map((id) => step.run(id, () => id))));
  expect(lines).toEqual([
    'stepwell: steps beside each other have one id, "a", "b", so that their order alone tells them apart. Give each an id of its own (step_id_repeated).',
  ]);
  expect(ops).toHaveLength(5);
});

test("in a loop, one after the other, one id is fine", async () => {
  const fn = async ({ step }: FunctionContext) => {
    for (let round = 0; round < 3; round += 1) await step.run("a", () => round);
    await Promise.all([step.run("b", () => 1), step.run("a", () => 1)]);
  };
  expect((await called(fn)).lines).toEqual([]);
  expect((await called(fn, { memos: { a: done(1), "a:1": done(2) } })).lines).toEqual([]);
});

test("a step that was put before those that are remembered is warned of, with the code, and runs", async () => {
  const before = async ({ step }: FunctionContext) => [
    await step.run("a", () => 1),
    await step.run("b", () => 2),
    await step.sleep("z", 5),
  ];
  const after = async ({ step }: FunctionContext) => [
    await step.run("b", () => 2),
    await step.run("new", () => 3),
    await step.run("a", () => 1),
  ];
  const memos = { a: done(1), b: done(2) };
  expect((await called(before, { memos })).lines).toEqual([]);
  const { lines, ops } = await called(after, { memos });
  expect(lines).toEqual([
    expect.stringMatching(/^stepwell: the run remembers a step that the code did not come to before "new": .*\(step_order_changed\)\.$/),
  ]);
  expect(ops).toEqual(["StepRun new", "RunComplete complete"]);
  expect((await called(after, { memos: { ...memos, new: done(3) } })).lines).toEqual([]);
});

test("in a run that repeats another a later step may have been given its result", async () => {
  const fn = async ({ step }: FunctionContext) => [
    await step.run("a", () => 1),
    await step.run("b", () => 2),
    await step.run("c", () => 3),
  ];
  const memos = { c: done(30) };
  expect((await called(fn, { memos, isRerun: true })).lines).toEqual([]);
  expect((await called(fn, { memos })).lines).toEqual([expect.stringContaining("step_order_changed")]);
});

test("races and parallel steps, remembered in whatever order, are none of it", async () => {
  const fn = async ({ step, group }: FunctionContext) => {
    await Promise.race([step.run("a", () => 1), step.run("b", () => 2)]);
    await group.race({ c: () => step.run("c", () => 1), d: () => step.sleep("d", "1d") });
    return step.run("e", () => 3);
  };
  for (const memos of [
    { b: done(2) },
    { b: done(2), a: done(1) },
    { b: done(2), c: done(1), a: done(1) },
    { a: done(1), d: null, c: done(1) },
  ])
    expect((await called(fn, { memos })).lines).toEqual([]);
});
