import type { EventPayload } from "./event.ts";
import { isSchema } from "./event-schema.ts";
import { isLike } from "./is-like.ts";
import type { SchemaOutput, StandardSchemaV1 } from "./standard-schema.ts";

/** An event as a record of types has it. */
export interface EventShape {
  name?: string;
  data?: object;
  user?: object;
}

/** Events by name. */
export type EventRecord = Record<string, EventShape>;

/** The shape with the name that its key gives it. */
export type NamedShapes<Events> = { [Name in keyof Events & string]: Omit<Events[Name], "name"> & { name: Name } };

/** Those of the second replace those of the first. */
export type Combined<First, Second> = Omit<First, keyof Second> & NamedShapes<Second>;

type SchemaRecord = Record<string, StandardSchemaV1>;
type ZodRecord = Record<string, { readonly data?: StandardSchemaV1; readonly user?: StandardSchemaV1 }>;
type LiteralSchema = StandardSchemaV1<{ name: string }, { name: string }> & { readonly shape?: object };

type OfZodRecord<Schemas extends ZodRecord> = {
  [Name in keyof Schemas]: { [Part in keyof Schemas[Name]]: SchemaOutput<Schemas[Name][Part]> };
};
type OfLiterals<Schemas extends readonly LiteralSchema[]> = {
  [Each in SchemaOutput<Schemas[number]> as Each extends { name: infer Name extends string } ? Name : never]: Each;
};
type OfSchemas<Schemas extends SchemaRecord> = { [Name in keyof Schemas]: { data: SchemaOutput<Schemas[Name]> } };
type OfUnion<Union extends { name: string }> = { [Each in Union as Each["name"]]: Each };

/**
 * The events of an app, with their types, for a client. Where there are schemas, data is checked when it is sent and when a
 * function gets it.
 *
 * @example
 * new Stepwell({ id: "shop", schemas: new EventSchemas().fromSchema({ "shop/paid": z.object({ id: z.string() }) }) });
 */
export class EventSchemas<Events = object> {
  declare readonly "~events"?: Events;
  readonly #schemas: ReadonlyMap<string, StandardSchemaV1>;
  /** Of some events there are types alone. */
  readonly hasUnchecked: boolean;

  constructor(schemas: ReadonlyMap<string, StandardSchemaV1> = new Map(), hasUnchecked = false) {
    this.#schemas = schemas;
    this.hasUnchecked = hasUnchecked;
  }

  /** The schema of an event's data. */
  schemaOf(name: string): StandardSchemaV1 | undefined {
    return this.#schemas.get(name);
  }

  /** Those of the events that a wildcard means, by name. */
  schemasLike(wildcard: string): readonly (readonly [string, StandardSchemaV1])[] {
    return [...this.#schemas].filter(([name]) => isLike(name, wildcard));
  }

  /** Types by name: `fromRecord<{ "shop/paid": { data: { id: string } } }>()`. Nothing is checked when it runs. */
  fromRecord<Added extends EventRecord>(): EventSchemas<Combined<Events, Added>> {
    return new EventSchemas(this.#schemas, true);
  }

  /** The same, for types that a tool wrote. */
  fromGenerated<Added extends EventRecord>(): EventSchemas<Combined<Events, Added>> {
    return new EventSchemas(this.#schemas, true);
  }

  /** A union of types with their names. */
  fromUnion<Union extends EventShape & { name: string }>(): EventSchemas<Combined<Events, OfUnion<Union>>> {
    return new EventSchemas(this.#schemas, true);
  }

  /** Schemas of zod: by name, `{ data, user? }`, or a list of objects with a literal name. */
  fromZod<const Schemas extends ZodRecord>(schemas: Schemas): EventSchemas<Combined<Events, OfZodRecord<Schemas>>>;
  fromZod<const Schemas extends readonly LiteralSchema[]>(schemas: Schemas): EventSchemas<Combined<Events, OfLiterals<Schemas>>>;
  fromZod(schemas: ZodRecord | readonly LiteralSchema[]): EventSchemas<never> {
    return new EventSchemas(
      new Map([...this.#schemas, ...(Array.isArray(schemas) ? ofLiterals(schemas) : ofRecord(schemas as ZodRecord))]),
      this.hasUnchecked,
    );
  }

  /** Schemas of the data by name, of any Standard Schema library. */
  fromSchema<const Schemas extends SchemaRecord>(schemas: Schemas): EventSchemas<Combined<Events, OfSchemas<Schemas>>> {
    return new EventSchemas(new Map([...this.#schemas, ...Object.entries(schemas)]), this.hasUnchecked);
  }
}

function ofRecord(schemas: ZodRecord): readonly (readonly [string, StandardSchemaV1])[] {
  return Object.entries(schemas).flatMap(([name, { data }]) => (isSchema(data) ? [[name, data] as const] : []));
}

/** zod keeps the parts of an object as its `shape`. */
function ofLiterals(schemas: readonly LiteralSchema[]): readonly (readonly [string, StandardSchemaV1])[] {
  return schemas.flatMap(({ shape }) => {
    const { name, data } = (shape ?? {}) as { readonly name?: { readonly value?: unknown }; readonly data?: unknown };
    return typeof name?.value === "string" && isSchema(data) ? [[name.value, data] as const] : [];
  });
}

/** The events of an app whose client has schemas, by name. */
export type EventsOf<Schemas> = Schemas extends EventSchemas<infer Events> ? Events : object;

/** An event of these types as it is sent; of names that are not among them any. */
export type Payloads<Events> = [keyof Events] extends [never]
  ? { name: string; data?: object }
  : { [Name in keyof Events & string]: PayloadOf<Name, Events[Name]> }[keyof Events & string];

type PayloadOf<Name extends string, Shape> = { name: Name } & Pick<Shape, Extract<keyof Shape, "data" | "user">> &
  ("user" extends keyof Shape ? unknown : Pick<EventPayload, "user">);
