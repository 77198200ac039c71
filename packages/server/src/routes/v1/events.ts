import { epochMs, parseDate, parseEventId, parseJson } from "@stepwell/protocol";
import type { StoredEvent } from "@stepwell/store";
import { envelopeError } from "../../problem.ts";
import { route } from "../../route.ts";
import { envelope } from "./envelope.ts";
import { noUuid } from "./no-uuid.ts";
import { runV1 } from "./run-v1.ts";

const eventsPerPage = 20;
const eventsPerPageMax = 51;

/** `GET /v1/events?limit&cursor&name&received_after&received_before`: newest first. */
export const listEventsV1 = route({
  method: "GET",
  path: "/v1/events",
  summary: "Events, newest first",
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, url }) {
    const limit = Number(url.searchParams.get("limit") ?? eventsPerPage);
    if (!Number.isInteger(limit) || limit < 1) return envelopeError({ code: "invalid_request", detail: "limit is a whole number above 0" });
    const cursor = url.searchParams.get("cursor");
    const last = cursor === null ? undefined : parseEventId(cursor);
    const before = last === undefined ? undefined : await engine.reports.getEvent(last);
    if (cursor !== null && before === undefined)
      return envelopeError({ code: "invalid_request", detail: "Invalid cursor query parameter" });
    const [from, to] = [dateOf(url, "received_after"), dateOf(url, "received_before")];
    if (Number.isNaN(from) || Number.isNaN(to))
      return envelopeError({ code: "invalid_request", detail: "received_after and received_before are ISO 8601 dates" });
    const name = url.searchParams.get("name");
    const page = await engine.reports.listEvents(
      {
        ...(name === null ? {} : { names: [name] }),
        ...(from === undefined ? {} : { receivedFrom: epochMs(from) }),
        ...(to === undefined ? {} : { receivedTo: epochMs(to) }),
      },
      { limit: Math.min(limit, eventsPerPageMax), ...(before === undefined ? {} : { before: before.seq }) },
    );
    return envelope(page.rows.map(eventV1), engine.now());
  },
});

/** `GET /v1/events/:eventId`. */
export const getEventV1 = route({
  method: "GET",
  path: "/v1/events/:eventId",
  summary: "One event",
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, params }) {
    const eventId = parseEventId(params["eventId"] ?? "");
    if (eventId === undefined) return envelopeError({ code: "invalid_event_id", detail: `Invalid event ID: ${params["eventId"]}` });
    const event = await engine.reports.getEvent(eventId);
    return event === undefined
      ? envelopeError({ code: "event_not_found", detail: "Event not found" })
      : envelope(eventV1(event), engine.now());
  },
});

/** `GET /v1/events/:eventId/runs`: what the event started; an empty list for an event nobody knows. */
export const eventRunsV1 = route({
  method: "GET",
  path: "/v1/events/:eventId/runs",
  summary: "The runs an event started",
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, params }) {
    const eventId = parseEventId(params["eventId"] ?? "");
    if (eventId === undefined) return envelopeError({ code: "invalid_event_id", detail: `Invalid event ID: ${params["eventId"]}` });
    const runs = await engine.reports.eventRuns(eventId);
    return envelope(runs.map(runV1), engine.now());
  },
});

function eventV1(event: StoredEvent): unknown {
  const user = event.user === undefined ? {} : { user: parseJson(event.user) };
  return {
    internal_id: event.id,
    account_id: noUuid,
    environment_id: noUuid,
    source: "",
    source_id: null,
    received_at: new Date(event.receivedAt).toISOString(),
    id: event.externalId ?? event.id,
    name: event.name,
    data: parseJson(event.data),
    ...user,
    ts: event.ts,
    ...(event.v === undefined ? {} : { v: event.v }),
  };
}

function dateOf(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  return text === null ? undefined : (parseDate(text) ?? Number.NaN);
}
