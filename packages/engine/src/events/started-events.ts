import type { AcceptedEvent } from "@stepwell/store";
import type { FunctionEntry } from "../runs/run-in-hand.ts";

/** Events as a unit carries them, with the functions of their starts: event by event, in the order of the unit. */
export interface StartedEvents {
  readonly events: readonly AcceptedEvent[];
  readonly entries: readonly (readonly FunctionEntry[])[];
}

export const noEvents: StartedEvents = { events: [], entries: [] };
