// The requests that the server makes itself: `step.fetch` (Gateway) and `step.ai.infer` (AIGateway).

import { asJson } from "./ids.ts";
import { isObject, type JsonObject, textOf, wordsOf } from "./json-shape.ts";

export type GatewayKind = "Gateway" | "AIGateway";

/** Complete, credentials included. Names are as the function wrote them; one that stands there twice is sent twice. */
export interface GatewayRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly GatewayHeader[];
  readonly body?: string;
}

export type GatewayHeader = readonly [name: string, value: string];

/** How the server calls itself to third parties. */
const userAgent = "Inngest";

/** Of one connection and not of the request: whoever makes the request sets them, as with `fetch`. */
const connectionHeaders = new Set([
  ...["connection", "content-length", "expect", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"],
  // What is read here is decompressed here.
  "accept-encoding",
]);

/** What an op asks for; a sentence where it asks for what cannot be sent. */
export function readGatewayRequest(kind: GatewayKind, opts: JsonObject): GatewayRequest | string {
  const address = wordsOf(opts["url"]);
  if (address === undefined) return "it names no URL";
  if (!URL.canParse(address)) return "its URL is not complete; it begins with http:// or https:// and names a host";
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return `its URL begins with "${url.protocol}"; only http: and https: are called`;
  const headers = headersOf(opts["headers"]);
  const bad = headers.find(([name, value]) => !isHeaderName(name) || !isHeaderValue(value));
  if (bad !== undefined) return `its header "${bad[0].slice(0, 80)}" has characters that a header cannot have`;
  const login = loginOf(url);
  const own = login === undefined || has(headers, "authorization") ? headers : [...headers, ["authorization", login] as const];
  const given = login === undefined ? address : withoutLogin(url);
  return kind === "Gateway" ? fetchRequest(opts, given, own) : inferRequest(opts, given, own);
}

function fetchRequest(opts: JsonObject, url: string, headers: readonly GatewayHeader[]): GatewayRequest | string {
  const method = (wordsOf(opts["method"]) ?? "POST").toUpperCase();
  if (!/^[A-Z]{1,20}$/.test(method) || method === "CONNECT" || method === "TRACE")
    return `its method "${method.slice(0, 20)}" is none that can be sent`;
  const { body } = opts;
  return {
    method,
    url,
    headers: withDefaults(headers, [["user-agent", userAgent]]),
    ...(body === undefined || body === null ? {} : { body: typeof body === "string" ? body : asJson(body) }),
  };
}

function inferRequest(opts: JsonObject, address: string, headers: readonly GatewayHeader[]): GatewayRequest {
  const key = wordsOf(opts["auth_key"]);
  const { url, auth } = key === undefined ? { url: address, auth: [] } : authOf(textOf(opts["format"])?.toLowerCase(), key, address);
  const defaults: readonly GatewayHeader[] = [
    ["content-type", "application/json"],
    ["user-agent", userAgent],
  ];
  return { method: "POST", url, headers: [...auth, ...withDefaults(headers, defaults)], body: asJson(opts["body"]) };
}

/** Where each provider's format has the key. */
function authOf(format: string | undefined, key: string, url: string): { readonly url: string; readonly auth: readonly GatewayHeader[] } {
  switch (format) {
    case "gemini": {
      const withKey = new URL(url);
      if (!withKey.searchParams.has("key")) withKey.searchParams.set("key", key);
      return { url: withKey.href, auth: [] };
    }
    case "anthropic":
      return { url, auth: [["x-api-key", key]] };
    case "bedrock":
      return { url, auth: [["authorization", key]] };
    default:
      return { url, auth: [["authorization", `Bearer ${key}`]] };
  }
}

function headersOf(value: unknown): readonly GatewayHeader[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (connectionHeaders.has(name.toLowerCase())) return [];
    const values = Array.isArray(member) ? member : [member];
    return values.filter((each) => each !== null && each !== undefined).map((each): GatewayHeader => [name, String(each)]);
  });
}

/** What the request says itself goes before what is usual. */
function withDefaults(headers: readonly GatewayHeader[], defaults: readonly GatewayHeader[]): readonly GatewayHeader[] {
  return [...defaults.filter(([name]) => !has(headers, name)), ...headers];
}

function has(headers: readonly GatewayHeader[], wanted: string): boolean {
  return headers.some(([name]) => name.toLowerCase() === wanted);
}

/** Name and password within an address, as the header they stand for. */
function loginOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const bytes = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone percent sign stands for itself.
  }
}

function withoutLogin(url: URL): string {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.href;
}

function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i.test(name);
}

/** Printable characters of one byte, and tabs. */
function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
