import { describe, expect, test } from "vitest";
import { parseOps } from "./index.ts";

const wait = (opts: object) => parseOps([{ op: "WaitForEvent", id: "w", name: "paid", opts: { event: "order/paid", ...opts } }]);
const cancel = (opts: object) => parseOps([{ op: "StepCancel", id: "c", name: "losers", opts }]);

describe("what an op says with a value of another type is refused with its name", () => {
  test.for([5, true, ["1h"], { ms: 5 }])("lookback: %j", (lookback) => {
    expect(wait({ lookback })).toMatchObject({
      kind: "invalid",
      code: "reply_invalid",
      message: expect.stringMatching(/^op 0: step "paid": "lookback" of WaitForEvent is a duration/),
    });
  });

  test.for([
    ["ids", "x"],
    ["ids", [5]],
    ["ids", { 0: "x" }],
    ["id", "x"],
  ] as const)("StepCancel with %s: %j", ([key, value]) => {
    expect(cancel({ [key]: value })).toMatchObject({
      kind: "invalid",
      code: "reply_invalid",
      message: expect.stringContaining('"ids" of StepCancel is a list of step ids'),
    });
  });

  test("and taken where it has the right one, or none", () => {
    expect(wait({ lookback: "1h" })).toMatchObject({ kind: "ops", ops: [{ lookback: "1h" }] });
    expect(wait({ lookback: null })).toMatchObject({ kind: "ops", ops: [expect.not.objectContaining({ lookback: expect.anything() })] });
    expect(cancel({ ids: ["x", "y"] })).toMatchObject({ kind: "ops", ops: [{ ids: ["x", "y"] }] });
    expect(cancel({ ids: [] })).toMatchObject({ kind: "ops", ops: [{ ids: [] }] });
  });
});
