// Operations on many runs: to cancel those that are alive, and to repeat those that failed.

import type { BulkCancel, BulkCancelFilter, BulkCancelPreview, Engine } from "@stepwell/engine";
import { asJson, epochMs, type JsonText, limits, parseJson } from "@stepwell/protocol";
import { array, boolean, maxLength, nullish, optional, picklist, pipe, strictObject, string } from "valibot";
import { json, problem } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { type RouteRequest, route } from "../../route.ts";
import { readRunFilter, shownStatuses } from "./read-run-filter.ts";
import { invalidExpression, type ReplayOptions, replay, replayOptions, replayView } from "./replay-operation.ts";
import { iso, runListItem } from "./run-view.ts";
import { maxAttemptsOf } from "./runs.ts";

const texts = optional(pipe(array(string()), maxLength(100, "at most 100")));
const body = strictObject({
  kind: picklist(["cancel", "replay"]),
  name: nullish(pipe(string(), maxLength(100))),
  reason: nullish(pipe(string(), maxLength(200))),
  dryRun: optional(boolean()),
  /** Of a replay. */
  options: optional(replayOptions),
  selection: strictObject({
    /** Every run that is alive, where no filter says which. */
    all: optional(boolean()),
    filter: optional(
      strictObject({
        status: optional(array(picklist(["queued", "running", "waiting", "retrying", "live", "failed"]))),
        fn: texts,
        app: texts,
        event: optional(string()),
        eventName: optional(string()),
        parent: optional(string()),
        /** Fingerprints of groups of failures, and their states. */
        failure: texts,
        failureState: texts,
        from: optional(string()),
        to: optional(string()),
        /** CEL over `event`, the event that started the run. */
        if: optional(pipe(string(), maxLength(limits.expressionLengthMax))),
      }),
    ),
  }),
});

/** `POST /api/v1/operations`: cancels the runs that are alive, or repeats those that failed, and pass the filter; `dryRun` counts them. */
export const createOperation = route({
  method: "POST",
  path: "/api/v1/operations",
  summary: "Cancel many runs, or repeat many that failed, or count which",
  body,
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, request }) {
    const read = await readBody(request, body, { errors: "problem" });
    if (read instanceof Response) return read;
    const { kind, selection, name, reason, options, dryRun } = read.value;
    const given = selection.filter ?? {};
    const misfit = misfitOf(kind, { ...given, reason, options });
    if (misfit !== undefined) return misfit;
    if (Object.keys(given).length === 0 && selection.all !== true)
      return problem({
        code: "invalid_request",
        detail: `the selection has no filter; say all: true to mean every run that ${kind === "cancel" ? "has not ended" : "failed"}`,
        fields: [{ path: "selection.filter", message: "empty" }],
      });
    const about = asJson({ name: name ?? null, filter: given });
    if (kind === "replay") return replayByFilter(engine, { given, options: options ?? {}, dryRun: dryRun === true, about });
    const filter = readFilter(engine, given);
    if (filter instanceof Response) return filter;
    if (dryRun === true) return previewReply(engine, await engine.bulkCancels.preview(filter));
    const created = await engine.bulkCancels.create({ filter, reason: reason ?? "cancelled with others", about });
    switch (created.kind) {
      case "created":
        return json(202, { data: operationView(created.bulkCancel) });
      case "expression_invalid":
        return invalidExpression(created);
      case "too_many":
        return problem({ code: "bulk_cancels_too_many", detail: `there are ${limits.bulkCancelsMax} operations (bulkCancelsMax)` });
      default:
        return created satisfies never;
    }
  },
});

/** `GET /api/v1/operations`: newest first; those that are over stay for a while. */
export const listOperations = route({
  method: "GET",
  path: "/api/v1/operations",
  summary: "Operations on many runs, newest first",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ engine }) {
    const [cancels, redrives] = await Promise.all([engine.bulkCancels.list(), engine.bulkRedrives.list()]);
    const views = [
      ...cancels.map((each) => [each.id, operationView(each)] as const),
      ...redrives.map((each) => [each.id, replayView(each)] as const),
    ];
    // An id begins with the time at which it was made.
    return json(200, { data: views.sort(([one], [other]) => (one < other ? 1 : -1)).map(([, view]) => view) });
  },
});

/** `GET /api/v1/operations/:id`. */
export const getOperation = route({
  method: "GET",
  path: "/api/v1/operations/:id",
  summary: "One operation on many runs",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const found = await request.engine.bulkCancels.find(idOf(request));
    if (found !== undefined) return json(200, { data: operationView(found) });
    const redrive = await request.engine.bulkRedrives.find(idOf(request));
    return redrive === undefined ? unknown(request) : json(200, { data: replayView(redrive) });
  },
});

