import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";

export function runCall(idOrOptions: StepOptionsOrId, body: (...input: never[]) => unknown, input: readonly unknown[]): StepCall {
  if (typeof body !== "function") throw new TypeError("step.run takes an id and a function");
  const { id, name, race } = stepNames(idOrOptions);
  return { id, name, race, type: "step.run", work: { kind: "run", body: (given) => body(...(given as never[])), input } };
}
