import type { Execution } from "../replay/execution.ts";
import type { Place } from "../replay/place.ts";
import type { CountedStepId } from "../replay/step-ids.ts";
import type { StepCall } from "./step-call.ts";

/** Starts a step that no middleware has a say in. */
export function startPlain(execution: Execution, call: StepCall, place: Place): Promise<unknown> {
  return begin(execution, inRace(call, place), place, execution.count(call.id));
}

export function inRace(call: StepCall, { isRacing }: Place): StepCall {
  return isRacing && !call.race ? { ...call, race: true } : call;
}

export function begin(execution: Execution, call: StepCall, place: Place, counted: CountedStepId): Promise<unknown> {
  for (const branch of place.branches) branch.steps.add(counted.hashed);
  return execution.step(call, counted);
}
