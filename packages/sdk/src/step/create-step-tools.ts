import { StepwellError } from "@stepwell/protocol";
import { anthropic, deepseek, gemini, grok, openai } from "../ai/models.ts";
import type { Stepwell } from "../client/stepwell.ts";
import type { FunctionContext } from "../define/function-context.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { Execution } from "../replay/execution.ts";
import { currentPlace, type Place } from "../replay/place.ts";
import { inferCall, wrapCall } from "./ai.ts";
import { durableRequest, type FetchArguments, fetchCall, namedRequest } from "./fetch.ts";
import { invokeCall } from "./invoke.ts";
import { raceSteps } from "./race-steps.ts";
import { runCall } from "./run.ts";
import { sendEventCall } from "./send-event.ts";
import { sendSignalCall } from "./send-signal.ts";
import { sleepCall, sleepUntilCall } from "./sleep.ts";
import { startPlain } from "./start-plain.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
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

/** What a tool does with a call that it has made. */
export type StartStep = (execution: Execution, parts: ToolParts, call: StepCall, place: Place) => Promise<unknown>;

export interface ToolParts extends ToolContext {
  /** Of middleware; absent: there is none. */
  readonly startStep: StartStep | undefined;
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
  return parts.startStep === undefined ? startPlain(execution, call, place) : parts.startStep(execution, parts, call, place);
}

/** Where the code stands that calls, if it is of this execution. */
function placeIn(execution: Execution): Place | undefined {
  const place = currentPlace();
  return place?.execution === execution ? place : undefined;
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
