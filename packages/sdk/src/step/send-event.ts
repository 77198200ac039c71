import type { EventPayload } from "../define/event.ts";
import { loadParts } from "../replay/known-parts.ts";
import type { ToolContext } from "./create-step-tools.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";

export function sendEventCall(
  context: ToolContext,
  idOrOptions: StepOptionsOrId,
  events: EventPayload | readonly EventPayload[],
): StepCall {
  const list = Array.isArray(events) ? (events as readonly EventPayload[]) : [events as EventPayload];
  return {
    ...stepNames(idOrOptions),
    type: "step.sendEvent",
    work: { kind: "run", body: async (_, hashedId) => (await loadParts()).sendOfStep(context, list, hashedId), input: [] },
  };
}
