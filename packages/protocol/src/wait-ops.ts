// Ops that end when something else happens: an event, a signal, the end of another run, the reply of a third party.

import { asJson, type JsonText, type StepId } from "./ids.ts";
import { exceedsBytes, isObject, type JsonObject, textOf, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";

export interface WaitForEventFields {
  readonly kind: "WaitForEvent";
  /** The exact name of the event. */
  readonly event: string;
  /** A duration or an instant as text; empty: it is over at once. */
  readonly timeout: string;
  readonly expression?: string;
  /** A duration, or `run`: since the run was queued. */
  readonly lookback?: string;
}

export interface WaitForSignalFields {
  readonly kind: "WaitForSignal";
  readonly signal: string;
  /** Empty: a year. */
  readonly timeout: string;
  readonly conflict: "fail" | "replace";
}

export interface InvokeFunctionFields {
  readonly kind: "InvokeFunction";
  /** A slug or a UUID. */
  readonly functionName: string;
  readonly payload: InvokePayload;
  /** Empty: a year. */
  readonly timeout: string;
  /** The child is cancelled when its caller is, or when the wait is over. */
  readonly propagateCancel: boolean;
}

export interface InvokePayload {
  readonly data: JsonObject;
  readonly user?: JsonObject;
  readonly v?: string;
  readonly id?: string;
  readonly ts?: number;
  readonly meta?: JsonObject;
}

/** A request the server makes itself. */
export interface GatewayFields {
  readonly kind: "Gateway" | "AIGateway";
  /** `opts` as the SDK sent them. */
  readonly opts: JsonObject;
}

export interface StepCancelFields {
  readonly kind: "StepCancel";
  readonly ids: readonly StepId[];
}

export type WaitFields = WaitForEventFields | WaitForSignalFields | InvokeFunctionFields | GatewayFields | StepCancelFields;

/** Reads what an op says besides its id and name; a sentence where it says it wrong. */
export function readWaitFields(kind: WaitFields["kind"], op: JsonObject): WaitFields | string {
  const opts = isObject(op["opts"]) ? op["opts"] : {};
  switch (kind) {
    case "WaitForEvent":
      return readWaitForEvent(op, opts);
    case "WaitForSignal": {
      const signal = wordsOf(opts["signal"]) ?? wordsOf(op["name"]);
      if (signal === undefined) return "WaitForSignal names no signal";
      if (signal.length > limits.signalNameLengthMax)
        return `the name of a signal has ${signal.length} characters; the limit is ${limits.signalNameLengthMax} (signalNameLengthMax)`;
      const conflict = textOf(opts["conflict"])?.toLowerCase() === "replace" ? "replace" : "fail";
      return { kind, signal, timeout: textOf(opts["timeout"]) ?? "", conflict };
    }
    case "InvokeFunction":
      return readInvoke(opts);
    case "Gateway":
    case "AIGateway":
      return exceedsBytes(asJson(opts), limits.gatewayBytesMax)
        ? `the request of a ${kind} is larger than ${limits.gatewayBytesMax} bytes (gatewayBytesMax)`
        : { kind, opts };
    case "StepCancel": {
      const ids = opts["ids"];
      if (!isListOfWords(ids)) return `"ids" of StepCancel is a list of step ids, and not ${shown(ids)}`;
      return { kind, ids: ids as readonly StepId[] };
    }
    default:
      return kind satisfies never;
  }
}

function readWaitForEvent(op: JsonObject, opts: JsonObject): WaitForEventFields | string {
  const event = wordsOf(opts["event"]) ?? wordsOf(op["name"]);
  if (event === undefined) return "WaitForEvent names no event";
  const expression = wordsOf(opts["if"]);
  const { lookback: given } = opts;
  if (given !== undefined && given !== null && typeof given !== "string")
    return `"lookback" of WaitForEvent is a duration in quotes such as "1h", or "run", and not ${shown(given)}`;
  const lookback = wordsOf(given);
  return {
    kind: "WaitForEvent",
    event,
    timeout: textOf(opts["timeout"]) ?? "",
    ...(expression === undefined ? {} : { expression }),
    ...(lookback === undefined ? {} : { lookback }),
  };
}

function isListOfWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}

function readInvoke(opts: JsonObject): InvokeFunctionFields | string {
  const functionName = wordsOf(opts["function_id"]);
  if (functionName === undefined) return "InvokeFunction names no function";
  const source = isObject(opts["payload"]) ? opts["payload"] : {};
  const { data, user, v, id, ts, meta } = source;
  const payload: InvokePayload = {
    data: isObject(data) ? data : {},
    ...(isObject(user) ? { user } : {}),
    ...(typeof v === "string" && v !== "" ? { v } : {}),
    ...(typeof id === "string" && id !== "" ? { id } : {}),
    ...(typeof ts === "number" && Number.isInteger(ts) ? { ts } : {}),
    ...(isObject(meta) ? { meta } : {}),
  };
  if (exceedsBytes(asJson(payload) as JsonText, limits.eventBytesMax))
    return `the payload of an invoke is larger than ${limits.eventBytesMax} bytes (eventBytesMax)`;
  return {
    kind: "InvokeFunction",
    functionName,
    payload,
    timeout: textOf(opts["timeout"]) ?? "",
    propagateCancel: opts["propagateCancel"] === true,
  };
}
