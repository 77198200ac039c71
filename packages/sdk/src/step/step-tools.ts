import type { AiModel, AnswerOf, RequestTo } from "../ai/ai-model.ts";
import type * as models from "../ai/models.ts";
import type { EventPayload, ReceivedEvent } from "../define/event.ts";
import type { EventName } from "../define/event-name.ts";
import type { Payloads } from "../define/event-schemas.ts";
import type { DataReceived, EventType } from "../define/event-type.ts";
import type { FunctionReference } from "../define/function-reference.ts";
import type { DataToBring, OutputOf } from "../define/invocation.ts";
import type { Recorded } from "../define/recorded.ts";
import type { SchemaOutput, StandardSchemaV1 } from "../define/standard-schema.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { DataOfName } from "../define/trigger.ts";
import type { DurationInput, InstantInput } from "../time/duration.ts";
import type { FetchTool } from "./fetch.ts";
import type { StepOptionsOrId } from "./step-call.ts";

export type WaitForEventOptions<Events = object> = WaitedTime & WaitedName<Events> & WaitedMatch;

interface WaitedTime {
  /** Milliseconds, a duration such as `"14d"`, or an instant; at most 366 days. */
  readonly timeout: DurationInput | InstantInput;
  /** How far back an event may have been accepted, at most 24 hours; `"run"`: since the run was queued. Off by default. */
  readonly lookback?: DurationInput;
}

type WaitedName<Events> =
  | {
      /** The event's exact name, or its type. */
      readonly event: EventName<Events> | EventType;
      readonly events?: undefined;
      readonly schema?: undefined;
    }
  | {
      /** Several: the first that arrives ends the wait for all of them. */
      readonly events: readonly (EventName<Events> | EventType)[];
      readonly event?: undefined;
      readonly schema?: undefined;
    }
  | {
      readonly event: string | EventType;
      readonly events?: undefined;
      /** Of the event's data, where the event is given by its name. */
      readonly schema: StandardSchemaV1;
    };

type WaitedMatch =
  | {
      /** A condition on `event`, which started the run, and `async`, which arrives. */
      readonly if?: string;
      readonly match?: undefined;
    }
  | {
      /** A path that must be the same in both events: `"data.userId"`. */
      readonly match: string;
      readonly if?: undefined;
    };

export interface WaitForSignalOptions<Schema extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined> {
  readonly signal: string;
  readonly timeout: DurationInput | InstantInput;
  /** What happens when another run waits for the signal: it loses its place, or this step fails. */
  readonly onConflict?: "replace" | "fail";
  /** Of the data that the signal brings: what does not fit fails the step, where the function can catch it. */
  readonly schema?: Schema;
}

interface Signal<Data> {
  signal: string;
  data: Data;
}

export type InvokeOptions<Target = StepwellFunction | FunctionReference> = InvokeSettings<Target> & DataToBring<Target>;

interface InvokeSettings<Target> {
  readonly function: Target;
  /** @deprecated Put it into `data`. */
  readonly user?: object;
  readonly v?: string;
  readonly meta?: object;
  /** A year by default, at most 366 days. The function that was invoked goes on, but for `propagateCancel`. */
  readonly timeout?: DurationInput | InstantInput;
  /** Cancels the invoked run with this one, and when the wait for it is over. */
  readonly propagateCancel?: boolean;
}

type WaitedEvent<Options, Events> = Options extends { readonly events: readonly (infer Each)[] }
  ? WaitedOne<Each, Events>
  : WaitedSingle<Options, Events>;

type WaitedOne<Each, Events> = Each extends Each ? WaitedSingle<{ readonly event: Each }, Events> : never;

type WaitedSingle<Options, Events> = Options extends { readonly event: EventType<infer Name, infer Schema> }
  ? ReceivedEvent<Name, DataReceived<Schema>>
  : Options extends { readonly event: infer Name extends string; readonly schema: infer Schema extends StandardSchemaV1 }
    ? ReceivedEvent<Name, SchemaOutput<Schema>>
    : Options extends { readonly event: infer Name extends string }
      ? ReceivedEvent<Name, DataOfName<Name, Events>>
      : ReceivedEvent;

/** An event as a tool or a client sends it. */
export type SendPayload<Events> = [keyof Events] extends [never]
  ? EventPayload<object>
  : Payloads<Events> & Omit<EventPayload, "name" | "data" | "user">;

export interface StepTools<Events = object> {
  /**
   * Runs code once and remembers what it returned; it is retried on its own. Dates, maps, sets, big integers, typed arrays,
   * errors and `undefined` come back as they were.
   */
  run<Input extends readonly unknown[], Returned>(
    idOrOptions: StepOptionsOrId,
    fn: (...input: Input) => Returned,
    ...input: Input
  ): Promise<Recorded<Awaited<Returned>>>;
  /** Lets the run go on after so long. It holds no process and outlives restarts. */
  sleep(idOrOptions: StepOptionsOrId, time: DurationInput): Promise<void>;
  /** Lets the run go on at an instant; at once when it has passed. */
  sleepUntil(idOrOptions: StepOptionsOrId, time: InstantInput): Promise<void>;
  /** Parks the run until a matching event arrives; `null` when the time is over. */
  waitForEvent<const Options extends WaitForEventOptions<Events>>(
    idOrOptions: StepOptionsOrId,
    options: Options,
  ): Promise<WaitedEvent<Options, Events> | null>;
  /**
   * Parks the run until a signal arrives; `null` when the time is over or another run took its place. The data is as the schema
   * makes it; without one nothing is checked, and its type is what the caller says it is.
   */
  waitForSignal<Data = unknown, Schema extends StandardSchemaV1 | undefined = undefined>(
    idOrOptions: StepOptionsOrId,
    options: WaitForSignalOptions<Schema>,
  ): Promise<Signal<[Schema] extends [undefined] ? Data : SchemaOutput<Schema>> | null>;
  /** Runs another function and returns what it returns. */
  invoke<const Target extends StepwellFunction | FunctionReference>(
    idOrOptions: StepOptionsOrId,
    options: InvokeOptions<Target>,
  ): Promise<OutputOf<Target>>;
  /** Sends events, once: a retry sends them under the same ids. */
  sendEvent(idOrOptions: StepOptionsOrId, events: SendPayload<Events> | readonly SendPayload<Events>[]): Promise<{ ids: string[] }>;
  /** Wakes the run that waits for the signal. */
  sendSignal(
    idOrOptions: StepOptionsOrId,
    options: { readonly signal: string; readonly data?: unknown },
  ): Promise<{ runId: string | undefined }>;
  /** `fetch` by the server: durable, and retried without calling the app. An id may stand first; else its host is the id. In the code of a step it is the ordinary one. */
  fetch: FetchTool;
  readonly ai: {
    /** A request to a model, made by the server; what it answers is known by the model. */
    infer<Model extends AiModel, const Body extends RequestTo<Model> = RequestTo<Model>>(
      idOrOptions: StepOptionsOrId,
      options: { readonly model: Model; readonly body: Body },
    ): Promise<AnswerOf<Model>>;
    /** `step.run` for code that calls a model. */
    wrap<Input extends readonly unknown[], Returned>(
      idOrOptions: StepOptionsOrId,
      fn: (...input: Input) => Returned,
      ...input: Input
    ): Promise<Recorded<Awaited<Returned>>>;
    /** Makers of models, as the package exports them. */
    readonly models: Pick<typeof models, "anthropic" | "deepseek" | "gemini" | "grok" | "openai">;
  };
}
