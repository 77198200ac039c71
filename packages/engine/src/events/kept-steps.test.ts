import { asJson, epochMs, type StepId } from "@stepwell/protocol";
import type { StepReport } from "@stepwell/store";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keptSteps } from "./kept-steps.ts";

function step(name: string, parts: Partial<StepReport> = {}): StepReport {
  return { stepId: `#${name}` as StepId, op: "StepRun", name, state: "completed", attempt: 0, ...parts };
}

function settled(name: string, ord: number, parts: Partial<StepReport> = {}): StepReport {
  return step(name, { ord, memo: asJson({ data: ord }), startedAt: epochMs(ord), endedAt: epochMs(ord), ...parts });
}

const kept = (...names: readonly string[]) => names.map((name) => ({ stepId: `#${name}` }));

describe("what a repetition from a step on keeps", () => {
  const line = [settled("a", 1), settled("b", 2), settled("c", 3)];

  test.for([
    ["by its name", "b"],
    ["by its id", "#b"],
  ] as const)("the results before the step, which is named %s", ([, name]) => {
    expect(keptSteps(line, { step: name })).toEqual({ kind: "kept", fromStep: "#b", keep: kept("a") });
  });

  test("all results, where the step never had one", () => {
    const steps = [...line, step("d", { state: "planned" })];
    expect(keptSteps(steps, { step: "d" })).toMatchObject({ keep: kept("a", "b", "c") });
  });

  test("what was reported together with the step, though it came later, and not what came after that", () => {
    const steps = [settled("a", 1, { group: 1 }), settled("b", 2, { group: 1 }), settled("c", 3)];
    expect(keptSteps(steps, { step: "a" })).toMatchObject({ keep: kept("b") });
  });

  test("clocks of apps decide nothing", () => {
    const steps = [
      settled("a", 1, { startedAt: epochMs(9) }),
      settled("b", 2, { startedAt: epochMs(5) }),
      settled("c", 3, { startedAt: epochMs(1) }),
    ];
    expect(keptSteps(steps, { step: "b" })).toMatchObject({ keep: kept("a") });
  });

  test("a wait that was open before it ends without a result, a later one does not, and a child is started anew", () => {
    const open = (name: string, op: string, startedAt: number) => step(name, { op, state: "waiting", startedAt: epochMs(startedAt) });
    const steps = [
      ...line,
      open("w", "WaitForEvent", 1),
      open("z", "Sleep", 2),
      open("i", "InvokeFunction", 1),
      open("late", "WaitForSignal", 7),
    ];
    const none = (name: string) => ({ stepId: `#${name}`, memo: "null" });
    expect(keptSteps(steps, { step: "b" })).toMatchObject({ keep: [...kept("a"), none("w"), none("z")] });
  });

  test("results that are given stand where the steps had theirs; what runs again has none", () => {
    const overrides = new Map([
      ["a", asJson(7)],
      ["c", asJson({ later: true })],
    ]);
    expect(keptSteps(line, { step: "c", overrides: new Map([["a", asJson(7)]]), runAgain: ["#b"] })).toMatchObject({
      fromStep: "#c",
      keep: [{ stepId: "#a", memo: '{"data":7}' }],
    });
    expect(keptSteps(line, { step: "b", overrides })).toMatchObject({
      keep: [
        { stepId: "#a", memo: '{"data":7}' },
        { stepId: "#c", memo: '{"data":{"later":true}}' },
      ],
    });
  });

  test.for([
    ["x", {}, { kind: "step_not_found", step: "x", matches: 0 }],
    ["twice", {}, { kind: "step_not_found", step: "twice", matches: 2 }],
    ["a", { overrides: new Map([["x", asJson(1)]]) }, { kind: "step_not_found", step: "x", matches: 0 }],
    ["a", { runAgain: ["twice"] }, { kind: "step_not_found", step: "twice", matches: 2 }],
    ["nap", { input: asJson([1]) }, { kind: "input_not_editable", step: "nap", op: "Sleep" }],
  ] as const)("%s with %j is refused", ([name, more, refusal]) => {
    const steps = [...line, settled("nap", 4, { op: "Sleep" }), settled("twice", 5), settled("twice", 6, { stepId: "#other" as StepId })];
    expect(keptSteps(steps, { step: name, ...more })).toEqual(refusal);
  });

  test("never the step itself, and no step twice", () => {
    const some = fc.array(
      fc.record({
        ord: fc.option(fc.nat({ max: 9 }), { nil: undefined }),
        group: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
        op: fc.constantFrom("StepRun", "Sleep"),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(some, fc.nat(), fc.nat(), (list, target, other) => {
        const steps = list.map(({ ord, group, op }, index) =>
          step(`s${index}`, { op, ...(ord === undefined ? {} : { ord }), ...(group === undefined ? {} : { group }) }),
        );
        const name = `s${target % steps.length}`;
        const result = keptSteps(steps, { step: name, overrides: new Map([[`s${other % steps.length}`, asJson(1)]]) });
        if (result.kind !== "kept") throw new Error(result.kind);
        const ids = result.keep.map(({ stepId }) => stepId);
        expect(ids).not.toContain(`#${name}`);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });
});
