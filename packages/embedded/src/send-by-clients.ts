import type { EventPayload, StepwellFunction } from "stepwell";
import { type ClientTransport, checkEvents, sendEvents } from "stepwell/internals";

type Client = StepwellFunction["client"];

/**
 * Sends events as one of the clients does, through its middleware: the first whose schemas know one of them, else the first.
 * What they carry must fit the schemas of all, since functions of all may get it.
 *
 * @throws {StepwellError} `event_data_invalid`, and what the transport refuses.
 */
export async function sendByClients(
  clients: readonly Client[],
  transport: ClientTransport,
  events: EventPayload | readonly EventPayload[],
): Promise<{ ids: string[] }> {
  const list = Array.isArray(events) ? (events as readonly EventPayload[]) : [events as EventPayload];
  const sender = clients.find((client) => list.some((event) => client.schemaOf(event?.name) !== undefined)) ?? clients[0];
  if (sender === undefined) return transport.sendEvents(list, {});
  for (const client of clients) if (client !== sender) await checkEvents(client, list);
  return sendEvents(sender, list, {}, undefined, transport);
}
