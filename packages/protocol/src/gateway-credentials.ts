// What of a request is never stored. A key that lies in a database is in its backups, too.

import type { GatewayHeader, GatewayRequest } from "./gateway-request.ts";
import { asJson, type JsonText } from "./ids.ts";
import { isObject, parseJson } from "./json-shape.ts";

/** The parts of a request that have credentials, whole, so that what was reported together is sent together. */
export interface GatewayCredentials {
  readonly url: string;
  readonly headers: readonly GatewayHeader[];
}

/** A request as it is stored. */
export interface StoredGatewayRequest extends GatewayRequest {
  /** Names of headers, and of parameters of the URL (`?key`), that were left out. Without them it cannot be sent. */
  readonly withheld: readonly string[];
}

/** Names that say that their value is a key to something. Rather one too many: it costs a call of the app after a restart. */
const secretName = /auth$|authori[sz]|token|secret|passw|api[-_]?key|access[-_]?key|credential|cookie|session|signature|private[-_]?key/i;
/** Names of parameters that are too short to be looked for within others. */
const secretParameters = new Set(["key", "sig"]);

/** `credentials` is absent where there are none: then the stored request is the whole one. */
export function withholdCredentials(request: GatewayRequest): {
  readonly stored: StoredGatewayRequest;
  readonly credentials?: GatewayCredentials;
} {
  const { url, headers } = request;
  const bare = urlWithoutCredentials(url);
  const open = headers.filter(([name]) => !secretName.test(name));
  const withheld = [...headers.filter(([name]) => secretName.test(name)).map(([name]) => name.toLowerCase()), ...secretsOf(url)];
  const stored = { ...request, url: bare, headers: open, withheld };
  return withheld.length === 0 ? { stored } : { stored, credentials: { url, headers } };
}

/** The address without the parameters that are keys; itself, letter by letter, where it has none. */
export function urlWithoutCredentials(url: string): string {
  if (secretsOf(url).length === 0) return url;
  const bare = new URL(url);
  for (const name of [...bare.searchParams.keys()]) if (isSecretParameter(name)) bare.searchParams.delete(name);
  return bare.href;
}

/** Reads what was stored. `undefined`: it was written by something else. */
export function parseStoredRequest(body: JsonText): StoredGatewayRequest | undefined {
  const value = parseJson(body);
  return isObject(value) && typeof value["url"] === "string" ? (value as unknown as StoredGatewayRequest) : undefined;
}

export function storedRequestJson(request: StoredGatewayRequest): JsonText {
  return asJson(request);
}

/** Whether a header may follow a redirect to another host only if that host is the one it was meant for. */
export function isSecretHeader(name: string): boolean {
  return secretName.test(name);
}

function secretsOf(url: string): readonly string[] {
  if (!url.includes("?") || !URL.canParse(url)) return [];
  return [...new URL(url).searchParams.keys()].filter(isSecretParameter).map((name) => `?${name}`);
}

function isSecretParameter(name: string): boolean {
  return secretParameters.has(name.toLowerCase()) || secretName.test(name);
}
