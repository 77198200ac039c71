import { StepwellError } from "@stepwell/protocol";
import { anthropic, deepseek, gemini, grok, openai } from "../ai/models.ts";
import type { Stepwell } from "../client/stepwell.ts";
import type { FunctionContext } from "../define/function-context.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { type Hooks, hasHook, transformed, wrapped } from "../middleware/hooks.ts";
import { stepInfoOf } from "../replay/call-life.ts";
import type { Execution } from "../replay/execution.ts";
import { FollowedPromise } from "../replay/followed-promise.ts";
import { currentPlace, type Place } from "../replay/place.ts";
import type { CountedStepId } from "../replay/step-ids.ts";
import { inferCall, wrapCall } from "./ai.ts";
import { durableRequest, type FetchArguments, fetchCall, namedRequest } from "./fetch.ts";
import { invokeCall } from "./invoke.ts";
import { raceSteps } from "./race-steps.ts";
import { runCall } from "./run.ts";
import { sendEventCall } from "./send-event.ts";
import { sendSignalCall } from "./send-signal.ts";
import { sleepCall, sleepUntilCall } from "./sleep.ts";
import type { StepCall, StepOptions, StepOptionsOrId } from "./step-call.ts";
import type { StepTools, WaitForEventOptions } from "./step-tools.ts";
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
  readonly place: Place;
}

/** The tools of one call of a function. */
export function createStepTools(execution: Execution, parts: ToolParts): StepTools {
  // A tool that was called wrongly rejects, as everything else that goes wrong with a step does.
  const use = (make: MakeCall, [idOrOptions, ...more]: readonly unknown[]): Promise<never> => {
    try {
      return start(execution, parts, make(parts, idOrOptions as StepOptionsOrId, ...(more as never[]))) as Promise<never>;
    } catch (error) {
      return refused(error, parts);
    }
  };
  const fetchStep = async (...args: FetchArguments): Promise<Response> => {
    const { id, resource, init } = namedRequest(args);
    if (placeIn(execution)?.step !== undefined) return globalThis.fetch(resource, init);
    const request = await durableRequest(resource, init);
    return use(fetchCall, [id ?? `step.fetch: ${new URL(request.url).hostname}`, request]);
  };
  return {
    run: ((idOrOptions: StepOptionsOrId, body: (...input: never[]) => unknown, ...input: readonly unknown[]) => {
      try {
        return start(execution, parts, runCall(idOrOptions, body, input));
      } catch (error) {
        return refused(error, parts);
      }
    }) as StepTools["run"],
    sleep: (...args) => use(sleepCall, args),
    sleepUntil: (...args) => use(sleepUntilCall, args),
    waitForEvent: ((id: StepOptionsOrId, options: WaitForEventOptions) => {
      if (options?.events === undefined || options.events.length === 0) return use(waitForEventCall, [id, options]);
      const { events, ...rest } = options;
      const waits = events.map((event) => {
        const name = typeof event === "string" ? event : event.name;
        return [name, () => use(waitForEventCall, [withSuffix(id, name), { ...rest, event }])] as const;
      });
      const place = placeIn(execution) ?? parts.place;
      return heard(raceSteps(execution, place, waits, (event) => event !== null).then(({ value }) => value));
    }) as StepTools["waitForEvent"],
    waitForSignal: (...args) => use(waitForSignalCall, args),
    invoke: ((...args: readonly unknown[]) => use(invokeCall, args)) as StepTools["invoke"],
    sendEvent: (...args) => use(sendEventCall, args),
    sendSignal: (...args) => use(sendSignalCall, args),
    fetch: (...args: FetchArguments) => heard(fetchStep(...args)),
    ai: {
      infer: (...args) => use(inferCall, args),
      wrap: ((...args: readonly unknown[]) => use(wrapCall, args)) as StepTools["ai"]["wrap"],
      models,
    },
  };
}

/** Each of several waits is a step, which is called after its event too. */
function withSuffix(idOrOptions: StepOptionsOrId, suffix: string): StepOptionsOrId {
  if (typeof idOrOptions === "string") return `${idOrOptions}: ${suffix}`;
  const { id, name } = idOrOptions;
  return { id: `${id}: ${suffix}`, ...(name === undefined ? {} : { name: `${name}: ${suffix}` }) };
}

type MakeCall = (context: ToolContext, idOrOptions: StepOptionsOrId, ...more: never[]) => StepCall;

function start(execution: Execution, parts: ToolParts, call: StepCall): Promise<unknown> {
  const place = placeIn(execution) ?? parts.place;
  if (place.step !== undefined) throw insideStep(call.id, place.step.id);
  if (parts.middleware.length > 0) return startBesideMiddleware(execution, parts, call, place);
  return beginAt(execution, call, place);
}

function startBesideMiddleware(execution: Execution, parts: ToolParts, call: StepCall, place: Place): Promise<unknown> {
  const { middleware } = parts;
  // Whoever changes what a step's code returns may do so to keep a secret, and its arguments are no less of one.
  const isSecret = hasHook(middleware, "wrapStepHandler") && call.work.kind === "run";
  const open = isSecret ? ({ ...call, work: { ...call.work, isInputSecret: true } } as StepCall) : call;
  if (!hasHook(middleware, "wrapStep") && !hasHook(middleware, "transformStepInput")) return beginAt(execution, open, place);
  const followed = new FollowedPromise();
  return followed.take(
    execution.races,
    startHooked(execution, parts, inRace(open, place), place, (step) => followed.add(step)),
  );
}

function beginAt(execution: Execution, call: StepCall, place: Place): Promise<unknown> {
  return begin(execution, inRace(call, place), place, execution.count(call.id));
}

function inRace(call: StepCall, { isRacing }: Place): StepCall {
  return isRacing && !call.race ? { ...call, race: true } : call;
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
async function startHooked(
  execution: Execution,
  parts: ToolParts,
  call: StepCall,
  place: Place,
  started: (step: Promise<unknown>) => void,
): Promise<unknown> {
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
  return wrapped(middleware, "wrapStep", { ctx: parts.place.context as FunctionContext, fn, stepInfo }, () => {
    const step = begin(execution, after, place, counted);
    started(step);
    return step;
  });
}

function withInput(call: StepCall, { id, name }: StepOptions, input: readonly unknown[]): StepCall {
  const work = call.work.input === undefined ? call.work : { ...call.work, input };
  return { ...call, id, name: name ?? (id === call.id ? call.name : id), work };
}

/** Whoever awaits it is told, and so is the run's log: who does not would never know. */
function refused(error: unknown, { place }: ToolParts): Promise<never> {
  const { message, advice, code } = error as Partial<StepwellError>;
  const hint = advice === undefined ? "" : `. ${advice.replace(/\.$/, "")}`;
  (place.context as FunctionContext).logger.warn(`stepwell: ${message ?? String(error)}${hint} (${code ?? "error"}).`);
  return heard(Promise.reject(error));
}

/** A step that nobody awaits may fail without ending the process. */
function heard<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

function insideStep(inner: string, outer: string): StepwellError {
  return new StepwellError("step_inside_step", `step "${inner}" was called in the code of step "${outer}"`, {
    retryable: false,
    advice:
      "Call steps one after the other, beside each other, or from the function itself: a step is the smallest unit that is remembered.",
  });
}
