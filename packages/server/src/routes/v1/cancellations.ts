import type { BulkCancel, Engine } from "@stepwell/engine";
import { asJson, epochMs, isObject, limits, parseDate, parseJson } from "@stepwell/protocol";
import type { FunctionRecord } from "@stepwell/store";
import { maxLength, nullish, object, pipe, string } from "valibot";
import { envelopeError } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { envelope } from "./envelope.ts";
import { noUuid } from "./no-uuid.ts";

const name = pipe(string(), maxLength(2 * limits.functionIdLengthMax));
const body = object({
  app_id: nullish(name),
  function_id: name,
  started_after: nullish(string()),
  started_before: string(),
  if: nullish(pipe(string(), maxLength(limits.expressionLengthMax))),
});

/** The sender's clock may be ahead by so much, in ms. */
const aheadMsMax = 5_000;

/** `POST /v1/cancellations`: ends the runs of a function that were queued in a time and whose event fulfils a condition. */
export const createCancellationV1 = route({
  method: "POST",
  path: "/v1/cancellations",
  summary: "Cancel many runs of a function",
  body,
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, request }) {
    const read = await readBody(request, body, { errors: "envelope" });
    if (read instanceof Response) return read;
    const { app_id: appId, function_id: functionId, if: expression } = read.value;
    const window = windowOf(read.value, engine.now());
    if (typeof window === "string") return envelopeError({ code: "invalid_request", detail: window });
    const found = functionOf(engine, appId ?? undefined, functionId);
    if (found === undefined) return envelopeError({ code: "function_not_found", detail: "function not found" });
    const condition = expression === undefined || expression === null || expression === "" ? {} : { expression };
    const created = await engine.bulkCancels.create({
      filter: { runs: { functionIds: [found.id], ...window }, ...condition },
      reason: "cancellation",
      // The function may be removed before the cancellation is asked for.
      about: asJson({ function: { uuid: found.uuid, slug: found.slug, appName: appNameOf(engine, found) } }),
    });
    switch (created.kind) {
      case "created":
        return envelope(cancellationView(engine, created.bulkCancel), engine.now());
      case "expression_invalid":
        return envelopeError({ code: "expression_invalid", detail: `if: ${created.message}` });
      case "too_many":
        return envelopeError({
          code: "bulk_cancels_too_many",
          detail: `there are ${limits.bulkCancelsMax} cancellations (bulkCancelsMax)`,
        });
      default:
        return created satisfies never;
    }
  },
});

/** `GET /v1/cancellations`: newest first. */
export const listCancellationsV1 = route({
  method: "GET",
  path: "/v1/cancellations",
  summary: "Cancellations of many runs, newest first",
  access: "signing_key",
  errors: "envelope",
  async handle({ engine }) {
    const list = await engine.bulkCancels.list();
    return envelope(
      list.map((each) => cancellationView(engine, each)),
      engine.now(),
    );
  },
});

/** `DELETE /v1/cancellations/:id` stops it where it is, and forgets it. */
export const deleteCancellationV1 = route({
  method: "DELETE",
  path: "/v1/cancellations/:id",
  summary: "Stop and forget a cancellation of many runs",
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, params }) {
    const id = params["id"] ?? "";
    if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(id)) return envelopeError({ code: "invalid_request", detail: "the id is not a ULID" });
    return (await engine.bulkCancels.remove(id))
      ? envelope({ ok: true }, engine.now())
      : envelopeError({ code: "cancellation_not_found", detail: "cancellation not found" });
  },
});

interface Dates {
  readonly started_after?: string | null | undefined;
  readonly started_before: string;
}

function windowOf({ started_after: after, started_before: before }: Dates, now: number) {
  const to = parseDate(before);
  if (to === undefined) return "started_before is a date, e.g. 2026-01-02T03:04:05Z";
  if (to > now + aheadMsMax) return "started_before must be in the past";
  const from = after === undefined || after === null || after === "" ? undefined : parseDate(after);
  if (from === undefined && after !== undefined && after !== null && after !== "") return "started_after is a date";
  if (from !== undefined && from >= to) return "started_after must be before started_before";
  return { queuedTo: epochMs(to), ...(from === undefined ? {} : { queuedFrom: epochMs(from) }) };
}

/** By the SDK's own two ids, or by the composite one. */
function functionOf(engine: Engine, appId: string | undefined, functionId: string): FunctionRecord | undefined {
  const local = appId === undefined ? undefined : engine.findFunction(`${appId}/${functionId}`);
  const found = local ?? engine.findFunction(functionId);
  if (found === undefined || appId === undefined) return found;
  return appNameOf(engine, found) === appId ? found : undefined;
}

function appNameOf(engine: Engine, { appId }: FunctionRecord): string {
  return engine.apps().find(({ id }) => id === appId)?.name ?? "";
}

function cancellationView(engine: Engine, bulk: BulkCancel): Record<string, unknown> {
  const { functionIds = [], queuedFrom, queuedTo } = bulk.filter.runs;
  const record = functionIds.length === 1 ? engine.functions().find(({ id }) => id === functionIds[0]) : undefined;
  const about = parseJson(bulk.about);
  const meant = record === undefined ? functionAbout(about) : { ...record, appName: appNameOf(engine, record) };
  return {
    created_at: new Date(bulk.createdAt).toISOString(),
    name: isObject(about) && typeof about["name"] === "string" ? about["name"] : "",
    id: bulk.id,
    account_id: noUuid,
    environment_id: noUuid,
    app_id: meant?.appName ?? "",
    function_internal_id: meant?.uuid ?? noUuid,
    function_id: meant?.slug.slice(meant.appName.length + 1) ?? "",
    started_after: queuedFrom === undefined ? null : new Date(queuedFrom).toISOString(),
    started_before: queuedTo === undefined ? null : new Date(queuedTo).toISOString(),
    ...(bulk.filter.expression === undefined ? {} : { if: bulk.filter.expression }),
    kind: "bulk_run",
    cause: "API",
  };
}

interface FunctionAbout {
  readonly uuid: string;
  readonly slug: string;
  readonly appName: string;
}

/** As it was when the cancellation was made; absent where it was made by a filter of runs. */
function functionAbout(about: unknown): FunctionAbout | undefined {
  return isObject(about) && isObject(about["function"]) ? (about["function"] as unknown as FunctionAbout) : undefined;
}
