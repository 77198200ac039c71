import type { ReceivedEvent, UntypedData } from "./event.ts";
import type { EventType } from "./event-type.ts";

/** What starts a function: an event, with a condition on it, or a schedule. */
export type Trigger = EventTrigger | CronTrigger | EventType<string, never> | EventType<string, object>;

export interface EventTrigger<Name extends string = string> {
  /** The event's name, or a wildcard that ends in `/*` or `.*`; or its type. */
  readonly event: Name | EventType<Name, never> | EventType<Name, object>;
  /** A condition on `event`, e.g. `event.data.total > 10`. */
  readonly if?: string;
  readonly cron?: undefined;
}

export interface CronTrigger {
  /** Five or six fields, with `TZ=Europe/Paris ` before them for a zone; UTC by default. */
  readonly cron: string;
  /** Spreads the starts: up to so much later, 1 second to 5 minutes. */
  readonly jitter?: string;
  /** What becomes of ticks that were missed while the server was down. */
  readonly catchUp?: "none" | "last" | "all";
  /** What becomes of a tick while the last run is still under way. */
  readonly overlap?: "allow" | "skip" | "queue" | "cancel";
  readonly event?: undefined;
}

export type InvokedName = "inngest/function.invoked";

/** The event of a function that a trigger starts. An invocation brings the same data under a name of its own. */
export type EventOfTrigger<T, Events> = T extends { readonly cron: string }
  ? ReceivedEvent<"inngest/scheduled.timer" | InvokedName, { cron: string }>
  : T extends EventType<infer Name, infer Data>
    ? ReceivedEvent<Name | InvokedName, DataOr<Data>>
    : T extends { readonly event: EventType<infer Name, infer Data> }
      ? ReceivedEvent<Name | InvokedName, DataOr<Data>>
      : T extends { readonly event: infer Name extends string }
        ? NamedEvent<Name, Events>
        : never;

type DataOr<Data> = [Data] extends [never] ? UntypedData : Data;

type NamedEvent<Name extends string, Events> = Name extends keyof Events
  ? Events[Name] extends { data?: infer Data }
    ? ReceivedEvent<Name | InvokedName, Exclude<Data, undefined>>
    : ReceivedEvent<Name | InvokedName>
  : ReceivedEvent<Name | InvokedName>;

/** One trigger or a list. */
export type TriggersInput = Trigger | readonly Trigger[];

/** A function without triggers is started by invocations only. */
export type EventOfTriggers<T, Events> = [T] extends [undefined] | [readonly []]
  ? ReceivedEvent<InvokedName>
  : T extends readonly (infer Each)[]
    ? EventOfTrigger<Each, Events>
    : EventOfTrigger<T, Events>;
