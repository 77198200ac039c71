import { type IncomingEvent, isObject, limits, parseEventBody } from "@stepwell/protocol";
import { array, looseObject, maxLength, minLength, object, pipe, string } from "valibot";
import { json, problem } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";

const body = object({
  events: pipe(
    array(looseObject({ name: string() })),
    minLength(1, "at least one event"),
    maxLength(limits.eventsPerRequestMax, `at most ${limits.eventsPerRequestMax} events (eventsPerRequestMax)`),
  ),
});

/** `POST /api/v1/events` with `{ events: [...] }`: all or none; the answer says what they started. */
export const sendEventsByKey = route({
  method: "POST",
  path: "/api/v1/events",
  summary: "Send events",
  body,
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, request }) {
    const read = await readBody(request, body, { errors: "problem", bytesMax: limits.eventBodyBytesMax });
    if (read instanceof Response) return read;
    const events = checked(read.value.events);
    if (events instanceof Response) return events;
    const { ids } = await engine.sendEvents({ events });
    const started = await Promise.all([...new Set(ids)].map((id) => engine.reports.eventRuns(id)));
    const runs = started.flatMap((list, index) =>
      list.map((run) => ({ eventId: run.eventId ?? ids[index], runId: run.id, function: run.functionSlug })),
    );
    return json(202, { data: { ids, runs } });
  },
});

/** Every event is checked as it is at the endpoint of senders. */
function checked(events: readonly unknown[]): readonly IncomingEvent[] | Response {
  const parsed = parseEventBody(JSON.stringify(events.filter(isObject)));
  if (parsed.kind === "events") return parsed.events;
  const path = parsed.index === undefined ? "events" : `events.${parsed.index}`;
  return problem({ code: parsed.code, detail: parsed.message, fields: [{ path, message: parsed.message }] });
}
