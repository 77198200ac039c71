import type { ReceivedEvent } from "./event.ts";
import { checkEventData } from "./event-schema.ts";
import type { Executable } from "./executable.ts";
import type { FunctionContext } from "./function-context.ts";
import { isLike } from "./is-like.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";
import { type TriggerSchemas, triggerSchemas } from "./trigger-schemas.ts";

const invoked = "inngest/function.invoked";

/** The events of a call as their schemas make them. An event without one, and that of a failure handler, stays as it is. */
export async function validateReceived(
  executable: Executable,
  { events }: Pick<FunctionContext, "events">,
): Promise<Pick<FunctionContext, "event" | "events">> {
  const schemas = triggerSchemas(executable);
  const checked = await Promise.all(
    events.map((event) => validate(event, event.name === invoked ? schemas.ofInvoke : schemasNamed(schemas, event.name))),
  );
  return { event: checked[0] as ReceivedEvent, events: checked as unknown as FunctionContext["events"] };
}

function schemasNamed({ byName }: TriggerSchemas, name: string): readonly StandardSchemaV1[] {
  const schema = byName.get(name) ?? [...byName].find(([wildcard]) => isLike(name, wildcard))?.[1];
  return schema === undefined ? [] : [schema];
}

/** By the first schema that it fits; an invocation may bring the data of any trigger. */
async function validate(event: ReceivedEvent, schemas: readonly StandardSchemaV1[]): Promise<ReceivedEvent> {
  if (schemas.length === 0) return event;
  // What the server puts beside the data of an invocation is not the schema's business.
  const { _inngest: reserved, ...data } = event.data;
  let failure: unknown;
  for (const schema of schemas) {
    try {
      const value = (await checkEventData(schema, data, event.name)) as ReceivedEvent["data"];
      return { ...event, data: reserved === undefined ? value : { ...value, _inngest: reserved } };
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
