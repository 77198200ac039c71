// Events as senders write them, and as apps and expressions see them.

import { asJson, type EpochMs, type JsonText } from "./ids.ts";
import { isTooDeep, tooDeepMessage } from "./json-depth.ts";
import { isObject, type JsonObject } from "./json-shape.ts";
import { limits } from "./limits.ts";
import { readSessions } from "./sessions.ts";

/** One event as it came in, checked and normalised. */
export interface IncomingEvent {
  readonly name: string;
  readonly data: JsonObject;
  /** The sender's own id. */
  readonly externalId?: string;
  /** Absent: the time of receipt. */
  readonly ts?: EpochMs;
  readonly user?: JsonObject;
  readonly v?: string;
  readonly sessions?: Readonly<Record<string, string>>;
}

export interface EventRefusal {
  readonly kind: "refused";
  readonly code:
    | "invalid_json"
    | "json_too_deep"
    | "invalid_event"
    | "event_name_reserved"
    | "event_name_invalid"
    | "event_too_large"
    | "too_many_events";
  readonly message: string;
  /** Of the bad event, from 0; absent when the body as a whole is wrong. */
  readonly index?: number;
}

export type EventBody = { readonly kind: "events"; readonly events: readonly IncomingEvent[] } | EventRefusal;

/**
 * Reads the body of a request with events: one object or an array. Every event is checked before any is given out:
 * one bad event refuses the request, and the refusal names its index.
 */
export function parseEventBody(text: string): EventBody {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return refusal(
      "invalid_json",
      `the body is not JSON (${error instanceof Error ? error.message : "unreadable"}); send one event object or an array of them`,
    );
  }
  if (!Array.isArray(body)) return parseEvents([body], text.length);
  if (body.length > limits.eventsPerRequestMax)
    return refusal(
      "too_many_events",
      `${body.length} events in one request; the limit is ${limits.eventsPerRequestMax} (eventsPerRequestMax)`,
    );
  return parseEvents(body, text.length);
}

function parseEvents(values: readonly unknown[], bodyLength: number): EventBody {
  const events: IncomingEvent[] = [];
  for (let index = 0; index < values.length; index += 1) {
    const result = parseEvent(values[index], bodyLength);
    if ("kind" in result) return { ...result, index, message: `event ${index}: ${result.message}` };
    events.push(result);
  }
  return { kind: "events", events };
}

/**
 * Checks and normalises one event.
 *
 * @param textLength - Of the text it was read from: what fits into a short one needs no measuring.
 */
export function parseEvent(value: unknown, textLength = Number.POSITIVE_INFINITY): IncomingEvent | EventRefusal {
  if (!isObject(value)) return refusal("invalid_event", "an event is an object with a name and data");
  const { name, id, v } = value;
  if (name === undefined || name === null || name === "") return refusal("invalid_event", "event name is empty");
  if (typeof name !== "string") return refusal("invalid_event", "event name is not a string");
  const badName = refusedName(name);
  if (badName !== undefined) return badName;
  if (id !== undefined && id !== null && (typeof id !== "string" || id.length > limits.eventIdLengthMax))
    return refusal("invalid_event", `event id is not a string of at most ${limits.eventIdLengthMax} characters`);
  if (v !== undefined && v !== null && typeof v !== "string") return refusal("invalid_event", "event v is not a string");
  if (isTooDeep(value, textLength)) return refusal("json_too_deep", tooDeepMessage("the event"));
  if (textLength * 3 > limits.eventBytesMax) {
    const tooLarge = refusedSize(value);
    if (tooLarge !== undefined) return tooLarge;
  }
  return readParts(value, name);
}

