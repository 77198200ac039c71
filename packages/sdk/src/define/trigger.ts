import type { DurationInput } from "../time/duration.ts";
import type { ReceivedEvent, UntypedData } from "./event.ts";
import type { DataReceived, EventType } from "./event-type.ts";
import type { SchemaOutput, StandardSchemaV1 } from "./standard-schema.ts";

/** What starts a function: an event, with a condition on it, or a schedule. */
export type Trigger = EventTrigger | CronTrigger | EventType;

export interface EventTrigger {
  /** The event's name, or a wildcard that ends in `/*` or `.*`; or its type. */
  readonly event: string | EventType;
  /** A condition on `event`, e.g. `event.data.total > 10`. */
  readonly if?: string;
  /** Of the data of an event that is given by its name. */
  readonly schema?: StandardSchemaV1;
  readonly cron?: undefined;
}

export interface CronTrigger {
  /** Five or six fields, with `TZ=Europe/Paris ` before them for a zone; UTC by default. */
  readonly cron: string;
  /** Spreads the starts: up to so much later, 1 second to 5 minutes. */
  readonly jitter?: DurationInput;
  /** What becomes of ticks that were missed while the server was down. */
  readonly catchUp?: "none" | "last" | "all";
  /** What becomes of a tick while the last run is still under way. */
  readonly overlap?: "allow" | "skip";
  readonly event?: undefined;
}

/** One trigger or a list. */
export type TriggersInput = Trigger | readonly Trigger[];

/** Which tick of which schedule it is; the times as ISO 8601 text. */
export interface ScheduleData {
  cron: string;
  /** When it was due. */
  scheduledAt: string;
  /** When it was to start, with its jitter. */
  fireAt: string;
}

export type InvokedName = "inngest/function.invoked";

/** The event of a function that a trigger starts. An invocation brings the same data under a name of its own. */
export type EventOfTrigger<T, Events> = T extends { readonly cron: string }
  ? ReceivedEvent<"inngest/scheduled.timer" | InvokedName, ScheduleData>
  : T extends EventType<infer Name, infer Schema>
    ? ReceivedEvent<Name | InvokedName, DataReceived<Schema>>
    : T extends { readonly event: EventType<infer Name, infer Schema> }
      ? ReceivedEvent<Name | InvokedName, DataReceived<Schema>>
      : T extends { readonly event: infer Name extends string; readonly schema: infer Schema extends StandardSchemaV1 }
        ? ReceivedEvent<Name | InvokedName, SchemaOutput<Schema>>
        : T extends { readonly event: infer Name extends string }
          ? NamedEvent<Name, Events>
          : never;

type NamedEvent<Name extends string, Events> = Name extends keyof Events
  ? ReceivedEvent<Name | InvokedName, ShapeData<Events[Name]>>
  : ReceivedEvent<Name | InvokedName>;

/** The data of an event by its name, where its type is known. */
export type DataOfName<Name extends string, Events> = Name extends keyof Events ? ShapeData<Events[Name]> : UntypedData;

type ShapeData<Shape> = Shape extends { data: infer Data } ? Data : Shape extends { data?: infer Data } ? NonNullable<Data> : UntypedData;

/** A function without triggers is started by invocations only. */
export type EventOfTriggers<T, Events> = unknown extends T
  ? ReceivedEvent<InvokedName>
  : [T] extends [undefined] | [readonly []]
    ? ReceivedEvent<InvokedName>
    : T extends readonly (infer Each)[]
      ? EventOfTrigger<Each, Events>
      : EventOfTrigger<T, Events>;

/** What an invocation of the function has to bring. */
export type InvokeDataOf<T, Events> = EventOfTriggers<T, Events> extends { data: infer Data } ? Data : UntypedData;
