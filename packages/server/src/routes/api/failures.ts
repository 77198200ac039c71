// Dead letters: runs that failed, in groups by what went wrong.

import type { Engine } from "@stepwell/engine";
import { parseRunError } from "@stepwell/protocol";
import type { FailureGroupFilter, FailureGroupReport, FailureState } from "@stepwell/store";
import { picklist, strictObject } from "valibot";
import { json, problem } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { type RouteRequest, route } from "../../route.ts";
import { failureView } from "./failure-view.ts";
import { pageOf, readPage } from "./page.ts";
import { failureStatesOf, readRunFilter } from "./read-run-filter.ts";
import { runListItem } from "./run-view.ts";
import { maxAttemptsOf } from "./runs.ts";

const stateBody = strictObject({ state: picklist(["open", "resolved", "ignored"]) });

/** The newest runs of a group that are shown with it; the others are in the list of runs. */
const runsShown = 20;

/** `GET /api/v1/failures`: by their last failure, newest first. */
export const listFailures = route({
  method: "GET",
  path: "/api/v1/failures",
  summary: "Failed runs in groups by what went wrong, by the last failure",
  query: ["state", "fn", "app", "from", "to", "limit", "after", "before"],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, url }) {
    const filter = readFilter(engine, url.searchParams);
    if (filter instanceof Response) return filter;
    const page = readPage(url);
    if (page instanceof Response) return page;
    const { states, ...others } = filter;
    const [groups, counts] = await Promise.all([engine.reports.listFailures(filter, page), engine.reports.countFailures(others)]);
    const total = (states ?? (Object.keys(counts) as readonly FailureState[])).reduce((sum, state) => sum + counts[state], 0);
    return json(200, {
      data: groups.rows.map(failureView),
      counts,
      page: { ...pageOf(groups, page), total: { value: total, relation: "exact" } },
    });
  },
});

/** `GET /api/v1/failures/:fingerprint`: with its last error and its newest runs. */
export const getFailure = route({
  method: "GET",
  path: "/api/v1/failures/:fingerprint",
  summary: "One group of failed runs, with its newest runs",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const group = await findFailure(request);
    if (group instanceof Response) return group;
    const { engine } = request;
    const { rows } = await engine.reports.listRuns({ failures: [group.fingerprint] }, { limit: runsShown });
    const error = rows[0]?.error === undefined ? null : parseRunError(rows[0].error);
    return json(200, {
      data: {
        ...failureView(group),
        sample: error === null ? null : { name: error.name, message: error.message, raw: error.stack ?? null },
        newestRuns: rows.map((run) => runListItem(run, engine.phaseOf(run), maxAttemptsOf(engine, run))),
      },
    });
  },
});

/** `PATCH /api/v1/failures/:fingerprint`: open, resolved (until it fails again) or ignored (whatever it does). */
export const setFailureState = route({
  method: "PATCH",
  path: "/api/v1/failures/:fingerprint",
  summary: "Say that a group of failures is resolved, ignored, or open",
  body: stateBody,
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const group = await findFailure(request);
    if (group instanceof Response) return group;
    const read = await readBody(request.request, stateBody, { errors: "problem" });
    if (read instanceof Response) return read;
    const { fingerprint } = group;
    await request.engine.setFailureState({ fingerprint, state: read.value.state });
    const { group: changed } = await request.engine.reports.findFailure(fingerprint);
    return changed === undefined ? noFailure(fingerprint) : json(200, { data: failureView(changed) });
  },
});

function readFilter(engine: Engine, query: URLSearchParams): FailureGroupFilter | Response {
  const runs = new URLSearchParams([...query].filter(([name]) => ["fn", "app", "from", "to"].includes(name)));
  const filter = readRunFilter(engine, runs);
  if (filter instanceof Response) return filter;
  const states = failureStatesOf(query, "state");
  if (states instanceof Response) return states;
  const { functionIds, appIds, queuedFrom, queuedTo } = filter;
  return {
    ...(functionIds === undefined ? {} : { functionIds }),
    ...(appIds === undefined ? {} : { appIds }),
    ...(queuedFrom === undefined ? {} : { lastFrom: queuedFrom }),
    ...(queuedTo === undefined ? {} : { lastTo: queuedTo }),
    ...(states === undefined ? {} : { states }),
  };
}

const prefixLengthMin = 6;

/** By its fingerprint, or a beginning of it that no other has. */
export async function findFailure({ engine, params }: RouteRequest): Promise<FailureGroupReport | Response> {
  const prefix = (params["fingerprint"] ?? "").toLowerCase();
  if (!/^[a-z0-9-]{1,64}$/.test(prefix) || prefix.length < prefixLengthMin) return noFailure(prefix);
  const { group, matches } = await engine.reports.findFailure(prefix);
  if (group !== undefined) return group;
  if (matches === 0) return noFailure(prefix);
  return problem({ code: "invalid_request", detail: `more than one group's fingerprint begins with ${prefix}` });
}

function noFailure(fingerprint: string): Response {
  return problem({ code: "failure_not_found", detail: `no group of failures has the fingerprint "${fingerprint.slice(0, 40)}"` });
}
