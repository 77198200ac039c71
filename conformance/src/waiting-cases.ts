// Functions that wait for something else to happen: an event, a signal, another run; and what ends them from outside.
// What is told while a run waits stands with the case; the test tells it.

import type { HandlerInput, StepTools } from "./cases.ts";

export interface WaitingSteps extends StepTools {
  waitForEvent(id: string, options: { event: string; timeout: string; if?: string; match?: string }): Promise<WaitedEvent | null>;
  waitForSignal(id: string, options: { signal: string; timeout: string; onConflict?: "replace" | "fail" }): Promise<unknown>;
  sendSignal(id: string, options: { signal: string; data?: unknown }): Promise<unknown>;
  invoke(id: string, options: { function: unknown; data?: unknown; timeout?: string }): Promise<never>;
}

export interface WaitedEvent {
  readonly id: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WaitingInput extends Omit<HandlerInput, "step"> {
  readonly step: WaitingSteps;
  /** A function of this app by the name it has here. */
  readonly functionOf: (name: string) => unknown;
  /** A function by its ids alone. */
  readonly reference: (appId: string, functionId: string) => unknown;
  /** Of a failure handler. */
  readonly error?: { readonly name: string; readonly message: string };
}

export interface WaitingFunction {
  readonly name: string;
  /** As the SDK takes them, besides id and triggers. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** By default the event `waiting/<name>`. */
  readonly triggers?: readonly object[];
  readonly onFailure?: (input: WaitingInput) => unknown;
  readonly handler: (input: WaitingInput) => unknown;
}

/** What happens while the run waits. */
export type Told =
  | { readonly event: string; readonly data?: Readonly<Record<string, unknown>> }
  | { readonly signal: string; readonly data?: unknown }
  /** The run itself, or the run of a function that it started. */
  | { readonly cancel: string };

export interface WaitingCase extends WaitingFunction {
  readonly data?: Readonly<Record<string, unknown>>;
  /** Told before the run is started. */
  readonly before?: readonly Told[];
  /** Told one after the other, each when everything that can go on without it has. */
  readonly told?: readonly Told[];
  readonly others?: readonly WaitingFunction[];
  /** Started in the future by so many ms. */
  readonly startsInMs?: number;
  readonly status?: "completed" | "failed" | "cancelled";
  readonly output?: unknown;
  readonly error?: { readonly name?: string; readonly message?: RegExp };
  readonly cancelReason?: RegExp;
  /** Runs of other functions that end besides, with their output. */
  readonly alsoEnds?: Readonly<Record<string, unknown>>;
  /** Functions that start no run. */
  readonly startsNot?: readonly string[];
}
