import type { Engine } from "@stepwell/engine";
import { eventMapJson, parseEventId, parseRunId, type RunId, type RunStatus, runStatuses } from "@stepwell/protocol";
import type { FunctionId, RunFilter, RunReport } from "@stepwell/store";
import { json, problem } from "../../problem.ts";
import { type RouteRequest, route } from "../../route.ts";
import { findRuns } from "./find-runs.ts";
import { readPage, writeCursor } from "./page.ts";
import { readTimes } from "./read-times.ts";
import { runDetail, runListItem, runTrace } from "./run-view.ts";

/** `GET /api/v1/runs`: newest first. */
export const listRuns = route({
  method: "GET",
  path: "/api/v1/runs",
  query: ["status", "fn", "app", "event", "eventName", "from", "to", "limit", "after", "before"],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, url }) {
    const filter = readFilter(engine, url);
    if (filter instanceof Response) return filter;
    const page = readPage(url);
    if (page instanceof Response) return page;
    const { found, olderThan, newerThan, total } = await findRuns(engine, { filter, page, shown: shownOf(url) });
    return json(200, {
      data: found.map(({ run, phase }) => runListItem(run, phase, maxAttemptsOf(engine, run))),
      page: {
        next: writeCursor(olderThan),
        prev: writeCursor(newerThan),
        limit: page.limit,
        total: { value: total.count, relation: total.atLeast ? "at_least" : "exact" },
      },
      asOf: new Date(engine.now()).toISOString(),
    });
  },
});

/** `GET /api/v1/runs/:runId`; the beginning of an id will do when it names one run. */
export const getRun = route({
  method: "GET",
  path: "/api/v1/runs/:runId",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const { engine } = request;
    const [event] = await engine.reports.runEvents(run.id);
    const input = event === undefined ? undefined : eventMapJson({ ...event, id: event.externalId ?? event.id });
    return json(200, { data: runDetail(run, engine.phaseOf(run), maxAttemptsOf(engine, run), input) });
  },
});

/** `GET /api/v1/runs/:runId/trace`: its steps and attempts as spans. Payloads are never in it. */
export const getTrace = route({
  method: "GET",
  path: "/api/v1/runs/:runId/trace",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const { reports, now } = request.engine;
    const [steps, attempts, logs] = await Promise.all([
      reports.runSteps(run.id),
      reports.runAttempts(run.id),
      reports.runLogCounts(run.id),
    ]);
    return json(200, { data: runTrace(run, { steps, attempts, logs }, now()) });
  },
});

/** `POST /api/v1/runs/:runId/cancel` ends a run that is still alive. */
export const cancelRun = route({
  method: "POST",
  path: "/api/v1/runs/:runId/cancel",
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const result = await request.engine.cancelRun({ runId: run.id, reason: "api" });
    switch (result.kind) {
      case "cancelled":
        return json(200, { data: { id: run.id, status: "cancelled" } });
      case "already_ended":
        return problem({ code: "run_already_ended", detail: `the run is ${result.status}; a run keeps its first end` });
      case "not_found":
        return problem({ code: "run_not_found", detail: "there is no such run" });
      default:
        return result satisfies never;
    }
  },
});

const prefixLengthMin = 6;

/** By its id, or the beginning of it. */
export async function findRun({ engine, params }: RouteRequest): Promise<RunReport | Response> {
  const text = (params["runId"] ?? "").toUpperCase();
  const runId = parseRunId(text) ?? (await completeId(engine, text));
  if (runId instanceof Response) return runId;
  return (await engine.reports.getRun(runId)) ?? problem({ code: "run_not_found", detail: `no run has the id ${runId}` });
}

async function completeId(engine: Engine, prefix: string): Promise<RunId | Response> {
  if (!/^[0-9A-HJKMNP-TV-Z]+$/.test(prefix) || prefix.length < prefixLengthMin || prefix.length >= 26)
    return problem({ code: "invalid_run_id", detail: "a run id is a ULID, or a beginning of one with at least six characters" });
  const { runId, matches } = await engine.reports.findRunByPrefix(prefix);
  if (runId !== undefined) return runId;
  return problem({
    code: matches === 0 ? "run_not_found" : "invalid_run_id",
    detail: matches === 0 ? `no run's id begins with ${prefix}` : `more than one run's id begins with ${prefix}`,
  });
}

export function maxAttemptsOf(engine: Engine, run: RunReport): number {
  return (engine.findFunction(run.functionSlug)?.config.retries ?? 0) + 1;
}

const alive: readonly RunStatus[] = ["queued", "running"];
/** Statuses that are computed, and are found among the stored ones of runs that are alive. */
const computed: ReadonlySet<string> = new Set([...alive, "waiting", "retrying"]);

/** The statuses to look for, or nothing where the stored ones say it. */
function shownOf(url: URL): ReadonlySet<string> | undefined {
  const statuses = listOf(url, "status");
  return statuses.includes("live") || !statuses.some((status) => computed.has(status)) ? undefined : new Set(statuses);
}

function readFilter(engine: Engine, url: URL): RunFilter | Response {
  const statuses = listOf(url, "status");
  const known = [...runStatuses, "waiting", "retrying", "live"];
  const unknown = statuses.find((status) => !known.includes(status));
  if (unknown !== undefined)
    return problem({
      code: "invalid_request",
      detail: `"${unknown.slice(0, 40)}" is no status; there are ${known.join(", ")}`,
      fields: [{ path: "status", message: "unknown status" }],
    });
  const isAlive = (status: string): boolean => status === "live" || computed.has(status);
  const stored = [...new Set(statuses.flatMap((status) => (isAlive(status) ? alive : [status as RunStatus])))];
  const functionIds = functionsNamed(engine, listOf(url, "fn"));
  if (functionIds instanceof Response) return functionIds;
  const appIds = engine
    .apps()
    .filter(({ name }) => listOf(url, "app").includes(name))
    .map(({ id }) => id);
  const eventId = url.searchParams.get("event");
  const event = eventId === null ? undefined : parseEventId(eventId);
  if (eventId !== null && event === undefined)
    return problem({ code: "invalid_event_id", detail: "event is a ULID", fields: [{ path: "event", message: "not a ULID" }] });
  const times = readTimes(url);
  if (times instanceof Response) return times;
  const eventName = url.searchParams.get("eventName");
  return {
    ...(stored.length === 0 ? {} : { statuses: stored }),
    ...(functionIds === undefined ? {} : { functionIds }),
    ...(listOf(url, "app").length === 0 ? {} : { appIds }),
    ...(event === undefined ? {} : { eventId: event }),
    ...(eventName === null ? {} : { eventName }),
    ...(times.from === undefined ? {} : { queuedFrom: times.from }),
    ...(times.to === undefined ? {} : { queuedTo: times.to }),
  };
}

function functionsNamed(engine: Engine, names: readonly string[]): readonly FunctionId[] | undefined | Response {
  if (names.length === 0) return undefined;
  const ids: FunctionId[] = [];
  for (const name of names) {
    const found = engine.findFunction(name);
    if (found === undefined)
      return problem({
        code: "function_not_found",
        detail: `no function is called "${name.slice(0, 80)}"`,
        fields: [{ path: "fn", message: "unknown function" }],
      });
    ids.push(found.id);
  }
  return ids;
}

function listOf(url: URL, name: string): readonly string[] {
  return url.searchParams
    .getAll(name)
    .flatMap((text) => text.split(","))
    .filter((text) => text !== "");
}
