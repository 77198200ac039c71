import type { OpBase } from "@stepwell/protocol";
import { type DurationInput, durationText, type InstantInput, instantText } from "../time/duration.ts";
import type { ToolContext } from "./create-step-tools.ts";
import { invalidDuration } from "./invalid-duration.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";

export function sleepCall(_: ToolContext, idOrOptions: StepOptionsOrId, time: DurationInput): StepCall {
  const names = stepNames(idOrOptions);
  const target = durationText(time);
  if (target === undefined) throw invalidDuration(names.id, "the time to sleep", time);
  return sleeping(names, "step.sleep", target);
}

export function sleepUntilCall(_: ToolContext, idOrOptions: StepOptionsOrId, time: InstantInput): StepCall {
  const names = stepNames(idOrOptions);
  const target = instantText(time);
  if (target === undefined) throw invalidDuration(names.id, "the time to sleep until", time);
  return sleeping(names, "step.sleepUntil", target);
}

function sleeping(names: Pick<StepCall, "id" | "name" | "race">, type: string, target: string): StepCall {
  const op = (base: OpBase) => ({ ...base, kind: "Sleep", target }) as const;
  return { ...names, type, work: { kind: "report", op } };
}
