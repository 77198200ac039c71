import { expect, test } from "vitest";
import { limits } from "./limits.ts";
import { parseOp } from "./ops.ts";

test.for([
  [0, 0],
  [20, 20],
  [26.172429175247665, 27],
  [limits.retryAfterMsMax, limits.retryAfterMsMax],
  [limits.retryAfterMsMax + 1, limits.retryAfterMsMax],
  [1e300, limits.retryAfterMsMax],
])("a retry that a step asks for in %d ms is due in %d", ([asked, due]) => {
  const op = { op: "StepError", id: "a", error: {}, opts: { retryAfterMs: asked } };
  expect(parseOp(op)).toMatchObject({ kind: "StepError", retryAfterMs: due });
});

test("arguments are read where they are a list that is not empty, and not kept beyond the limit", () => {
  const inputOf = (input: unknown) => (parseOp({ op: "StepRun", id: "a", data: 1, opts: { input } }) as { readonly input?: string }).input;
  expect(inputOf([1, { a: null }])).toBe('[1,{"a":null}]');
  for (const none of [[], {}, "x", null, undefined]) expect(inputOf(none)).toBeUndefined();
  const { stepInputBytesMax } = limits;
  expect(inputOf(["x".repeat(stepInputBytesMax - 4)])).toHaveLength(stepInputBytesMax);
  expect(inputOf(["x".repeat(stepInputBytesMax - 3)])).toBeUndefined();
});

test.for([-1, "20", null, undefined])("a retry in %j is none that anybody asked for", (asked) => {
  expect(parseOp({ op: "StepError", id: "a", error: {}, opts: { retryAfterMs: asked } })).not.toHaveProperty("retryAfterMs");
});
