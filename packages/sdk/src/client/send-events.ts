import { StepwellError } from "@stepwell/protocol";
import type { EventPayload } from "../define/event.ts";
import { checkEventData } from "../define/event-schema.ts";
import { schemasOfEvents } from "../define/schemas-of-events.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { hasMiddleware } from "../middleware/register-middleware.ts";
import { type ClientTransport, type SendOptions, transportOf } from "./client-transport.ts";
import { eventsText } from "./events-text.ts";
import type { Stepwell } from "./stepwell.ts";

/**
 * Sends events: checked against their schemas, through the middleware, to the server.
 *
 * @param fn - Whose step sends them; absent outside of functions.
 * @param transport - By another way than the client's own.
 */
export async function sendEvents(
  client: Stepwell,
  payload: EventPayload | readonly EventPayload[],
  options: SendOptions,
  fn?: StepwellFunction,
  transport?: ClientTransport,
): Promise<{ ids: string[] }> {
  const given = Array.isArray(payload) ? (payload as readonly EventPayload[]) : [payload as EventPayload];
  await checkEvents(client, given);
  const events = given.map(plain);
  const send = (list: readonly EventPayload[]) => (transport ?? transportOf(client)).sendEvents(list, options);
  if (!hasMiddleware(client, fn)) return send(events);
  const { sendHooked } = await import("../middleware/send-hooked.ts");
  return sendHooked(client, fn, events, send);
}

/** Refuses events that are none, or whose data does not fit its schema. */
export async function checkEvents(client: Stepwell, events: readonly EventPayload[]): Promise<void> {
  for (const event of events) {
    if (typeof event !== "object" || event === null || typeof event.name !== "string" || event.name === "")
      throw new StepwellError("invalid_event", "an event is an object with a name: { name, data }", { retryable: false });
    const schema = schemasOfEvents.get(event) ?? client.schemaOf(event.name);
    if (schema !== undefined) await checkEventData(schema, await crossed(event), event.name);
  }
}

/** The data as a function will get it: a schema that asks for what JSON does not have would refuse it there. */
async function crossed({ name, data }: EventPayload): Promise<unknown> {
  const [event] = JSON.parse(await eventsText([{ name, data: data ?? {} }])) as readonly [{ readonly data?: unknown }];
  return event.data;
}

/** Without what an event carries that was made from its type. */
function plain({ name, data, id, ts, user, v, meta }: EventPayload): EventPayload {
  return {
    name,
    data: data ?? {},
    ...(id === undefined ? {} : { id }),
    ...(ts === undefined ? {} : { ts }),
    ...(user === undefined ? {} : { user }),
    ...(v === undefined ? {} : { v }),
    ...(meta === undefined ? {} : { meta }),
  };
}
