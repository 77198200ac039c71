import type { Stepwell } from "../client/stepwell.ts";
import { schemasOfTrigger } from "./schemas-of-trigger.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { Trigger } from "./trigger.ts";

interface GivesJsonSchema {
  /** Of zod from 4.2 on, and of whoever has the interface of Standard JSON Schema. */
  readonly "~standard": { readonly jsonSchema?: { input(options: { readonly target: string }): unknown } };
  /** Of arktype. */
  toJsonSchema?(): unknown;
}

/** JSON Schema of the data that starts a function, where its library can give it; of several triggers any of them. */
export function inputSchemaOf(client: Stepwell, triggers: readonly Trigger[]): unknown {
  const schemas = triggers.flatMap((trigger) => schemasOfTrigger(client, trigger)).map(([, schema]) => jsonSchemaOf(schema));
  if (schemas.length === 0 || schemas.includes(undefined)) return undefined;
  return schemas.length === 1 ? schemas[0] : { anyOf: schemas };
}

function jsonSchemaOf(schema: StandardSchemaV1): unknown {
  const { "~standard": standard, toJsonSchema } = schema as unknown as GivesJsonSchema;
  try {
    if (standard.jsonSchema !== undefined) return standard.jsonSchema.input({ target: "draft-2020-12" });
    return typeof toJsonSchema === "function" ? toJsonSchema.call(schema) : undefined;
  } catch {
    return undefined; // A type that JSON Schema cannot say: it is for display only.
  }
}
