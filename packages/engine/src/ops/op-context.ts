import type { EpochMs, GatewayCredentials, JsonText, RunErrorValue } from "@stepwell/protocol";
import type { Effect, EventRecord } from "@stepwell/store";
import type { RetryPolicy } from "../attempts/retry-policy.ts";
import type { InvokeListeners } from "../events/invoke-listeners.ts";
import type { StartedEvents } from "../events/started-events.ts";
import type { FunctionEntry, RunInHand } from "../runs/run-in-hand.ts";

/** What an op handler may know. It decides and does nothing. */
export interface OpContext {
  readonly run: RunInHand;
  /** When the reply was complete, and when its call was sent. */
  readonly now: EpochMs;
  readonly sentAt: EpochMs;
  /** The only op of the reply that counts (lazy ones do not): nothing is parallel. */
  readonly isAlone: boolean;
  /** The run's execution version with this reply: 2 and above wait for whole groups. */
  readonly version: number;
  /** Of the reply as a whole: whether a failed step may be tried again, and when at the earliest. */
  readonly mayRetry: boolean;
  readonly retryAt: EpochMs | undefined;
  readonly policy: RetryPolicy;
  /** The run's own event as expressions see it; made only when one asks for it. */
  readonly eventMap: () => unknown;
  /** By slug, `app/function` or UUID; only those that start runs. */
  readonly findFunction: (name: string) => FunctionEntry | undefined;
  /** Who listens to invokes, beside the function that is invoked. */
  readonly invokeListeners: (event: EventRecord, target: FunctionEntry) => InvokeListeners;
  /** Whether another run may be born leased. */
  readonly hasRoom: boolean;
  /** Whether this server makes requests of its own. */
  readonly hasGateway: boolean;
}

export interface OpDecision {
  readonly effects: readonly Effect[];
  readonly means: Meaning;
  /** Events that the effects write, with the functions they start, in the order of the effects. */
  readonly started?: StartedEvents;
  /** What whoever looks at the run should know. */
  readonly warning?: string;
  /** Of a request, kept in memory: they are no part of an effect, because effects are stored. */
  readonly credentials?: GatewayCredentials;
}

/** What an op means for the call's item; `decideReply` weighs those of all ops. */
export type Meaning =
  /** A step has its result: the function goes on. */
  | { readonly kind: "discover" }
  /** Something that has an item of its own is under way. */
  | { readonly kind: "wait" }
  /** The run's own item sleeps. */
  | { readonly kind: "sleep"; readonly stepId: import("@stepwell/protocol").StepId; readonly dueAt: EpochMs }
  /** This item is tried again. */
  | {
      readonly kind: "retry";
      readonly dueAt: EpochMs;
      readonly error: RunErrorValue;
      readonly stepName: string;
      readonly stepId: import("@stepwell/protocol").StepId;
    }
  | { readonly kind: "complete"; readonly output: JsonText; readonly outputTypes?: JsonText }
  | { readonly kind: "fail"; readonly error: RunErrorValue; readonly code: string }
  | { readonly kind: "nothing" };

/** Whether a settled step makes the run's own item due: see `SettleStep.wake`. */
export function wakeRule(context: OpContext, race: boolean): "never" | "group" | "always" {
  if (context.run.step === undefined) return "never";
  return race || context.run.step.race || context.version < 2 ? "always" : "group";
}
