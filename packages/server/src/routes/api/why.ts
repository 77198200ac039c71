import type { Engine } from "@stepwell/engine";
import { type EventId, parseEventId, parseRunId } from "@stepwell/protocol";
import { json, problem } from "../../problem.ts";
import { type RouteRequest, route } from "../../route.ts";
import { findRun } from "./runs.ts";
import { eventWhyView, runWhyView } from "./why-view.ts";

/** `GET /api/v1/runs/:runId/why`; the beginning of an id will do, but for a run whose events are still collected. */
export const getRunWhy = route({
  method: "GET",
  path: "/api/v1/runs/:runId/why",
  summary: "Why a run does not move: every gate before its next call",
  query: [],
  access: "signing_key",
  errors: "problem",
  handle: explain,
});

/** `GET /api/v1/runs/:runId/explain`: the same answer by its other name. */
export const getRunExplain = route({ ...getRunWhy, path: "/api/v1/runs/:runId/explain" });

async function explain(request: RouteRequest): Promise<Response> {
  const { engine, params } = request;
  const whole = parseRunId((params["runId"] ?? "").toUpperCase());
  const run = whole === undefined ? await findRun(request) : undefined;
  if (run instanceof Response) return run;
  const runId = whole ?? run?.id;
  const explanation = runId === undefined ? undefined : await engine.why.run(runId);
  if (explanation === undefined) return problem({ code: "run_not_found", detail: `no run has the id ${runId}` });
  return json(200, { data: runWhyView(explanation) });
}

/** `GET /api/v1/events/:eventId/why`; the beginning of an id will do when it names one event. */
export const getEventWhy = route({
  method: "GET",
  path: "/api/v1/events/:eventId/why",
  summary: "What became of an event, function by function",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, params }) {
    const text = (params["eventId"] ?? "").toUpperCase();
    const eventId = parseEventId(text) ?? (await completeId(engine, text));
    if (eventId instanceof Response) return eventId;
    const explanation = await engine.why.event(eventId);
    if (explanation === undefined) return problem({ code: "event_not_found", detail: `no event has the id ${eventId}` });
    return json(200, { data: eventWhyView(explanation) });
  },
});

const prefixLengthMin = 6;

async function completeId(engine: Engine, prefix: string): Promise<EventId | Response> {
  if (!/^[0-9A-HJKMNP-TV-Z]+$/.test(prefix) || prefix.length < prefixLengthMin || prefix.length >= 26)
    return problem({ code: "invalid_event_id", detail: "an event id is a ULID, or a beginning of one with at least six characters" });
  const { eventId, matches } = await engine.reports.findEventByPrefix(prefix);
  if (eventId !== undefined) return eventId;
  return matches === 0
    ? problem({ code: "event_not_found", detail: `no event's id begins with ${prefix}` })
    : problem({ code: "invalid_event_id", detail: `more than one event's id begins with ${prefix}` });
}
