// What came back from a call, read by the rules of the protocol. No I/O: the transport has the bytes already.

import { appErrorCode, type ErrorCode } from "./errors.ts";
import { headerNames } from "./headers.ts";
import { asJson, type EpochMs, type JsonText } from "./ids.ts";
import { isTooDeep, tooDeepMessage } from "./json-depth.ts";
import { isObject, type JsonObject, parseJson, textOf } from "./json-shape.ts";
import { type Op, parseOps } from "./ops.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { displayError, type RunErrorValue } from "./run-error.ts";

/** A complete reply, decompressed. Header names are in lower case. */
export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export type Reply =
  /** Progress. */
  | {
      readonly kind: "ops";
      readonly ops: readonly Op[];
      readonly version: number;
      readonly noRetry: boolean;
      readonly retryAt?: EpochMs;
      readonly sdk: string;
    }
  /** The function has returned. */
  | { readonly kind: "result"; readonly data: JsonText; readonly sdk: string }
  /** The function, or the way to it, failed. */
  | {
      readonly kind: "error";
      readonly code: ErrorCode;
      readonly error: RunErrorValue;
      readonly noRetry: boolean;
      readonly retryAt?: EpochMs;
      readonly status?: number;
    };

/** Of a reply that is not an SDK's, so much of the body is kept. */
const foreignBodyLengthMax = 8_192;

export function readReply(raw: RawReply, now: EpochMs): Reply {
  if (raw.status !== 201) return classify(raw, now);
  const inner = readEnvelope(raw);
  return "kind" in inner ? inner : classify(inner, now);
}

/** A streamed reply: status, headers and body of the real one stand in the body. */
function readEnvelope(raw: RawReply): RawReply | Extract<Reply, { kind: "error" }> {
  if (raw.headers[headerNames.sdk] === undefined) return notSdk(raw);
  const envelope = parseJson(raw.body);
  if (!isObject(envelope))
    return failure(
      "reply_invalid",
      "the streamed reply ended without its result; the app or something in front of it cut the stream",
      raw.status,
    );
  const error = textOf(envelope["error"]);
  if (error !== undefined) return failure("reply_invalid", error, raw.status);
  const { status, body } = envelope;
  if (isTooDeep(body, raw.body.length)) return tooDeep(raw.status);
  if (typeof status !== "number") return failure("reply_invalid", "the streamed reply has no status", raw.status);
  const headers = { ...raw.headers, ...innerHeaders(envelope) };
  return { status, headers, body: typeof body === "string" ? body : asJson(body) };
}

function innerHeaders(envelope: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  if (isObject(envelope["headers"]))
    for (const [name, value] of Object.entries(envelope["headers"])) if (typeof value === "string") headers[name.toLowerCase()] = value;
  // One SDK says these two beside the status instead.
  if (envelope["noRetry"] === true) headers[headerNames.noRetry] = "true";
  const retryAt = textOf(envelope["retryAt"]);
  if (retryAt !== undefined) headers[headerNames.retryAfter] = retryAt;
  return headers;
}

function classify(raw: RawReply, now: EpochMs): Reply {
  const sdk = raw.headers[headerNames.sdk];
  if (raw.status < 200 || raw.status > 299) return functionError(raw, now);
  if (sdk === undefined) return notSdk(raw);
  if (raw.status !== 206) {
    const data = resultOf(raw.body);
    return data === undefined ? tooDeep(raw.status) : { kind: "result", data, sdk };
  }
  const body = raw.body.trim();
  if (body === "") return failure("reply_invalid", "the app reported progress with an empty body", raw.status);
  const parsed = parseOps(parseJson(body), body.length);
  if (parsed.kind === "invalid") return failure(parsed.code, parsed.message, raw.status);
  const retryAt = parseRetryAfter(raw.headers[headerNames.retryAfter], now);
  return {
    kind: "ops",
    ops: parsed.ops,
    version: versionOf(raw),
    noRetry: isFinal(raw),
    ...(retryAt === undefined ? {} : { retryAt }),
    sdk,
  };
}

