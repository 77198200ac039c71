import { StepwellError } from "@stepwell/protocol";
import type { Stepwell } from "../client/stepwell.ts";
import { type RetryDelay, retryDelayOf } from "../errors/retry-delay.ts";
import { isSchema } from "./event-schema.ts";
import { EventType } from "./event-type.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { StepwellFunction, UntypedHandler } from "./stepwell-function.ts";
import type { Trigger } from "./trigger.ts";

/** Something a server can call: a function, or the failure handler of one. */
export interface Executable {
  readonly slug: string;
  readonly client: Stepwell;
  readonly definition: StepwellFunction;
  readonly handler: UntypedHandler;
  readonly isFailureHandler: boolean;
  readonly retryDelay: RetryDelay | undefined;
  readonly hasSchemas: boolean;
  readonly schemas: TriggerSchemas;
}

export interface TriggerSchemas {
  /** Of the events that start the function. */
  readonly byName: ReadonlyMap<string, StandardSchemaV1>;
  /** What an invocation has to fit one of; none: it may bring anything. */
  readonly ofInvoke: readonly StandardSchemaV1[];
}

const noSchemas: TriggerSchemas = { byName: new Map(), ofInvoke: [] };

/** Everything a server can call of these functions, by slug. A slug that stands twice is a mistake. */
export function executablesOf(client: Stepwell, functions: readonly StepwellFunction[]): ReadonlyMap<string, Executable> {
  const all = new Map<string, Executable>();
  const add = (executable: Executable): void => {
    const { slug, definition } = executable;
    if (all.has(slug))
      throw new StepwellError("function_id_duplicate", `two functions have the id "${definition.id()}"; give one of them another`, {
        retryable: false,
      });
    all.set(slug, executable);
  };
  for (const [index, definition] of functions.entries()) {
    if (!isDefinition(definition))
      throw new StepwellError("config_invalid", `functions[${index}] was not made by createFunction of this package`, {
        retryable: false,
        advice: "Make it with createFunction of a Stepwell client; those of another package's client stay with that package's serve.",
      });
    const slug = definition.id(client.id);
    const retryDelay = retryDelayOf(definition.id(), definition.opts.retries, Math.random);
    const schemas = schemasOf(client, definition.opts.triggers);
    const hasSchemas = schemas.byName.size > 0 || schemas.ofInvoke.length > 0;
    const { handler, onFailure } = definition;
    add({ slug, client, definition, handler, isFailureHandler: false, retryDelay, hasSchemas, schemas });
    if (onFailure === undefined) continue;
    const about = { client, definition, retryDelay: undefined, hasSchemas: false, schemas: noSchemas };
    add({ ...about, slug: `${slug}-failure`, handler: onFailure, isFailureHandler: true });
  }
  return all;
}

/** Also of another copy of this package. */
function isDefinition(value: unknown): value is StepwellFunction {
  const { id, opts, handler } = (value ?? {}) as Partial<Record<"id" | "opts" | "handler", unknown>>;
  return (
    typeof id === "function" &&
    typeof handler === "function" &&
    Array.isArray((opts as { readonly triggers?: unknown } | undefined)?.triggers)
  );
}

const invoked = "inngest/function.invoked";

function schemasOf(client: Stepwell, triggers: readonly Trigger[]): TriggerSchemas {
  const byName = new Map<string, StandardSchemaV1>();
  let invoke: StandardSchemaV1 | undefined;
  let isComplete = triggers.length > 0;
  for (const trigger of triggers) {
    const schema = schemaOf(client, trigger);
    const name = nameOf(trigger);
    if (schema === undefined) isComplete = false;
    else if (name === invoked) invoke = schema;
    else if (name !== undefined) byName.set(name, schema);
  }
  return { byName, ofInvoke: invoke === undefined ? (isComplete ? [...byName.values()] : []) : [invoke] };
}

export function schemaOf(client: Stepwell, trigger: Trigger): StandardSchemaV1 | undefined {
  if (EventType.is(trigger)) return trigger.schema;
  if ("cron" in trigger && trigger.cron !== undefined) return undefined;
  const { event, schema } = trigger as { readonly event?: unknown; readonly schema?: unknown };
  if (isSchema(schema)) return schema;
  if (EventType.is(event)) return event.schema;
  return typeof event === "string" ? client.schemaOf(event) : undefined;
}

function nameOf(trigger: Trigger): string | undefined {
  if (EventType.is(trigger)) return trigger.name;
  const { event } = trigger as { readonly event?: unknown };
  return typeof event === "string" ? event : (event as { readonly name?: string } | undefined)?.name;
}
