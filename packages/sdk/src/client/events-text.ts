import type { EventPayload } from "../define/event.ts";

/**
 * Events as they cross the wire.
 *
 * @throws {StepwellError} `event_data_invalid`: JSON cannot hold one; the message has the path.
 */
export async function eventsText(events: readonly EventPayload[]): Promise<string> {
  try {
    return JSON.stringify(events);
  } catch (error) {
    throw (await import("./post.ts")).unwritableEvent(events, error);
  }
}
