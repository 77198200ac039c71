// Middleware of the present form: classes, of which each call of a function has instances of its own. Exported as the
// namespace `Middleware`.

import type { Stepwell } from "../client/stepwell.ts";
import type { EventPayload } from "../define/event.ts";
import type { FunctionContext } from "../define/function-context.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { StepOptions } from "../step/step-call.ts";
import type { StepTools as AllStepTools } from "../step/step-tools.ts";

type MaybePromise<T> = T | Promise<T>;

export type StepTools = AllStepTools;

/** The kinds of steps; more may come. */
export type StepType =
  | "ai.infer"
  | "ai.wrap"
  | "fetch"
  | "invoke"
  | "run"
  | "sendEvent"
  | "sendSignal"
  | "sleep"
  | "waitForEvent"
  | "waitForSignal"
  | (string & {});

export interface StepInfo {
  readonly hashedId: string;
  /** The arguments of the step's code; of `step.invoke` one object, with what is invoked and its `payload`. */
  readonly input?: unknown[];
  /** Its result is remembered and not made anew. */
  readonly memoized: boolean;
  readonly options: StepOptions;
  readonly stepType: StepType;
}

export type MemoizedStep =
  | { type: "data"; data: unknown }
  | { type: "error"; error: { name: string; message: string; stack?: string; cause?: unknown } }
  | { type: "input"; input: unknown };

export interface TransformFunctionInputArgs {
  ctx: FunctionContext;
  readonly fn: StepwellFunction;
  /** What is remembered, by hashed id. */
  steps: Record<string, MemoizedStep>;
}

export interface TransformStepInputArgs {
  readonly fn: StepwellFunction;
  readonly stepInfo: Readonly<Pick<StepInfo, "hashedId" | "memoized" | "stepType">>;
  stepOptions: StepOptions;
  input: unknown[];
}

export interface TransformSendEventArgs {
  events: EventPayload[];
  /** The function whose step sends them; `null` outside of functions. */
  readonly fn: StepwellFunction | null;
}

export interface CallArgs {
  readonly ctx: FunctionContext;
  readonly fn: StepwellFunction;
}

export interface StepArgs extends CallArgs {
  readonly stepInfo: StepInfo;
}

export type Next<T> = { readonly next: () => Promise<T> };
export type WrapFunctionHandlerArgs = CallArgs & Next<unknown>;
export type WrapStepArgs = StepArgs & Next<unknown>;
export type WrapStepHandlerArgs = StepArgs & Next<unknown>;
export type OnMemoizationEndArgs = CallArgs;
export type OnRunStartArgs = CallArgs;
export type OnRunCompleteArgs = CallArgs & { readonly output: unknown };
export type OnRunErrorArgs = CallArgs & { readonly error: Error; readonly isFinalAttempt: boolean };
export type OnStepStartArgs = StepArgs;
export type OnStepCompleteArgs = StepArgs & { readonly output: unknown };
export type OnStepErrorArgs = StepArgs & { readonly error: Error; readonly isFinalAttempt: boolean };
export type OnRegisterArgs = { readonly client: Stepwell; readonly fn: StepwellFunction | null };

export interface Request {
  readonly body: () => Promise<unknown>;
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly url: URL;
}

export interface Response {
  body: string;
  headers: Record<string, string>;
  status: number;
}

export interface WrapRequestArgs extends Next<Response> {
  readonly fn: StepwellFunction | null;
  /** What the framework called the handler with. */
  readonly requestArgs: readonly unknown[];
  readonly requestInfo: Request;
  readonly runId: string;
}

export interface WrapSendEventArgs extends Next<{ ids: string[] }> {
  readonly events: EventPayload[];
  readonly fn: StepwellFunction | null;
}

/** Says of a type what a transform makes of it: the nearest that TypeScript has to a function of types. */
export interface StaticTransform {
  In: unknown;
  Out: unknown;
}

/** What this package itself makes of a result: what was returned. */
export interface DefaultStaticTransform extends StaticTransform {
  Out: this["In"];
}

/**
 * What a class of middleware extends. All hooks are optional. Those named `wrap…` go around what they wrap, the first in the
 * list outermost; `transform…` give back what they were given, changed or not; `on…` only look.
 *
 * Order within a call: `wrapRequest`, `transformFunctionInput`, `onMemoizationEnd` where nothing is remembered, `onRunStart`
 * with the first call of a run, `wrapFunctionHandler`; for each step `transformStepInput` and `wrapStep`, whether it is
 * remembered or not; `onMemoizationEnd` once; for a step that runs `onStepStart`, `wrapStepHandler` and `onStepComplete` or
 * `onStepError`; at the end `onRunComplete` or `onRunError`.
 *
 * @example
 * class Timing extends Middleware.BaseMiddleware {
 *   readonly id = "timing";
 *   override async wrapStepHandler({ next, stepInfo }: Middleware.WrapStepHandlerArgs) {
 *     const startedAt = performance.now();
 *     try {
 *       return await next();
 *     } finally {
 *       report(stepInfo.options.id, performance.now() - startedAt);
 *     }
 *   }
 * }
 */
export abstract class BaseMiddleware {
  readonly client: Stepwell;
  /** Names it in messages. */
  abstract readonly id: string;
  declare functionOutputTransform: DefaultStaticTransform;
  declare stepOutputTransform: DefaultStaticTransform;

  constructor({ client }: { readonly client: Stepwell }) {
    this.client = client;
  }

  /** When the class is given to a client or a function. */
  static onRegister?(args: OnRegisterArgs): void;

  onMemoizationEnd?(args: OnMemoizationEndArgs): MaybePromise<void>;
  onRunStart?(args: OnRunStartArgs): MaybePromise<void>;
  onRunComplete?(args: OnRunCompleteArgs): MaybePromise<void>;
  onRunError?(args: OnRunErrorArgs): MaybePromise<void>;
  onStepStart?(args: OnStepStartArgs): MaybePromise<void>;
  onStepComplete?(args: OnStepCompleteArgs): MaybePromise<void>;
  onStepError?(args: OnStepErrorArgs): MaybePromise<void>;
  transformFunctionInput?(args: TransformFunctionInputArgs): MaybePromise<TransformFunctionInputArgs>;
  transformSendEvent?(args: TransformSendEventArgs): MaybePromise<TransformSendEventArgs>;
  transformStepInput?(args: TransformStepInputArgs): MaybePromise<TransformStepInputArgs>;
  wrapFunctionHandler?(args: WrapFunctionHandlerArgs): Promise<unknown>;
  wrapRequest?(args: WrapRequestArgs): Promise<Response>;
  wrapSendEvent?(args: WrapSendEventArgs): Promise<{ ids: string[] }>;
  wrapStep?(args: WrapStepArgs): Promise<unknown>;
  wrapStepHandler?(args: WrapStepHandlerArgs): Promise<unknown>;
}

/** A class of middleware, as clients and functions take it. */
export type Class = (new (args: { readonly client: Stepwell }) => BaseMiddleware) & Pick<typeof BaseMiddleware, "onRegister">;
