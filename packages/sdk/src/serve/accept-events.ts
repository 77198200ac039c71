import { equalInConstantTime, isObject, parseJson, StepwellError } from "@stepwell/protocol";
import type { Stepwell } from "../client/stepwell.ts";
import type { EventPayload } from "../define/event.ts";
import { type Answer, jsonAnswer } from "../wire/answer.ts";
import type { ServedRequest } from "./call-request.ts";

/** Passes events on to the server. Outside dev whoever sends them has the event key. */
export async function acceptEvents(client: Stepwell, http: ServedRequest, body: string): Promise<Answer> {
  const { mode, eventKey } = client.environment;
  if (mode === "production" && eventKey === undefined)
    return jsonAnswer(401, {
      code: "event_key_missing",
      message: "Events sent to the app need its event key, and it has none: set STEPWELL_EVENT_KEY (or INNGEST_EVENT_KEY)",
    });
  if (mode === "production" && !isEventKey(http.headers.get("authorization"), eventKey))
    return jsonAnswer(401, {
      code: "event_key_invalid",
      message: "Events sent to the app need its event key: put it into the header as `Authorization: Bearer <event key>`",
    });
  const value = parseJson(body);
  const events = Array.isArray(value) ? value : [value];
  if (events.length === 0 || !events.every((event) => isObject(event) && typeof event["name"] === "string"))
    return jsonAnswer(400, { code: "invalid_event", message: "the body is one event, { name, data }, or a list of them" });
  try {
    const { ids } = await client.send(events as readonly EventPayload[]);
    return jsonAnswer(200, { ids, status: 200 });
  } catch (error) {
    if (!StepwellError.is(error)) throw error;
    const { code, message, advice } = error;
    return jsonAnswer(error.retryable ? 502 : 400, { code, message, ...(advice === undefined ? {} : { advice }) });
  }
}

function isEventKey(header: string | null, eventKey: string | undefined): boolean {
  const given = /^Bearer\s+(.+)$/i.exec(header ?? "")?.[1];
  return given !== undefined && eventKey !== undefined && equalInConstantTime(given.trim(), eventKey);
}
