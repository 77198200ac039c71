import { eventMapJson } from "@stepwell/protocol";
import type { RunInHand } from "./run-in-hand.ts";

/** The event that started the run, of a batch the first one, as expressions see it. */
export function eventMapOf({ events: [event] }: Pick<RunInHand, "events">): unknown {
  return event === undefined ? undefined : JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id }));
}
