import { invalidStep } from "./invalid-step.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";

export function runCall(idOrOptions: StepOptionsOrId, body: (...input: never[]) => unknown, input: readonly unknown[]): StepCall {
  const { id, name, race } = stepNames(idOrOptions);
  if (typeof body !== "function") throw invalidStep(id, "run needs the code of the step: step.run(id, () => …)");
  return { id, name, race, type: "step.run", work: { kind: "run", body: (given) => body(...(given as never[])), input } };
}
