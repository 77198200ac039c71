import type { Stepwell } from "../client/stepwell.ts";
import { isSchema } from "./event-schema.ts";
import { isEventType } from "./is-event-type.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { EventTrigger, Trigger } from "./trigger.ts";

/** The schemas of the events that a trigger means, by name: its own, else those that the client has. */
export function schemasOfTrigger(client: Stepwell, trigger: Trigger): readonly (readonly [string, StandardSchemaV1])[] {
  const name = nameOfTrigger(trigger);
  if (name === undefined) return [];
  const { event } = trigger as EventTrigger;
  const type = [trigger, event].find(isEventType);
  const { schema = type === undefined ? client.schemaOf(name) : type.schema } = trigger as EventTrigger;
  if (isSchema(schema)) return [[name, schema]];
  return (type === undefined && client.options.schemas?.schemasLike(name)) || [];
}

/** Also of a type of event, which has its name as `event`. */
export function nameOfTrigger(trigger: Trigger): string | undefined {
  const { event } = trigger as { readonly event?: string | { readonly name?: string } };
  return typeof event === "object" ? event.name : event;
}