/** A missing or unreadable version means the oldest behaviour that is still called: 1. */
function versionOf(raw: RawReply): number {
  const version = Number(raw.headers[headerNames.requestVersion]);
  return Number.isInteger(version) && version >= 1 ? version : 1;
}

function isFinal(raw: RawReply): boolean {
  return raw.headers[headerNames.noRetry] === "true";
}

/**
 * Text that is a JSON object inside a JSON string is decoded once more: older hosts encode results twice. `undefined`: it is
 * nested too deep.
 */
function resultOf(body: string): JsonText | undefined {
  if (body.trim() === "") return "null" as JsonText;
  const value = parseJson(body);
  if (value === undefined) return asJson(body);
  if (typeof value === "string" && value.trimStart().startsWith("{")) {
    const inner = parseJson(value);
    if (isObject(inner)) return isTooDeep(inner, value.length) ? undefined : asJson(inner);
  }
  return isTooDeep(value, body.length) ? undefined : asJson(value);
}

function functionError(raw: RawReply, now: EpochMs): Reply {
  const retryAt = parseRetryAfter(raw.headers[headerNames.retryAfter], now);
  const isSdk = raw.headers[headerNames.sdk] !== undefined;
  const internal = isFinal(raw) ? "NonRetriableError" : `invalid status code: ${raw.status}`;
  const output = parseJson(raw.body);
  // Of an error that is nested too deep the text is shown.
  const shown = output === undefined || isTooDeep(output, raw.body.length) ? raw.body : output;
  const error = isSdk ? displayError(shown, internal) : foreignError(raw);
  return {
    kind: "error",
    code: !isSdk ? "not_sdk" : isStepNotFound(output) ? "step_not_found" : (appErrorCode(output) ?? "function_error"),
    error,
    noRetry: isFinal(raw),
    status: raw.status,
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

/** The app was called for one step and does not come to it: one SDK lists what it found instead, another has a code for it. */
function isStepNotFound(output: unknown): boolean {
  if (!isObject(output)) return false;
  return (textOf(output["requestedStep"]) !== undefined && Array.isArray(output["foundSteps"])) || output["code"] === "step_unexpected";
}

function foreignError(raw: RawReply): RunErrorValue {
  const refusedByKey = raw.status === 401 && raw.headers[headerNames.sdkHandled] !== undefined;
  const hint = refusedByKey
    ? "The app refused the signature of the call: its signing key is not the server's. Give both the same key."
    : "No header says that an SDK answered. The error may come from a proxy, a login page, or the app before its handler ran. What it sent:";
  return {
    name: "Server returned a fatal error",
    message: refusedByKey
      ? `Your server returned HTTP ${raw.status}: it refused the call's signature.`
      : `Your server returned HTTP ${raw.status} before the SDK responded.`,
    stack: `${hint}\n${raw.body.slice(0, foreignBodyLengthMax)}`,
    error: `invalid status code: ${raw.status}`,
  };
}

function notSdk(raw: RawReply): Extract<Reply, { kind: "error" }> {
  const message = `the response (HTTP ${raw.status}) did not come from an SDK: the header ${headerNames.sdk} is missing. Check that the app's URL leads to its serve handler and not to a login page or a fallback.`;
  return {
    kind: "error",
    code: "not_sdk",
    error: { name: "NotSdk", message, stack: raw.body.slice(0, foreignBodyLengthMax) },
    noRetry: false,
    status: raw.status,
  };
}

function tooDeep(status: number): Extract<Reply, { kind: "error" }> {
  return failure("json_too_deep", tooDeepMessage("what the function returned"), status);
}

const errorNames: Partial<Record<ErrorCode, string>> = { output_too_large: "OutputTooLarge", json_too_deep: "JsonTooDeep" };

function failure(code: ErrorCode, message: string, status: number): Extract<Reply, { kind: "error" }> {
  // The same code gives the same depth the next time, and its steps would have been done twice.
  return { kind: "error", code, error: { name: errorNames[code] ?? "InvalidReply", message }, noRetry: code === "json_too_deep", status };
}
