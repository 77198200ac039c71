import type { SchemaInput, StandardSchemaV1 } from "./standard-schema.ts";

/** An event's name with the schema of its data: a trigger, what a step waits for, and what makes such events. */
export class EventType<const Name extends string = string, Data = never> {
  readonly name: Name;
  readonly event: Name;
  readonly schema: StandardSchemaV1 | undefined;
  readonly version: string | undefined;
  declare readonly "~data"?: Data;

  constructor(name: Name, options: { readonly schema?: StandardSchemaV1; readonly version?: string } = {}) {
    this.name = name;
    this.event = name;
    this.schema = options.schema;
    this.version = options.version;
  }
}

/**
 * Names a type of event.
 *
 * @param options - `schema`: of the data, from any Standard Schema library. `version`: of its shape, sent as `v`.
 *
 * @example
 * const paid = eventType("invoice/paid", { schema: z.object({ id: z.string() }) });
 */
export function eventType<const Name extends string>(name: Name, options?: { readonly version?: string }): EventType<Name>;
export function eventType<const Name extends string, Schema extends StandardSchemaV1<object, object>>(
  name: Name,
  options: { readonly schema: Schema; readonly version?: string },
): EventType<Name, SchemaInput<Schema>>;
export function eventType(
  name: string,
  options?: { readonly schema?: StandardSchemaV1; readonly version?: string },
): EventType<string, unknown> {
  return new EventType<string, unknown>(name, options);
}
