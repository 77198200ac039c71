import { StepwellError } from "@stepwell/protocol";
import type { EventPayload } from "../define/event.ts";

/** Deeper no server takes JSON. */
const depthMax = 500;

/** Says which part of which event JSON cannot hold, and why. */
export function unwritableEvent(events: readonly EventPayload[], cause: unknown): StepwellError {
  for (const event of events) {
    const found = unwritable(event, [], new Set());
    if (found !== undefined) return cannotBeSent(event.name, found, cause);
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return cannotBeSent(events[0]?.name ?? "", `JSON cannot hold it: ${why}`, cause);
}

function cannotBeSent(name: string, why: string, cause: unknown): StepwellError {
  return new StepwellError("event_data_invalid", `the event "${name}" cannot be sent: ${why}`, {
    retryable: false,
    cause,
    advice: "Send plain data: objects, lists, text, numbers; a big integer as text.",
  });
}

/** Which part JSON cannot hold, and why. */
function unwritable(value: unknown, path: readonly string[], above: Set<unknown>): string | undefined {
  if (typeof value === "bigint") return `${path.join(".")} is a big integer`;
  if (typeof value !== "object" || value === null || "toJSON" in value) return undefined;
  if (above.has(value)) return `${path.join(".")} contains itself`;
  if (path.length > depthMax) return undefined;
  above.add(value);
  for (const [key, member] of Object.entries(value)) {
    const found = unwritable(member, [...path, key], above);
    if (found !== undefined) return found;
  }
  above.delete(value);
  return undefined;
}
