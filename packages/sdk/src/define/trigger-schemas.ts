import type { Stepwell } from "../client/stepwell.ts";
import type { Executable } from "./executable.ts";
import { nameOfTrigger, schemasOfTrigger } from "./schemas-of-trigger.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { Trigger } from "./trigger.ts";

export interface TriggerSchemas {
  /** Of the events that start the function, by their names, and of a trigger that is a wildcard by that. */
  readonly byName: ReadonlyMap<string, StandardSchemaV1>;
  /** What an invocation has to fit one of; none: it may bring anything. */
  readonly ofInvoke: readonly StandardSchemaV1[];
}

const known = new WeakMap<Executable, TriggerSchemas>();

/** What the events of a function have to fit; the same for all of its calls. */
export function triggerSchemas(executable: Executable): TriggerSchemas {
  const { client, definition } = executable;
  const schemas = known.get(executable) ?? schemasOf(client, definition.opts.triggers);
  known.set(executable, schemas);
  return schemas;
}

const invoked = "inngest/function.invoked";

function schemasOf(client: Stepwell, triggers: readonly Trigger[]): TriggerSchemas {
  const byName = new Map<string, StandardSchemaV1>();
  let invoke: StandardSchemaV1 | undefined;
  let isComplete = triggers.length > 0;
  for (const trigger of triggers) {
    const own = nameOfTrigger(trigger);
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
