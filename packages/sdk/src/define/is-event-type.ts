import type { EventType } from "./event-type.ts";

/** Whether something is a type of event, of this copy of the package or of another. */
export function isEventType(value: unknown): value is EventType {
  return typeof value === "object" && value !== null && "schema" in value && "create" in value && typeof value.create === "function";
}
