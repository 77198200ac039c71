import { transportOf } from "../client/client-transport.ts";
import { crossing } from "../client/crossing.ts";
import type { ToolContext } from "./create-step-tools.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";

export function sendSignalCall(
  context: ToolContext,
  idOrOptions: StepOptionsOrId,
  { signal, data }: { readonly signal: string; readonly data?: unknown },
): StepCall {
  const names = stepNames(idOrOptions);
  const plain = crossing(data, `step "${names.id}": its data`);
  return {
    ...names,
    type: "step.sendSignal",
    work: { kind: "run", body: () => transportOf(context.client).sendSignal({ signal, data: plain }), input: [] },
  };
}
