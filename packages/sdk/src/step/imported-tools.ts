import { StepwellError } from "@stepwell/protocol";
import { currentPlace, type Place } from "../replay/place.ts";
import type { GroupTools } from "./group-tools.ts";
import type { StepTools } from "./step-tools.ts";

/**
 * The step tools of whichever function the code that uses them runs in, so that they need not be handed around. Outside of
 * functions they reject.
 */
export const step: StepTools = /* @__PURE__ */ deferred<StepTools>(({ context }) => context.step, "step");

/** The group tools of whichever function the code that uses them runs in. */
export const group: GroupTools = /* @__PURE__ */ deferred<GroupTools>(({ context }) => context.group, "group");

export interface FetchOptions {
  /** What is called outside of functions and in the code of steps; the global `fetch` by default, `undefined`: nothing, it throws. */
  readonly fallback?: typeof globalThis.fetch | undefined;
}

/** `fetch`, which is `step.fetch` where a function calls it. */
export type StepFetch = typeof globalThis.fetch & FetchOptions & { config(options: FetchOptions): StepFetch };

/**
 * Hands requests of a library to the server: `new Client({ fetch })`. In a function each is durable; elsewhere it is the
 * ordinary `fetch`.
 */
export const fetch: StepFetch = /* @__PURE__ */ makeFetch({ fallback: (resource, init) => globalThis.fetch(resource, init) });

function makeFetch(options: FetchOptions): StepFetch {
  const call: typeof globalThis.fetch = (resource, init) => {
    const place = functionsPlace();
    if (place !== undefined && place.step === undefined) return place.context.step.fetch(resource, init);
    if (options.fallback === undefined) return Promise.reject(outside("fetch"));
    return options.fallback(resource, init);
  };
  return Object.assign(call, { ...options, config: (changed: FetchOptions) => makeFetch({ ...options, ...changed }) });
}

/** Looks the tool up when it is called. */
function deferred<Tools extends object>(find: (place: Place) => Tools, name: string): Tools {
  const toolAt = (path: readonly string[]): unknown =>
    new Proxy(() => undefined, {
      get: (_, key) => (typeof key === "string" ? toolAt([...path, key]) : undefined),
      apply: (_, __, args: readonly unknown[]) => {
        const place = functionsPlace();
        if (place === undefined) return Promise.reject(outside(name));
        const tool = path.reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>>)[key], find(place));
        return (tool as (...args: readonly unknown[]) => unknown)(...args);
      },
    });
  return toolAt([]) as Tools;
}

/** Middleware that is asked before the function is has no context to find tools in. */
function functionsPlace(): Place | undefined {
  const place = currentPlace();
  return place?.context === undefined ? undefined : place;
}

function outside(name: string): StepwellError {
  return new StepwellError("step_outside_function", `${name} was used outside of a function, where nothing is remembered`, {
    retryable: false,
    advice: `Call it from a function that the server runs, or use the tools that the function is called with: ({ step }) => …`,
  });
}
