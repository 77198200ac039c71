// What a function is told of a request that the server made for it.

import { urlWithoutCredentials } from "./gateway-credentials.ts";
import type { GatewayKind } from "./gateway-request.ts";
import { asJson, type JsonText } from "./ids.ts";
import { isTooDeep } from "./json-depth.ts";
import { parseJson } from "./json-shape.ts";
import { limits } from "./limits.ts";
import type { RunErrorValue } from "./run-error.ts";

/** A complete answer, decompressed. Header names are in lower case. */
export interface GatewayAnswer {
  /** Where it came from in the end: redirects are followed. */
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** They say how the answer travelled, which is over. */
const travelHeaders = new Set(["connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"]);

/** Of `step.fetch` any status is a success. */
export function fetchMemo({ url, status, headers, body }: GatewayAnswer): JsonText {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !travelHeaders.has(name)) shown[asWritten(name)] = typeof value === "string" ? value : value.join(",");
  return asJson({ data: { url: urlWithoutCredentials(url), headers: shown, body, status_code: status } });
}

/** Of `step.ai.infer` the answer's JSON, letter by letter; a text that is none, or is nested too deep, is a JSON string. */
export function inferMemo(body: string): JsonText {
  return `{"data":${jsonOf(body)}}` as JsonText;
}

/** Why a request failed, as an attempt's record and the last attempt's result have it. */
export interface GatewayFailure {
  readonly code: string;
  readonly message: string;
  /** Of `step.ai.infer`: what the provider said. */
  readonly body?: string;
}

const wordsOfKind = {
  Gateway: { name: "GatewayError", during: "Error making gateway request" },
  AIGateway: { name: "AIGatewayError", during: "Error making AI request" },
} as const;

export function gatewayRunError(kind: GatewayKind, { message, body }: GatewayFailure): RunErrorValue {
  const { name, during } = wordsOfKind[kind];
  return { name, message: `${during}: ${message}`, ...(body === undefined || body === "" ? {} : { stack: body }) };
}

/** What the step ends with when no attempt is left. */
export function gatewayErrorMemo(kind: GatewayKind, failure: GatewayFailure): JsonText {
  const { name, message } = gatewayRunError(kind, failure);
  const { code } = failure;
  if (kind === "Gateway") return asJson({ error: { name, message, code, data: null } });
  const said = failure.body === undefined || failure.body === "" ? asJson({ error: wordsOfKind.AIGateway.during }) : failure.body;
  const rest = asJson({ name, message, code, stack: said.slice(0, limits.errorStackLengthMax) });
  return `{"error":${rest.slice(0, -1)},"data":${jsonOf(said)}}}` as JsonText;
}

function jsonOf(body: string): JsonText {
  const value = parseJson(body);
  return value === undefined || isTooDeep(value, body.length) ? asJson(body) : (body.trim() as JsonText);
}

/** `content-type` as `Content-Type`: SDKs look names up in any spelling, people read this one. */
function asWritten(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}
