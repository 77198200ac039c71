import { StepwellError } from "@stepwell/protocol";
import type { Stepwell } from "../client/stepwell.ts";
import { type RetryDelay, retryDelayOf } from "../errors/retry-delay.ts";
import { isSchema } from "./event-schema.ts";
import { EventType } from "./event-type.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { StepwellFunction, UntypedHandler } from "./stepwell-function.ts";
import type { EventTrigger, Trigger } from "./trigger.ts";

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
  /** Of the events that start the function, by their names, and of a trigger that is a wildcard by that. */
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
    const own = nameOf(trigger);
    const known = schemasOfTrigger(client, trigger);
    if (known.length === 0) isComplete = false;
    for (const [name, schema] of known) {
      if (name === invoked) invoke = schema;
      // What is said of a name goes before what is said of many.
      else if (name === own || !byName.has(name)) byName.set(name, schema);
      if (name !== own && client.options.schemas?.hasUnchecked === true) isComplete = false;
    }
  }
  return { byName, ofInvoke: invoke === undefined ? (isComplete ? [...byName.values()] : []) : [invoke] };
}

/** The schemas of the events that a trigger means, by name: its own, else those that the client has. */
export function schemasOfTrigger(client: Stepwell, trigger: Trigger): readonly (readonly [string, StandardSchemaV1])[] {
  const name = nameOf(trigger);
  if (name === undefined) return [];
  const { event } = trigger as EventTrigger;
  const type = [trigger, event].find((each) => EventType.is(each));
  const { schema = type === undefined ? client.schemaOf(name) : type.schema } = trigger as EventTrigger;
  if (isSchema(schema)) return [[name, schema]];
  return (type === undefined && client.options.schemas?.schemasLike(name)) || [];
}

/** Also of a type of event, which has its name as `event`. */
function nameOf(trigger: Trigger): string | undefined {
  const { event } = trigger as { readonly event?: string | { readonly name?: string } };
  return typeof event === "object" ? event.name : event;
}
