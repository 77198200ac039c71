import { type FalseCondition, falseConditions } from "@stepwell/engine";
import { asJson, parseEventId, parseJson, readRateLimitedDetail } from "@stepwell/protocol";
import type { OutcomeReport, StoredEvent } from "@stepwell/store";
import { json, problem } from "../../problem.ts";
import { route } from "../../route.ts";
import { pageOf, readPage } from "./page.ts";
import { readTimes } from "./read-times.ts";
import { iso, runListItem } from "./run-view.ts";
import { maxAttemptsOf } from "./runs.ts";

/** `GET /api/v1/events`: newest first. */
export const listEvents = route({
  method: "GET",
  path: "/api/v1/events",
  summary: "Events, newest first",
  query: ["name", "from", "to", "limit", "after", "before"],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, url }) {
    const page = readPage(url);
    if (page instanceof Response) return page;
    const times = readTimes(url.searchParams);
    if (times instanceof Response) return times;
    const names = url.searchParams.getAll("name");
    const filter = {
      ...(names.length === 0 ? {} : { names }),
      ...(times.from === undefined ? {} : { receivedFrom: times.from }),
      ...(times.to === undefined ? {} : { receivedTo: times.to }),
    };
    const events = await engine.reports.listEvents(filter, page);
    return json(200, { data: events.rows.map(eventView), page: pageOf(events, page) });
  },
});

/** `GET /api/v1/events/:eventId`: the event, what it started, and why other functions did not start. */
export const getEvent = route({
  method: "GET",
  path: "/api/v1/events/:eventId",
  summary: "One event, what it started and what it did not",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, params }) {
    const eventId = parseEventId(params["eventId"] ?? "");
    if (eventId === undefined) return problem({ code: "invalid_event_id", detail: "an event id is a ULID" });
    const { reports } = engine;
    const event = await reports.getEvent(eventId);
    if (event === undefined) return problem({ code: "event_not_found", detail: `no event has the id ${eventId}` });
    const [runs, outcomes] = await Promise.all([reports.eventRuns(eventId), reports.eventOutcomes(eventId)]);
    const started = runs.map((run) => ({ ...runListItem(run, engine.phaseOf(run), maxAttemptsOf(engine, run)) }));
    const notStarted = outcomes.map(outcomeView);
    const told = new Set<string>([...runs, ...outcomes].map(({ functionSlug }) => functionSlug));
    const notMatched = falseConditions(engine.functions(), event)
      .filter((condition) => !told.has(condition.function.slug))
      .map(conditionView);
    return json(200, { data: { ...eventView(event), runs: started, outcomes: [...notStarted, ...notMatched] } });
  },
});

function outcomeView({ functionSlug, kind, detail, keptEventId }: OutcomeReport): Record<string, unknown> {
  const said = { function: functionSlug, code: kind, detail: detail ?? null };
  if (kind === "batched") return { ...said, detail: `into run ${detail}`, runId: detail };
  if (kind === "debounced") {
    const kept = keptEventId === undefined ? "" : `, which is for event ${keptEventId}`;
    return { ...said, detail: `into run ${detail}${kept}`, runId: detail, keptEventId: keptEventId ?? null };
  }
  if (kind !== "rate_limited" || detail === undefined) return said;
  const { key, nextAt } = readRateLimitedDetail(detail);
  const whose = key === "" ? "" : `the key ${asJson(cut(key))}: `;
  return { ...said, detail: `${whose}the next one may start at ${iso(nextAt)}`, key, nextAt: iso(nextAt) };
}

const valueLengthMax = 80;

function conditionView({ function: { slug }, expression, read }: FalseCondition): Record<string, unknown> {
  const values = Object.entries(read).map(([path, value]) => [path, cut(asJson(value))] as const);
  const [only] = values;
  const shown = values.length === 1 ? only?.[1] : values.map(([path, value]) => `${path}: ${value}`).join(", ");
  return {
    function: slug,
    code: "not_matched",
    detail: `${expression} is false${shown === undefined || shown === "" ? "" : ` (${shown})`}`,
    expression,
    read: Object.fromEntries(values.map(([path, value]) => [path, parseJson(value) ?? value])),
  };
}

/** A value may be megabytes, and is shown beside the event that has it whole. */
function cut(text: string): string {
  return text.length <= valueLengthMax ? text : `${text.slice(0, valueLengthMax)}…`;
}

function eventView(event: StoredEvent): Record<string, unknown> {
  return {
    id: event.id,
    externalId: event.externalId ?? null,
    name: event.name,
    ts: iso(event.ts),
    receivedAt: iso(event.receivedAt),
    data: parseJson(event.data),
    user: event.user === undefined ? null : parseJson(event.user),
    v: event.v ?? null,
  };
}
