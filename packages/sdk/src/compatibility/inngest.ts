// The names under which applications know the client and what it makes, for those that came with another package. A name that
// is a value and holds types besides (`Inngest.Any`) is a namespace without code.

import type { ClientOptions } from "../client/client-options.ts";
import { type HandlerContext, Stepwell } from "../client/stepwell.ts";
import type { EventPayload, ReceivedEvent, UntypedData } from "../define/event.ts";
import type { EventsOf } from "../define/event-schemas.ts";
import type { FailureEvent, FunctionContext } from "../define/function-context.ts";
import type { FunctionOptions } from "../define/function-options.ts";
import type { FunctionReference } from "../define/function-reference.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { ScheduleData, Trigger } from "../define/trigger.ts";
import type { SendPayload } from "../step/step-tools.ts";

/** The client, under the name that existing applications have for it. */
export const Inngest = Stepwell;
export type Inngest<Options extends ClientOptions = ClientOptions> = Stepwell<Options>;
export declare namespace Inngest {
  export type Any = Stepwell;
  export type Like = Stepwell;
}

/** A function that a client made. */
export type InngestFunction<Output = unknown, Data = unknown> = StepwellFunction<Output, Data>;
export declare namespace InngestFunction {
  export type Any = StepwellFunction;
  export type Like = StepwellFunction;
  export type Options = FunctionOptions;
  export type { Trigger };
}

/** A reference to a function. */
export type InngestFunctionReference<Output = unknown, Data = unknown> = FunctionReference<Output, Data>;
export declare namespace InngestFunctionReference {
  export type Any = FunctionReference;
  export type Like = FunctionReference;
}

type OptionsOf<Client> = Client extends Stepwell<infer Options> ? Options : ClientOptions;
type EventsOfClient<Client> = OptionsOf<Client> extends { readonly schemas: infer Schemas } ? EventsOf<Schemas> : object;

/** The options that a client was made with. */
export type ClientOptionsFromInngest<Client> = OptionsOf<Client>;
/** The events of a client with schemas, by name; with `true` those of the server too. */
export type GetEvents<Client, WithInternal extends boolean = false> = EventsOfClient<Client> &
  (WithInternal extends true ? InternalEvents : unknown);

interface InternalEvents {
  "inngest/function.invoked": { data: UntypedData };
  "inngest/function.failed": { data: FailureEvent["data"] };
  "inngest/function.finished": { data: FinishedEventPayload["data"] };
  "inngest/scheduled.timer": { data: ScheduleData };
}

/** The events of a client's options. */
export type EventsFromOpts<Options> = Options extends { readonly schemas: infer Schemas } ? EventsOf<Schemas> : object;
/** The step tools of a client's functions, whatever starts them. */
export type GetStepTools<Client, Name extends string = string> = GetFunctionInput<Client, Name>["step"];
/** What a function of a client is called with, by the event that starts it. */
export type GetFunctionInput<Client, Name extends string = string> = HandlerContext<OptionsOf<Client>, object, { event: Name }>;
/** What a function returns. */
export type GetFunctionOutput<Fn> = Fn extends StepwellFunction<infer Output> ? Output : never;
export type GetFunctionOutputRaw<Fn> = GetFunctionOutput<Fn>;

/** What a function is called with. After the client stands the name of what starts it, or what middleware adds. */
export type Context<Client = Stepwell, Second = string, Added = unknown> = FunctionContext<
  GetFunctionInput<Client, Second extends string ? Second : string>["event"],
  EventsOfClient<Client>
> &
  (Second extends string ? Added : Second);
export declare namespace Context {
  export type Any = FunctionContext;
}
export type BaseContext<Client = Stepwell, Name extends string = string> = Context<Client, Name>;

/** The code of a function. */
export type Handler<Client = Stepwell, Second = string, Added = unknown> = (context: Context<Client, Second, Added>) => unknown;
export declare namespace Handler {
  export type Any = (context: never) => unknown;
}

/** The names of the events that start a function: of its trigger, which stands after the events where those are given. */
export type EventNameFromTrigger<First, T = First> = T extends { readonly event: { readonly name: infer Name extends string } }
  ? Name
  : T extends { readonly event: infer Name extends string }
    ? Name
    : T extends { readonly cron: string }
      ? "inngest/scheduled.timer"
      : never;

/** An error as JSON. */
export interface JsonError {
  name: string;
  message: string;
  stack?: string;
  cause?: unknown;
}

/** The event that starts a failure handler. */
export type FailureEventPayload<Event = EventPayload> = FailureEvent<Event>;
/** What a failure handler is called with besides the tools. */
export interface FailureEventArgs<Event = EventPayload> {
  event: FailureEvent<Event>;
  error: Error;
}

/** The event of a run that has ended. */
export interface FinishedEventPayload {
  name: "inngest/function.finished";
  data: { function_id: string; run_id: string; correlation_id?: string } & ({ error: JsonError } | { result: unknown });
}

/** The event of a schedule. */
export type ScheduledTimerEventPayload = ReceivedEvent<"inngest/scheduled.timer", ScheduleData>;

/** Events as `send` takes them. */
export type SendEventPayload<Events = object> = SendPayload<Events> | readonly SendPayload<Events>[];
export interface SendEventBaseOutput {
  ids: string[];
}
export interface SendSignalResponse {
  runId: string | undefined;
}

export type EventSessionValue = string | number | null;
export type EventSessions = Record<string, EventSessionValue>;
export type PropagatedEventSessionValue = string | number;
export type PropagatedEventSessions = Record<string, PropagatedEventSessionValue>;
/** What stands beside an event as functions get it. */
export interface ReceivedEventMeta {
  sessions?: Record<string, string>;
}

/** What a logger may be told. */
export type LogArg = unknown;
/** A duration as text: `1d12h`. */
export type TimeStr = `${`${number}w` | ""}${`${number}d` | ""}${`${number}h` | ""}${`${number}m` | ""}${`${number}s` | ""}`;
export type MaybePromise<T> = T | Promise<T>;
