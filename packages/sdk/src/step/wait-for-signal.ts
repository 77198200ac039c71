import { type OpBase, StepwellError } from "@stepwell/protocol";
import { timeoutText } from "../time/duration.ts";
import type { ToolContext } from "./create-step-tools.ts";
import { invalidDuration } from "./invalid-duration.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";
import type { WaitForSignalOptions } from "./step-tools.ts";

export function waitForSignalCall(_: ToolContext, idOrOptions: StepOptionsOrId, options: WaitForSignalOptions): StepCall {
  const names = stepNames(idOrOptions);
  const timeout = timeoutText(options.timeout);
  if (timeout === undefined) throw invalidDuration(names.id, "timeout", options.timeout);
  const { signal, onConflict = "fail" } = options;
  if (typeof signal !== "string" || signal === "")
    throw new StepwellError("invalid_request", `step "${names.id}": waitForSignal needs the signal's name as \`signal\``, {
      retryable: false,
    });
  const op = (base: OpBase) => ({ ...base, kind: "WaitForSignal", signal, timeout, conflict: onConflict }) as const;
  return { ...names, type: "step.waitForSignal", work: { kind: "report", op } };
}
