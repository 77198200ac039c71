import type { OpBase } from "@stepwell/protocol";
import { timeoutText } from "../time/duration.ts";
import type { ToolContext } from "./create-step-tools.ts";
import { invalidDuration } from "./invalid-duration.ts";
import { invalidStep } from "./invalid-step.ts";
import { readBy } from "./read-by.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";
import type { WaitForSignalOptions } from "./step-tools.ts";

export function waitForSignalCall(_: ToolContext, idOrOptions: StepOptionsOrId, options: WaitForSignalOptions): StepCall {
  const names = stepNames(idOrOptions);
  const { signal, onConflict = "fail", timeout: time, schema } = options ?? {};
  if (typeof signal !== "string" || signal === "") throw invalidStep(names.id, "waitForSignal needs the signal's name as `signal`");
  const timeout = timeoutText(time);
  if (timeout === undefined) throw invalidDuration(names.id, "timeout", time);
  const op = (base: OpBase) => ({ ...base, kind: "WaitForSignal", signal, timeout, conflict: onConflict }) as const;
  return {
    ...names,
    type: "step.waitForSignal",
    work: { kind: "report", op },
    ...readBy(schema),
  };
}
