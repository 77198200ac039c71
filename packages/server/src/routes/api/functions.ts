import type { Engine } from "@stepwell/engine";
import { type EpochMs, epochMs, limits, parseDate } from "@stepwell/protocol";
import type { FunctionRecord } from "@stepwell/store";
import { maxLength, nullish, pipe, strictObject, string } from "valibot";
import { json, problem } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { type RouteRequest, route } from "../../route.ts";
import { anyObject } from "../any-object.ts";
import { notStarted } from "../not-started.ts";
import { invokePayloadOf } from "../sdk/invoke-function.ts";

/** `GET /api/v1/functions`. */
export const listFunctions = route({
  method: "GET",
  path: "/api/v1/functions",
  summary: "Functions",
  query: [],
  access: "signing_key",
  errors: "problem",
  handle: ({ engine }) => json(200, { data: engine.functions().map((each) => functionView(engine, each)) }),
});

/** `GET /api/v1/functions/:slug`: with its options as the app gave them. */
export const getFunction = route({
  method: "GET",
  path: "/api/v1/functions/:slug",
  summary: "One function",
  query: [],
  access: "signing_key",
  errors: "problem",
  handle(request) {
    const found = findFunction(request);
    if (found instanceof Response) return found;
    const { options, inputSchema } = found.config;
    const view = functionView(request.engine, found);
    return json(200, { data: { ...view, configuration: options, inputSchema: inputSchema ?? null } });
  },
});

const body = strictObject({
  data: nullish(anyObject),
  user: nullish(anyObject),
  id: nullish(pipe(string(), maxLength(limits.eventIdLengthMax))),
  at: nullish(string()),
});

/**
 * `POST /api/v1/functions/:slug/invoke` starts it, whatever its triggers are. With an `Idempotency-Key`, or an `id`, a repeat
 * names the first run and starts nothing.
 */
export const invokeFunction = route({
  method: "POST",
  path: "/api/v1/functions/:slug/invoke",
  summary: "Start one function, whatever its triggers are",
  body,
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const { engine } = request;
    const found = findFunction(request);
    if (found instanceof Response) return found;
    const read = await readBody(request.request, body, { errors: "problem", bytesMax: limits.eventBytesMax });
    if (read instanceof Response) return read;
    const { at, ...rest } = read.value;
    const startAt = at === undefined || at === null ? undefined : parseDate(at);
    if (typeof at === "string" && startAt === undefined)
      return problem({ code: "invalid_request", detail: "at is a date", fields: [{ path: "at", message: "not a date" }] });
    const key = request.request.headers.get("idempotency-key") ?? "";
    if (key.length > limits.idempotencyKeyLengthMax)
      return problem({
        code: "invalid_request",
        detail: `the idempotency key has more than ${limits.idempotencyKeyLengthMax} characters (idempotencyKeyLengthMax)`,
      });
    const payload = invokePayloadOf(rest);
    if ("code" in payload) return problem({ code: payload.code, detail: payload.message });
    const result = await engine.invokeFunction({
      functionName: found.slug,
      payload,
      ...(startAt === undefined ? {} : { startAt: farthest(startAt) }),
      ...(key === "" ? {} : { idempotencyKey: key }),
    });
    if (result.kind === "function_not_found") return unknownFunction(found.slug);
    if (result.kind === "rate_limited" || result.kind === "skipped") return problem(notStarted(found.slug, result));
    const { eventId, runId } = result;
    return json(result.kind === "started" ? 202 : 200, { data: { eventId, runId, repeated: result.kind === "duplicate" } });
  },
});

/** Events carry times up to this one, and no run is put off beyond it. */
function farthest(at: EpochMs): EpochMs {
  return epochMs(Math.min(at, limits.eventTsMax));
}

function findFunction({ engine, params }: RouteRequest): FunctionRecord | Response {
  const slug = params["slug"] ?? "";
  const found = engine.findFunction(slug);
  return found === undefined || found.archivedAt !== undefined ? unknownFunction(slug) : found;
}

function unknownFunction(slug: string): Response {
  return problem({ code: "function_not_found", detail: `no function is called "${slug.slice(0, 80)}"` });
}

function functionView(engine: Engine, { slug, name, appId, version, config }: FunctionRecord): Record<string, unknown> {
  const app = engine.apps().find(({ id }) => id === appId);
  return {
    slug,
    name,
    appId: app?.name ?? null,
    version,
    triggers: config.triggers,
    retries: config.retries,
    url: config.url,
  };
}
