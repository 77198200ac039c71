import type { ToolContext } from "./create-step-tools.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";

export function runCall(
  _: ToolContext,
  idOrOptions: StepOptionsOrId,
  body: (...input: never[]) => unknown,
  ...input: readonly unknown[]
): StepCall {
  if (typeof body !== "function") throw new TypeError("step.run takes an id and a function");
  return {
    ...stepNames(idOrOptions),
    type: "step.run",
    work: { kind: "run", body: (given) => body(...(given as never[])), input },
  };
}