/** `POST /api/v1/operations/:id/abort` stops it where it is; what it has ended stays ended. */
export const abortOperation = route({
  method: "POST",
  path: "/api/v1/operations/:id/abort",
  summary: "Stop an operation on many runs",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const found = await request.engine.bulkCancels.abort(idOf(request));
    if (found !== undefined) return json(200, { data: operationView(found) });
    const redrive = await request.engine.bulkRedrives.abort(idOf(request));
    return redrive === undefined ? unknown(request) : json(200, { data: replayView(redrive) });
  },
});

/** What one kind of operation has and the other has not. */
function misfitOf(kind: "cancel" | "replay", given: Readonly<Record<string, unknown>>): Response | undefined {
  const statuses = [given["status"] ?? []].flat();
  const isFitting = statuses.every((status) => (status === "failed") === (kind === "replay"));
  const field = !isFitting
    ? "selection.filter.status"
    : kind === "cancel"
      ? given["options"] === undefined
        ? undefined
        : "options"
      : (given["reason"] ?? undefined) === undefined
        ? undefined
        : "reason";
  if (field === undefined) return undefined;
  const detail = kind === "cancel" ? "runs that failed are not cancelled" : "runs that failed are repeated, and no others";
  return problem({ code: "invalid_request", detail: `${field}: ${detail}`, fields: [{ path: field, message: `not of a ${kind}` }] });
}

/** Where nothing is said of groups, those that are open are meant. */
function replayByFilter(
  engine: Engine,
  order: { readonly given: Given; readonly options: ReplayOptions; readonly dryRun: boolean; readonly about: JsonText },
): Promise<Response> | Response {
  const { given, ...rest } = order;
  const isOfGroups = given["failure"] !== undefined || given["failureState"] !== undefined;
  const filter = readFilter(engine, isOfGroups ? given : { ...given, failureState: ["open"] });
  return filter instanceof Response
    ? filter
    : replay(engine, {
        filter: { runs: filter.runs, ...(filter.expression === undefined ? {} : { expression: filter.expression }) },
        ...rest,
      });
}

type Given = Readonly<Record<string, string | readonly string[] | undefined>>;

function readFilter(engine: Engine, { if: expression, ...given }: Given): BulkCancelFilter | Response {
  const query = new URLSearchParams(
    Object.entries(given).flatMap(([name, value]) => [value ?? []].flat().map((text) => [name, text] as [string, string])),
  );
  const runs = readRunFilter(engine, query);
  if (runs instanceof Response) return runs;
  const { statuses: _, ...rest } = runs;
  const shown = shownStatuses(query);
  // Runs that come while it goes on are none of its business.
  const queuedTo = rest.queuedTo ?? epochMs(engine.now() + 1);
  return {
    runs: { ...rest, queuedTo },
    ...(shown === undefined ? {} : { shown: [...shown] }),
    ...(typeof expression === "string" && expression !== "" ? { expression } : {}),
  };
}

function previewReply(engine: Engine, preview: BulkCancelPreview): Response {
  if (preview.kind === "expression_invalid") return invalidExpression(preview);
  const { matched, atLeast, sample } = preview;
  return json(200, {
    data: {
      matched,
      eligible: matched,
      ineligible: [],
      relation: atLeast ? "at_least" : "exact",
      sample: sample.map((run) => runListItem(run, engine.phaseOf(run), maxAttemptsOf(engine, run))),
      estimate: { seconds: Math.ceil((matched / limits.bulkCancelSliceRunsMax) * (limits.bulkCancelPauseMs / 1_000)) },
    },
  });
}

function operationView({ id, ...bulk }: BulkCancel): Record<string, unknown> {
  const { name, filter } = parseJson(bulk.about) as { readonly name?: unknown; readonly filter?: unknown };
  return {
    id,
    kind: "cancel",
    name: name ?? null,
    state: bulk.status,
    reason: bulk.reason,
    createdAt: iso(bulk.createdAt),
    endedAt: iso(bulk.endedAt),
    selection: { filter: filter ?? { if: bulk.filter.expression ?? null } },
    counts: { looked: bulk.looked, ok: bulk.cancelled },
  };
}

function idOf({ params }: RouteRequest): string {
  return params["id"] ?? "";
}

function unknown(request: RouteRequest): Response {
  return problem({ code: "cancellation_not_found", detail: `no operation has the id "${idOf(request).slice(0, 40)}"` });
}
