// Middleware of the elder form: an object whose hooks are made anew for each call.

import type { Stepwell } from "../client/stepwell.ts";
import type { EventPayload, ReceivedEvent } from "../define/event.ts";
import type { FunctionContext } from "../define/function-context.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";

import type { Hooks } from "./hooks.ts";
import { legacyHooks } from "./legacy-hooks.ts";

type MaybePromise<T> = T | Promise<T>;
/** A hook may return nothing. */
type Nothing = ReturnType<() => void>;

/** A result, or why there is none. */
export interface HookResult {
  readonly data?: unknown;
  readonly error?: unknown;
}

export interface RunHookArgs {
  readonly ctx: FunctionContext;
  /** What is remembered, in the order in which it was recorded. */
  readonly steps: readonly { readonly id: string; readonly data?: unknown; readonly error?: unknown }[];
  readonly fn: StepwellFunction;
  /** What the framework called the handler with. */
  readonly reqArgs: readonly unknown[];
}

export interface RunHooks {
  transformInput?(
    args: RunHookArgs,
  ): MaybePromise<{ ctx?: Record<string, unknown>; steps?: readonly { readonly data?: unknown }[] } | Nothing>;
  beforeMemoization?(): MaybePromise<void>;
  afterMemoization?(): MaybePromise<void>;
  beforeExecution?(): MaybePromise<void>;
  afterExecution?(): MaybePromise<void>;
  /** Of a step's result, where `step` says which, and of the function's own. */
  transformOutput?(args: {
    readonly result: HookResult;
    readonly step?: { readonly id: string; readonly name?: string; readonly op?: string; readonly displayName?: string };
  }): MaybePromise<{ result?: HookResult } | Nothing>;
  finished?(args: { readonly result: HookResult }): MaybePromise<void>;
  beforeResponse?(): MaybePromise<void>;
}

export interface SendEventHooks {
  transformInput?(args: { readonly payloads: readonly EventPayload[] }): MaybePromise<{ payloads?: EventPayload[] } | Nothing>;
  transformOutput?(args: { readonly result: { readonly ids: string[] } }): MaybePromise<{ result?: Record<string, unknown> } | Nothing>;
}

export interface MiddlewareRegisterReturn {
  onFunctionRun?(args: {
    readonly ctx: { readonly event: ReceivedEvent; readonly runId: string };
    readonly fn: StepwellFunction;
    readonly steps: RunHookArgs["steps"];
    readonly reqArgs: readonly unknown[];
  }): MaybePromise<RunHooks>;
  onSendEvent?(): MaybePromise<SendEventHooks>;
}

export type MiddlewareRegisterFn = (args: {
  readonly client: Stepwell;
  readonly fn?: StepwellFunction;
}) => MaybePromise<MiddlewareRegisterReturn>;

export interface MiddlewareOptions {
  readonly name: string;
  /** Called once for the client, or for each function that has it. */
  readonly init: MiddlewareRegisterFn;
}

export declare namespace InngestMiddleware {
  export type Any = InngestMiddleware;
}

/** Middleware in the form of `inngest@3`. New code had better use a class, see `Middleware`. */
export class InngestMiddleware<const Options extends MiddlewareOptions = MiddlewareOptions> {
  readonly [Symbol.toStringTag] = "Inngest.Middleware";
  readonly name: Options["name"];
  readonly init: Options["init"];

  constructor({ name, init }: Options) {
    this.name = name;
    this.init = init;
  }

  /** Its hooks for one call or one send, under the names of the present form. Only who uses this form bundles what it takes. */
  open(client: Stepwell, owner: StepwellFunction | undefined, reqArgs: readonly unknown[]): Hooks {
    return legacyHooks(this, client, owner, reqArgs);
  }
}