function readParts(value: JsonObject, name: string): IncomingEvent | EventRefusal {
  const data = objectOr(value["data"], {});
  if (data === undefined) return refusal("invalid_event", "event data is not an object");
  const user = objectOr(value["user"], undefined);
  if (user === undefined && value["user"] !== undefined && value["user"] !== null)
    return refusal("invalid_event", "event user is not an object");
  const ts = readTs(value["ts"]);
  if (typeof ts === "string") return refusal("invalid_event", ts);
  const sessions = readSessions(value["meta"]);
  if (typeof sessions === "string") return refusal("invalid_event", sessions);
  const { id, v } = value;
  return {
    name,
    data: withoutReserved(data),
    ...(typeof id === "string" && id !== "" ? { externalId: id } : {}),
    ...(ts === undefined ? {} : { ts }),
    ...(user === undefined ? {} : { user }),
    ...(typeof v === "string" && v !== "" ? { v } : {}),
    ...(sessions === undefined ? {} : { sessions }),
  };
}

function refusedName(name: string): EventRefusal | undefined {
  const start = name.slice(0, 9).toLowerCase();
  if (start.startsWith("inngest/") || start === "stepwell/")
    return refusal("event_name_reserved", `event name is reserved for internal use: ${name.slice(0, 80)}`);
  if (name.length > limits.eventNameLengthMax)
    return refusal(
      "event_name_invalid",
      `event name has ${name.length} characters; the limit is ${limits.eventNameLengthMax} (eventNameLengthMax)`,
    );
  return undefined;
}

function refusedSize(value: JsonObject): EventRefusal | undefined {
  const text = JSON.stringify(value);
  if (text.length * 3 <= limits.eventBytesMax) return undefined;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= limits.eventBytesMax) return undefined;
  return refusal("event_too_large", `Event is over the max size: Max ${limits.eventBytesMax} bytes / Size ${bytes} bytes`);
}

function readTs(ts: unknown): EpochMs | undefined | string {
  if (ts === undefined || ts === null || ts === 0) return undefined;
  if (typeof ts !== "number" || !Number.isInteger(ts)) return "timestamp is not a whole number of milliseconds";
  if (ts < limits.eventTsMin) return "timestamp is before Jan 1, 1980";
  if (ts > limits.eventTsMax) return "timestamp is after Jan 1, 2100";
  return ts as EpochMs;
}

function objectOr<Default extends JsonObject | undefined>(value: unknown, absent: Default): JsonObject | Default | undefined {
  if (value === undefined || value === null) return absent;
  return isObject(value) ? value : undefined;
}

/** `_inngest` in the data is the server's own; a sender has no say in it. */
function withoutReserved(data: JsonObject): JsonObject {
  if (!Object.hasOwn(data, "_inngest")) return data;
  const { _inngest: _, ...rest } = data;
  return rest;
}

function refusal(code: EventRefusal["code"], message: string): EventRefusal {
  return { kind: "refused", code, message };
}

export interface EventParts {
  readonly id: string;
  readonly name: string;
  readonly ts: number;
  readonly data: JsonText;
  readonly user?: JsonText;
  readonly v?: string;
  readonly meta?: JsonText;
}

/** The event as apps, expressions and memos see it, its keys in canonical order. `user` is always there. */
export function eventMapJson(parts: EventParts): JsonText {
  const meta = parts.meta === undefined ? "" : `"meta":${parts.meta},`;
  const v = parts.v === undefined ? "" : `,"v":${asJson(parts.v)}`;
  return `{"data":${parts.data},"id":${asJson(parts.id)},${meta}"name":${asJson(parts.name)},"ts":${parts.ts},"user":${parts.user ?? "{}"}${v}}` as JsonText;
}

/** The names of triggers that an event of this name meets: its own, and each prefix that ends in `/` or `.` with `*`. */
export function triggerNamesFor(eventName: string): readonly string[] {
  const names = [eventName];
  for (let index = 0; index < eventName.length; index += 1) {
    const character = eventName[index];
    if (character === "/" || character === ".") names.push(`${eventName.slice(0, index + 1)}*`);
  }
  return names;
}
