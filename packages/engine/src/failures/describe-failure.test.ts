import type { JsonText, StepId } from "@stepwell/protocol";
import { asJson, limits } from "@stepwell/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeFailure } from "./describe-failure.ts";
import type { FailedSteps } from "./failing-step.ts";

const none: FailedSteps = { memos: new Map() };
const stack = "CardTimeout: no answer in 250 ms\n    at charge (/app/src/billing.ts:42:7)";

function withFailed(...steps: readonly { readonly id: string; readonly name: string; readonly error: object }[]): FailedSteps {
  return {
    memos: new Map(steps.map(({ id, error }) => [id as StepId, asJson({ error })])),
    failedNames: new Map(steps.map(({ id, name }) => [id as StepId, name])),
  };
}

const timeout = { name: "CardTimeout", message: "no answer in 250 ms", stack };

describe("what a failure is", () => {
  test("an error of the function", () => {
    expect(describeFailure("shop-order", { name: "TypeError", message: "x is 3", stack }, none)).toEqual({
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: "TypeError",
      template: "x is ‹n›",
      frame: "charge (src/billing.ts)",
    });
  });

  test("an error of a step is told with the step, by the name that it had there", () => {
    const run = withFailed({ id: "s", name: "charge-card", error: timeout });
    const told = describeFailure("shop-order", { name: "StepError", message: "no answer in 250 ms" }, run);
    expect(told).toMatchObject({ name: "CardTimeout", stepName: "charge-card", frame: "charge (src/billing.ts)" });
  });

  test("also where the function put words around it", () => {
    const run = withFailed({ id: "s", name: "charge-card", error: timeout });
    const told = describeFailure("shop-order", { name: "OrderFailed", message: "order 7: no answer in 250 ms" }, run);
    expect(told).toMatchObject({ name: "OrderFailed", template: "order ‹n›: no answer in ‹n› ms", stepName: "charge-card" });
  });

  test("of several failed steps it is the one whose error it is", () => {
    const run = withFailed(
      { id: "a", name: "one", error: { name: "E", message: "first" } },
      { id: "b", name: "two", error: { name: "E", message: "second" } },
    );
    expect(describeFailure("f", { name: "StepError", message: "first" }, run)).toMatchObject({ stepName: "one" });
    expect(describeFailure("f", { name: "Error", message: "another" }, run)).not.toHaveProperty("stepName");
  });

  test("a step that was repeated in a loop is one, and so is a memo that cannot be read none", () => {
    const named = (name: string) =>
      describeFailure("f", { name: "StepError", message: "m" }, withFailed({ id: "a", name, error: { message: "m" } }));
    expect(named("charge-1").fingerprint).toBe(named("charge-2").fingerprint);
    const run: FailedSteps = { memos: new Map([["a" as StepId, "{" as JsonText]]), failedNames: new Map([["a" as StepId, "a"]]) };
    expect(describeFailure("f", { name: "E", message: "m" }, run)).toMatchObject({ name: "E" });
  });
});

describe("the fingerprint", () => {
  const of = (error: object, slug = "shop-order"): string => describeFailure(slug, { name: "E", message: "m", ...error }, none).fingerprint;

  test("is the same for what differs in numbers and ids", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.uuid(), fc.uuid(), (n, m, one, other) => {
        expect(of({ message: `order ${one} took ${n} ms` })).toBe(of({ message: `order ${other} took ${m} ms` }));
      }),
    );
  });

  test("is another for another function, name, message or place", () => {
    const all = [of({}), of({}, "shop-refund"), of({ name: "F" }), of({ message: "another" }), of({ stack })];
    expect(new Set(all).size).toBe(all.length);
  });

  test("whatever an app says, the facts are bounded", () => {
    const word = fc.string({ unit: "binary", maxLength: 5_000 });
    fc.assert(
      fc.property(word, word, word, word, (name, message, stackText, step) => {
        const run = withFailed({ id: "a", name: step, error: { name, message, stack: stackText } });
        const facts = describeFailure("f", { name, message, stack: stackText }, run);
        expect(facts.fingerprint).toMatch(/^[0-9a-f]{16}$/);
        expect(facts.name.length).toBeLessThanOrEqual(limits.failureNameLengthMax);
        expect(facts.stepName?.length ?? 0).toBeLessThanOrEqual(limits.failureNameLengthMax);
        expect(facts.frame?.length ?? 0).toBeLessThanOrEqual(limits.failureFrameLengthMax);
      }),
      { numRuns: 50 },
    );
  });
});
