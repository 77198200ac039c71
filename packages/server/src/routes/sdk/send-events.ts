import type { Engine } from "@stepwell/engine";
import { type ErrorCode, headerNames, type IncomingEvent, limits, parseEventBody, parseEventIdSeed } from "@stepwell/protocol";
import { notUtf8, notUtf8Message, readText, tooLong } from "../../body.ts";
import { json } from "../../problem.ts";
import { hintOf, type RefusalCode, refusals } from "../../refusals.ts";
import { route } from "../../route.ts";
import type { ServerSettings } from "../../settings.ts";

/** `POST /e/:key` takes one event or a list of them, all or none. The answer's ids are ours, in the order sent. */
export const sendEvents = route({
  method: "POST",
  path: "/e/:key",
  summary: "Send events",
  access: "event_key",
  errors: "envelope",
  async handle({ engine, settings, request, params }) {
    const refusal = refuseKey(params["key"] ?? "", settings);
    if (refusal !== undefined) return refusal;
    const text = await readText(request, limits.eventBodyBytesMax);
    if (text === tooLong) return refuse("body_too_large", `the body is over ${limits.eventBodyBytesMax} bytes (eventBodyBytesMax)`);
    if (text === notUtf8) return refuse("invalid_json", notUtf8Message);
    if (text.trim() === "") return refuse("invalid_json", "the body is empty; send one event object or an array of them");
    const parsed = parseEventBody(text);
    if (parsed.kind === "refused") return refuse(parsed.code, parsed.message);
    return accept(engine, parsed.events, request);
  },
});

/** `POST /e` and `POST /e/`: somebody forgot the key. */
export const sendWithoutKey = route({
  method: "POST",
  path: "/e",
  summary: "Refuses events that come without a key",
  access: "event_key",
  errors: "envelope",
  handle: () => refuse("event_key_missing", "Event key is required"),
});

async function accept(engine: Engine, events: readonly IncomingEvent[], request: Request): Promise<Response> {
  if (events.length === 0) return json(200, { ids: [], status: 200 });
  const seed = parseEventIdSeed(request.headers.get(headerNames.eventIdSeed) ?? undefined);
  const { ids } = await engine.sendEvents(seed === undefined ? { events } : { events, seed });
  return json(200, { ids, status: 200 });
}

function refuseKey(key: string, { keys, mode, isMounted }: ServerSettings): Response | undefined {
  if (isMounted === true) return undefined;
  if (key === "") return refuse("event_key_missing", "Event key is required");
  if (keys.hasEventKeys) return keys.isEventKey(key) ? undefined : refuseAccess("event_key_invalid", 401, "Event key not found");
  return mode === "dev" ? undefined : refuseAccess("event_key_missing", 503, "Event keys are required to process events securely");
}

/** The reference answers so, and SDKs know it. */
function refuseAccess(code: ErrorCode, status: number, error: string): Response {
  return json(status, { status, message: "", code, error, hint: hintOf(code) });
}

function refuse(code: RefusalCode, error: string): Response {
  const { status, hint } = refusals[code];
  return json(status, { ids: [], status, code, error, hint });
}
