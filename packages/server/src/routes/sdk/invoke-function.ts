import { headerNames, type InvokePayload, isObject, limits, parseEvent, parseEventIdSeed } from "@stepwell/protocol";
import { looseObject, nullish, number, string, unknown } from "valibot";
import { envelopeError, json } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { type RouteRequest, route } from "../../route.ts";
import { anyObject } from "../any-object.ts";

/** What an event says besides its name; the rest is read as of any event. */
const body = looseObject({
  data: nullish(anyObject),
  user: nullish(anyObject),
  meta: nullish(unknown()),
  id: nullish(string()),
  ts: nullish(number()),
  v: nullish(string()),
});

/** `POST /invoke/:slug` and `POST /invoke/:app/:function` start one function by its id, whatever its triggers are. */
export const invokeBySlug = route({
  method: "POST",
  path: "/invoke/:slug",
  summary: "Start one function, whatever its triggers are",
  body,
  access: "signing_key",
  errors: "envelope",
  handle: (request) => invoke(request, request.params["slug"] ?? ""),
});
export const invokeByAppAndId = route({
  method: "POST",
  path: "/invoke/:app/:function",
  summary: "Start one function, whatever its triggers are",
  body,
  access: "signing_key",
  errors: "envelope",
  handle: (request) => invoke(request, `${request.params["app"] ?? ""}/${request.params["function"] ?? ""}`),
});

async function invoke({ engine, request }: RouteRequest, functionName: string): Promise<Response> {
  const read = await readBody(request, body, { errors: "envelope", bytesMax: limits.eventBytesMax });
  if (read instanceof Response) return read;
  const payload = invokePayloadOf(read.value);
  if ("code" in payload) return envelopeError({ code: payload.code, detail: payload.message });
  const seed = parseEventIdSeed(request.headers.get(headerNames.eventIdSeed) ?? undefined);
  const result = await engine.invokeFunction({ functionName, payload, ...(seed === undefined ? {} : { seed }) });
  return result.kind === "function_not_found"
    ? envelopeError({ code: "function_not_found", detail: `no function is called "${functionName.slice(0, 80)}"` })
    : json(200, { id: result.eventId, status: 200 });
}

type Refused = Extract<ReturnType<typeof parseEvent>, { readonly kind: "refused" }>;

/** An event without its name, checked as any event is. */
export function invokePayloadOf(value: unknown): InvokePayload | Refused {
  const event = parseEvent(isObject(value) ? { ...value, name: "invoked" } : value);
  if ("kind" in event) return event;
  const { data, user, v, externalId, ts, sessions } = event;
  return {
    data,
    ...(user === undefined ? {} : { user }),
    ...(v === undefined ? {} : { v }),
    ...(externalId === undefined ? {} : { id: externalId }),
    ...(ts === undefined ? {} : { ts }),
    ...(sessions === undefined ? {} : { meta: { sessions } }),
  };
}
