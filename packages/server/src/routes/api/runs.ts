import type { Engine } from "@stepwell/engine";
import { eventMapJson, parseRunId, type RunId } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import { json, problem } from "../../problem.ts";
import { type RouteRequest, route } from "../../route.ts";
import { findRuns } from "./find-runs.ts";
import { readPage, writeCursor } from "./page.ts";
import { readRunFilter, runFilterParameters, shownStatuses } from "./read-run-filter.ts";
import { runDetail, runListItem, runTrace } from "./run-view.ts";

/** `GET /api/v1/runs`: newest first. */
export const listRuns = route({
  method: "GET",
  path: "/api/v1/runs",
  summary: "Runs, newest first",
  query: [...runFilterParameters, "limit", "after", "before"],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, url }) {
    const filter = readRunFilter(engine, url.searchParams);
    if (filter instanceof Response) return filter;
    const page = readPage(url);
    if (page instanceof Response) return page;
    const { found, olderThan, newerThan, total } = await findRuns(engine, { filter, page, shown: shownStatuses(url.searchParams) });
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
  summary: "One run",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const { engine } = request;
    const [event] = await engine.reports.runEvents(run.id);
    const input = event === undefined ? undefined : eventMapJson({ ...event, id: event.externalId ?? event.id });
    return json(200, { data: runDetail(run, engine.phaseOf(run), maxAttemptsOf(engine, run), { input, keys: engine.why.keysOf(run) }) });
  },
});

/** `GET /api/v1/runs/:runId/trace`: its steps and attempts as spans. Payloads are never in it. */
export const getTrace = route({
  method: "GET",
  path: "/api/v1/runs/:runId/trace",
  summary: "A run's steps and attempts",
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
  summary: "Cancel a run",
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
