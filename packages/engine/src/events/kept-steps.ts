// Which results of a run its repetition keeps. Pure.

import type { JsonText, StepId } from "@stepwell/protocol";
import type { KeptStep, StepReport } from "@stepwell/store";
import type { RerunFrom, RerunRefusal } from "./rerun-request.ts";

export type KeptSteps = { readonly kind: "kept"; readonly fromStep: StepId; readonly keep: readonly KeptStep[] } | RerunRefusal;

const noResult = "null" as JsonText;
/** The app runs these; of the others it only says what they are about. */
const opsWithInput: ReadonlySet<string> = new Set(["Step", "StepRun", "StepPlanned", "StepError", "StepFailed", "AIGateway"]);
/** What nobody waits for any more when the run is repeated: it ends as if its time were over. */
const waits: ReadonlySet<string> = new Set(["Sleep", "WaitForEvent", "WaitForSignal"]);

/**
 * Kept is what cannot have used the step's result: what had its own before, and what was reported together with the step.
 * The order is that of the results, which needs no clock. A wait that was open before it has the result of one whose time is
 * over.
 */
export function keptSteps(steps: readonly StepReport[], from: RerunFrom): KeptSteps {
  const target = stepNamed(steps, from.step);
  if ("kind" in target) return target;
  if (from.input !== undefined && !opsWithInput.has(target.op)) return { kind: "input_not_editable", step: target.name, op: target.op };
  const overrides = new Map<StepId, JsonText>();
  for (const [name, output] of from.overrides ?? []) {
    const step = stepNamed(steps, name);
    if ("kind" in step) return step;
    overrides.set(step.stepId, `{"data":${output}}` as JsonText);
  }
  const again = new Set<StepId>([target.stepId]);
  for (const name of from.runAgain ?? []) {
    const step = stepNamed(steps, name);
    if ("kind" in step) return step;
    again.add(step.stepId);
  }
  const others = steps.filter(({ stepId }) => !again.has(stepId) && !overrides.has(stepId));
  const settled = others
    .filter((step) => step.ord !== undefined && isBefore(step, target))
    .sort((one, other) => (one.ord ?? 0) - (other.ord ?? 0));
  const open = others.filter((step) => step.ord === undefined && waits.has(step.op) && beganBefore(step, target));
  const given = [...overrides].filter(([stepId]) => !again.has(stepId)).map(([stepId, memo]) => ({ stepId, memo }));
  const keep = [...inPlace(steps, settled, given), ...open.map(({ stepId }) => ({ stepId, memo: noResult }))];
  return { kind: "kept", fromStep: target.stepId, keep };
}

/** By its id, or by the name that people see. */
function stepNamed(steps: readonly StepReport[], name: string): StepReport | RerunRefusal {
  const byId = steps.find(({ stepId }) => stepId === name);
  if (byId !== undefined) return byId;
  const [step, ...more] = steps.filter((each) => each.name === name);
  if (step === undefined) return { kind: "step_not_found", step: name, matches: 0 };
  return more.length === 0 ? step : { kind: "step_not_found", step: name, matches: more.length + 1 };
}

/** `step` has a result. */
function isBefore(step: StepReport, target: StepReport): boolean {
  if (target.ord === undefined || (step.ord ?? 0) < target.ord) return true;
  return step.group !== undefined && step.group === target.group;
}

function beganBefore(step: StepReport, target: StepReport): boolean {
  if (step.startedAt === undefined) return false;
  if (target.startedAt === undefined || step.startedAt <= target.startedAt) return true;
  return step.group !== undefined && step.group === target.group;
}

/** Results that are given stand where the step's own stood, and behind all others where it had none. */
function inPlace(steps: readonly StepReport[], settled: readonly StepReport[], given: readonly KeptStep[]): readonly KeptStep[] {
  const ords = new Map(steps.map(({ stepId, ord }) => [stepId, ord ?? Number.POSITIVE_INFINITY]));
  const all: KeptStep[] = [...settled.map(({ stepId }) => ({ stepId })), ...given];
  return all.sort((one, other) => compare(ords.get(one.stepId) ?? 0, ords.get(other.stepId) ?? 0));
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
