import { asJson, type JsonText, type StepId } from "@stepwell/protocol";
import type { StepReport } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { resumedSteps } from "./resumed-steps.ts";

function step(name: string, ord: number | undefined, more: Partial<StepReport> = {}): StepReport {
  const state = ord === undefined ? "waiting" : "completed";
  return { stepId: name as StepId, op: "StepRun", name, state, attempt: 0, ...(ord === undefined ? {} : { ord }), ...more };
}

function failed(name: string, ord: number, message: string): StepReport {
  return step(name, ord, { state: "failed", memo: asJson({ error: { name: "E", message } }) });
}

function resumed(steps: readonly StepReport[], message: string): { readonly keep: readonly string[]; readonly from: string | undefined } {
  const { keep, fromStep } = resumedSteps(steps, asJson({ name: "StepError", message }));
  return { keep: keep.map(({ stepId }) => stepId), from: fromStep };
}

describe("a run that is resumed keeps", () => {
  test("what went well, in its order, and not the step whose error it ended with", () => {
    const steps = [step("b", 2), step("a", 1), failed("charge", 3, "no answer"), step("nap", undefined)];
    expect(resumed(steps, "no answer")).toEqual({ keep: ["a", "b"], from: "charge" });
  });

  test("parallel steps that went well after the one that failed", () => {
    expect(resumed([failed("charge", 1, "no answer"), step("mail", 2)], "no answer")).toEqual({ keep: ["mail"], from: "charge" });
  });

  test("a failure that the function had caught", () => {
    const steps = [failed("optional", 1, "not there"), step("b", 2), failed("charge", 3, "no answer")];
    expect(resumed(steps, "no answer")).toEqual({ keep: ["optional", "b"], from: "charge" });
  });

  test("no failure that stands behind everything that went well, whatever the function made of it", () => {
    expect(resumed([step("a", 1), failed("charge", 2, "no answer")], "order failed")).toEqual({ keep: ["a"], from: "charge" });
  });

  test("everything, where the function failed between its steps", () => {
    expect(resumed([step("a", 1), step("b", 2)], "x is undefined")).toEqual({ keep: ["a", "b"], from: undefined });
    expect(resumed([], "x is undefined")).toEqual({ keep: [], from: undefined });
  });

  test("what it can, of an error that is missing or cannot be read", () => {
    for (const error of [undefined, "{" as JsonText]) expect(resumedSteps([step("a", 1)], error)).toEqual({ keep: [{ stepId: "a" }] });
  });
});
