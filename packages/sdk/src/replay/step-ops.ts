import { type Op, type OpBase, RUN_COMPLETE_ID, type StepId } from "@stepwell/protocol";
import type { FoundStep } from "./found-step.ts";
import { recordedInput } from "./recorded-input.ts";

function opBase(step: FoundStep, race: boolean): OpBase {
  const { call, hashed } = step;
  const base = { id: hashed, name: call.name, stepType: call.type, race };
  const input = recordedInput(step);
  return input === undefined ? base : { ...base, input };
}

/** The op of a step that has no result yet. */
export function reportOp(step: FoundStep, race: boolean): Op {
  const { work } = step.call;
  return work.kind === "run" ? { kind: "StepPlanned", ...opBase(step, race) } : work.op(opBase(step, race), work.input ?? []);
}

/** Calls off what the losers of races wait for. */
export function cancelOp(ids: readonly StepId[]): Op {
  return { kind: "StepCancel", id: ids[0] ?? RUN_COMPLETE_ID, name: "cancel", race: false, ids };
}
