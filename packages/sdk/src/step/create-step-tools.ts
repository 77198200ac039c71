import { StepwellError } from "@stepwell/protocol";
import { anthropic, deepseek, gemini, grok, openai } from "../ai/models.ts";
import type { Stepwell } from "../client/stepwell.ts";
import type { FunctionContext } from "../define/function-context.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { type Hooks, hasHook, transformed, wrapped } from "../middleware/hooks.ts";
import { stepInfoOf } from "../replay/call-life.ts";
import type { Execution } from "../replay/execution.ts";
import { currentPlace, type Place } from "../replay/place.ts";
import type { CountedStepId } from "../replay/step-ids.ts";
import { inferCall, wrapCall } from "./ai.ts";
import { durableRequest, fetchCall } from "./fetch.ts";
import { invokeCall } from "./invoke.ts";
import { runCall } from "./run.ts";
import { sendEventCall } from "./send-event.ts";
import { sendSignalCall } from "./send-signal.ts";
import { sleepCall, sleepUntilCall } from "./sleep.ts";
import type { StepCall, StepOptions, StepOptionsOrId } from "./step-call.ts";
import type { StepTools } from "./step-tools.ts";
import { waitForEventCall } from "./wait-for-event.ts";
import { waitForSignalCall } from "./wait-for-signal.ts";

const models = { anthropic, deepseek, gemini, grok, openai };

/** What a tool knows of where it is used. */
export interface ToolContext {
  readonly client: Stepwell;
  readonly definition: StepwellFunction;
  readonly runId: string;
}

export interface ToolParts extends ToolContext {
  readonly middleware: readonly Hooks[];
  /** Where code stands that the platform cannot follow. */
  readonly place: () => Place;
}

/** The tools of one call of a function. */
export function createStepTools(execution: Execution, parts: ToolParts): StepTools {
  const isHooked = hasHook(parts.middleware, "wrapStep") || hasHook(parts.middleware, "transformStepInput");
  // Whoever changes what a step's code returns may do so to keep a secret, and its arguments are no less of one.
  const isSecret = hasHook(parts.middleware, "wrapStepHandler");
  const start = (call: StepCall): Promise<unknown> => {
    const place = placeIn(execution) ?? parts.place();
    if (place.step !== undefined) throw insideStep(call.id, place.step.id);
    const open = isSecret && call.work.kind === "run" ? { ...call, work: { ...call.work, isInputSecret: true } } : call;
    const racing = place.isRacing && !open.race ? { ...open, race: true } : open;
    return isHooked ? startHooked(execution, parts, racing, place) : begin(execution, racing, place, execution.reserve(racing.id));
  };
  /** A tool that was called wrongly rejects, as everything else that goes wrong with a step does. */
  const tool =
    <Arguments extends readonly unknown[]>(make: (context: ToolContext, idOrOptions: StepOptionsOrId, ...more: Arguments) => StepCall) =>
    (idOrOptions: StepOptionsOrId, ...more: Arguments): Promise<never> => {
      try {
        return start(make(parts, idOrOptions, ...more)) as Promise<never>;
      } catch (error) {
        return Promise.reject(error);
      }
    };
  const durableFetch = tool(fetchCall);
  return {
    run: tool(runCall) as unknown as StepTools["run"],
    sleep: tool(sleepCall),
    sleepUntil: tool(sleepUntilCall),
    waitForEvent: tool(waitForEventCall) as unknown as StepTools["waitForEvent"],
    waitForSignal: tool(waitForSignalCall),
    invoke: tool(invokeCall) as unknown as StepTools["invoke"],
    sendEvent: tool(sendEventCall),
    sendSignal: tool(sendSignalCall),
    fetch: async (resource, init) => {
      if (placeIn(execution)?.step !== undefined) return globalThis.fetch(resource, init);
      const request = await durableRequest(resource, init);
      return durableFetch(`step.fetch: ${new URL(request.url).hostname}`, request);
    },
    ai: { infer: tool(inferCall), wrap: tool(wrapCall) as unknown as StepTools["ai"]["wrap"], models },
  };
}

/** Where the code stands that calls, if it is of this execution. */
function placeIn(execution: Execution): Place | undefined {
  const place = currentPlace();
  return place?.execution === execution ? place : undefined;
}

function begin(execution: Execution, call: StepCall, place: Place, counted: CountedStepId): Promise<unknown> {
  for (const branch of place.branches) branch.steps.add(counted.hashed);
  return execution.step(call, counted);
}

/** Middleware may change what the step is called with, and wrap it with code and steps of its own. */
async function startHooked(execution: Execution, parts: ToolParts, call: StepCall, place: Place): Promise<unknown> {
  const { middleware, definition: fn } = parts;
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
  return wrapped(middleware, "wrapStep", { ctx: parts.place().context as FunctionContext, fn, stepInfo }, () =>
    begin(execution, after, place, counted),
  );
}

function withInput(call: StepCall, { id, name }: StepOptions, input: readonly unknown[]): StepCall {
  const work = call.work.kind === "run" ? { ...call.work, input } : call.work;
  return { ...call, id, name: name ?? (id === call.id ? call.name : id), work };
}

function insideStep(inner: string, outer: string): StepwellError {
  return new StepwellError("step_inside_step", `step "${inner}" was called in the code of step "${outer}"`, {
    retryable: false,
    advice:
      "Call steps one after the other, beside each other, or from the function itself: a step is the smallest unit that is remembered.",
  });
}
