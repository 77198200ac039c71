import { sha1Bytes } from "@stepwell/protocol";
import { checkEvents, sendEvents } from "../client/send-events.ts";
import type { EventPayload } from "../define/event.ts";
import { ulidTime } from "../replay/ulid-time.ts";
import type { ToolContext } from "./create-step-tools.ts";

/**
 * Sends the events of a step.
 *
 * The ids of the events follow from run and step, so that a retry after a lost answer sends nothing twice. The seed's time
 * is part of them, and it is also what a server takes for the sender's clock where an event says its own time: such events
 * are told apart by an id of the sender's instead.
 */
export async function sendOfStep(
  { client, runId, definition }: ToolContext,
  events: readonly EventPayload[],
  hashedId: string,
): Promise<{ ids: string[] }> {
  const runAt = ulidTime(runId);
  if (runAt !== undefined && events.every(({ ts }) => ts === undefined)) {
    const entropy = sha1Bytes(new TextEncoder().encode(`${runId}.${hashedId}`)).slice(0, 10);
    return sendEvents(client, events, { seed: { ms: runAt, entropy } }, definition);
  }
  // A copy is no longer known to be made from its type.
  await checkEvents(client, events);
  const named = events.map((event, index) => (event.id === undefined ? { ...event, id: `${runId}.${hashedId}.${index}` } : event));
  return sendEvents(client, named, {}, definition);
}
