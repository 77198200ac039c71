import type { FunctionContext } from "../define/function-context.ts";
import type { Execution } from "../replay/execution.ts";
import { FollowedPromise } from "../replay/followed-promise.ts";
import type { Place } from "../replay/place.ts";
import type { StartStep, ToolParts } from "../step/create-step-tools.ts";
import { begin, inRace, startPlain } from "../step/start-plain.ts";
import type { StepCall, StepOptions } from "../step/step-call.ts";
import { type Hooks, hasHook, transformed, wrapped } from "./hooks.ts";
import { stepInfoOf } from "./step-info-of.ts";

/** What step tools do in a call with middleware. */
export function startHooked(middleware: readonly Hooks[]): StartStep {
  const isHooked = hasHook(middleware, "wrapStep") || hasHook(middleware, "transformStepInput");
  // Whoever changes what a step's code returns may do so to keep a secret, and its arguments are no less of one.
  const isSecret = hasHook(middleware, "wrapStepHandler");
  return (execution, parts, call, place) => {
    const open = isSecret && call.work.kind === "run" ? ({ ...call, work: { ...call.work, isSecret: true } } as StepCall) : call;
    if (!isHooked) return startPlain(execution, open, place);
    const followed = new FollowedPromise();
    const started = start({ middleware, execution, parts, call: inRace(open, place), place, onStart: (step) => followed.add(step) });
    return followed.take(execution.races, started);
  };
}

interface HookedStart {
  readonly middleware: readonly Hooks[];
  readonly execution: Execution;
  readonly parts: ToolParts;
  readonly call: StepCall;
  readonly place: Place;
  readonly onStart: (step: Promise<unknown>) => void;
}

/** Middleware may change what the step is called with, and wrap it with code and steps of its own. */
async function start({ middleware, execution, parts, call, place, onStart }: HookedStart): Promise<unknown> {
  const { definition: fn } = parts;
  const first = execution.reserve(call.id);
  const info = stepInfoOf({ call, hashed: first.hashed }, first.isRemembered);
  const { options, stepType, memoized, hashedId } = info;
  const input = info.input ?? [];
  const changed = await transformed(middleware, "transformStepInput", {
    fn,
    stepInfo: { hashedId, memoized, stepType },
    stepOptions: options,
    input,
  });
  const after = withInput(call, changed.stepOptions, changed.input);
  const counted = after.id === call.id ? first : execution.reserve(after.id);
  const stepInfo = stepInfoOf({ call: after, hashed: counted.hashed }, counted.isRemembered);
  return wrapped(middleware, "wrapStep", { ctx: parts.place.context as FunctionContext, fn, stepInfo }, () => {
    const step = begin(execution, after, place, counted);
    onStart(step);
    return step;
  });
}

function withInput(call: StepCall, { id, name }: StepOptions, input: readonly unknown[]): StepCall {
  const work = call.work.input === undefined ? call.work : { ...call.work, input };
  return { ...call, id, name: name ?? (id === call.id ? call.name : id), work };
}
