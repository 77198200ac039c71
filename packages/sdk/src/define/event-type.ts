import type { EventPayload, UntypedData } from "./event.ts";
import { checkEventData } from "./event-schema.ts";
import { isEventType } from "./is-event-type.ts";
import { schemasOfEvents } from "./schemas-of-events.ts";
import type { SchemaInput, SchemaOutput, StandardSchemaV1 } from "./standard-schema.ts";

/** What may stand beside the data of an event that is made from its type. */
export interface EventDetails extends Readonly<Pick<EventPayload, "id" | "ts" | "v" | "meta">> {}

/** The data of a type of event, as it is sent. */
export type DataToSend<Schema> = [Schema] extends [undefined] ? object : SchemaInput<Schema>;
/** The data of a type of event, as functions get it. */
export type DataReceived<Schema> = [Schema] extends [undefined] ? UntypedData : SchemaOutput<Schema>;

/** An event that is made from its type. */
export type CreatedEvent<Name extends string, Data> = EventDetails & {
  name: Name;
  data: Data;
  /** Rejects where the data does not fit the schema. Sending does the same by itself. */
  validate(): Promise<void>;
};

type CreateArguments<Schema> = [Schema] extends [undefined]
  ? [data?: object, details?: EventDetails]
  : [data: SchemaInput<Schema>, details?: EventDetails];

/** An event's name with the schema of its data: a trigger, what a step waits for, and what makes such events. */
export class EventType<const Name extends string = string, Schema extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined> {
  readonly name: Name;
  readonly event: Name;
  readonly schema: Schema;
  readonly version: string | undefined;

  constructor({ name, schema, version }: { readonly name: Name; readonly schema: Schema; readonly version?: string | undefined }) {
    this.name = name;
    this.event = name;
    this.schema = schema;
    this.version = version;
  }

  /** Whether something is a type of event, of this copy of the package or of another. */
  static is(value: unknown): value is EventType {
    return isEventType(value);
  }

  /** The schema of the type that an event was made from. */
  static schemaOf(event: EventPayload): StandardSchemaV1 | undefined {
    return schemasOfEvents.get(event);
  }

  /** Makes an event of this type; it is checked when it is sent. */
  create(...[data, details]: CreateArguments<Schema>): CreatedEvent<Name, DataToSend<Schema>> {
    const { name, schema, version } = this;
    const event = {
      ...(version === undefined ? {} : { v: version }),
      ...details,
      name,
      data: (data ?? {}) as DataToSend<Schema>,
      async validate() {
        if (schema !== undefined) await checkEventData(schema, data, name);
      },
    };
    if (schema !== undefined) schemasOfEvents.set(event, schema);
    return event;
  }
}

/**
 * Names a type of event.
 *
 * @param options - `schema`: of the data, from any Standard Schema library. `version`: of its shape, sent as `v`.
 *
 * @example
 * const paid = eventType("invoice/paid", { schema: z.object({ id: z.string() }) });
 * const remind = client.createFunction({ id: "remind", triggers: [paid] }, ({ event }) => event.data.id);
 * await client.send(paid.create({ id: "i-1" }));
 */
export function eventType<const Name extends string, Schema extends StandardSchemaV1<object, object> | undefined = undefined>(
  name: Name,
  options: { readonly schema?: Schema; readonly version?: string } = {},
): EventType<Name, Schema> {
  return new EventType({ name, schema: options.schema as Schema, version: options.version });
}

/** A trigger for invocations, with the schema of the data that they bring. */
export function invoke<Schema extends StandardSchemaV1<object, object>>(schema: Schema): EventType<"inngest/function.invoked", Schema> {
  return new EventType({ name: "inngest/function.invoked", schema });
}

/** A schedule as a trigger: five or six fields, with `TZ=Europe/Paris ` before them for a zone. */
export function cron<const Schedule extends string>(schedule: Schedule): { readonly cron: Schedule } {
  return { cron: schedule };
}
