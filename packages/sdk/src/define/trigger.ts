import type { DurationInput } from "../time/duration.ts";
import type { ReceivedEvent, UntypedData } from "./event.ts";
import type { EventPattern, MatchedName, NameLike } from "./event-name.ts";
import type { DataReceived, DataToSend, EventType } from "./event-type.ts";
import type { SchemaInput, SchemaOutput, StandardSchemaV1 } from "./standard-schema.ts";

/** What starts a function: an event, with a condition on it, or a schedule. */
export type Trigger<Events = object> = EventTrigger<Events> | CronTrigger | EventType;

export type EventTrigger<Events = object> = EventCondition &
  (
    | {
        /** The event's name, or a wildcard that ends in `/*` or `.*`; or its type. */
        readonly event: EventPattern<Events> | EventType;
        readonly schema?: undefined;
      }
    | {
        readonly event: string | EventType;
        /** Of the data of an event that is given by its name. */
        readonly schema: StandardSchemaV1;
      }
  );

interface EventCondition {
  /** A condition on `event`, e.g. `event.data.total > 10`. */
  readonly if?: string;
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
export type TriggersInput<Events = object> = Trigger<Events> | readonly Trigger<Events>[];

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
    ? ReceivedEvent<NameLike<Name> | InvokedName, DataReceived<Schema>>
    : T extends { readonly event: EventType<infer Name, infer Schema> }
      ? ReceivedEvent<NameLike<Name> | InvokedName, DataReceived<Schema>>
      : T extends { readonly event: infer Name extends string; readonly schema: infer Schema extends StandardSchemaV1 }
        ? ReceivedEvent<NameLike<Name> | InvokedName, SchemaOutput<Schema>>
        : T extends { readonly event: infer Name extends string }
          ? NamedEvent<Name, Events>
          : never;

type NamedEvent<Pattern extends string, Events> = [MatchedName<Pattern, Events>] extends [never]
  ? ReceivedEvent<NameLike<Pattern> | InvokedName>
  : EventsNamed<MatchedName<Pattern, Events>, Events>;

type EventsNamed<Name extends keyof Events & string, Events> = Name extends Name
  ? ReceivedEvent<Name | InvokedName, ShapeData<Events[Name]>>
  : never;

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

/** What an invocation of the function has to bring; where a schedule starts it too, nothing. */
export type InvokeDataOf<T, Events> =
  HasSchedule<T> extends true
    ? object
    : unknown extends T
      ? object
      : [T] extends [undefined] | [readonly []]
        ? object
        : T extends readonly (infer Each)[]
          ? DataBrought<Each, Events>
          : DataBrought<T, Events>;

/** As the schema takes it: what it makes of that is for the function. */
type DataBrought<T, Events> =
  T extends EventType<string, infer Schema>
    ? DataToSend<Schema>
    : T extends { readonly event: EventType<string, infer Schema> }
      ? DataToSend<Schema>
      : T extends { readonly event: string; readonly schema: infer Schema extends StandardSchemaV1 }
        ? SchemaInput<Schema>
        : EventOfTrigger<T, Events> extends { data: infer Data }
          ? Data
          : object;

type HasSchedule<T> = Extract<T extends readonly (infer Each)[] ? Each : T, { readonly cron: string }> extends never ? false : true;
