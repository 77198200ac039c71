// How commands talk to a server.

import { isObject, type JsonObject, parseJson, textOf } from "@stepwell/protocol";
import { CommandError, exitCodes } from "./exit-codes.ts";

export interface ApiClient {
  readonly baseUrl: string;
  get(path: string): Promise<JsonObject>;
  post(path: string, body: string): Promise<JsonObject>;
  patch(path: string, body: string): Promise<JsonObject>;
  delete(path: string): Promise<JsonObject>;
  /** Any request, and its answer as it came, which need not be JSON. */
  raw(method: string, path: string, body?: string): Promise<string>;
}

export interface ApiClientOptions {
  /** The scheme may be absent. */
  readonly server: string;
  readonly key: string | undefined;
  readonly insecure: boolean;
  readonly timeoutMs: number;
}

/**
 * @throws {CommandError} The address is none, or a key would go over the network for everybody to read. Asking throws
 * one when the server cannot be reached (6), does not answer in time (7), or refuses.
 */
export function apiClient(options: ApiClientOptions): ApiClient {
  const url = serverUrl(options.server);
  if (options.key !== undefined && !options.insecure) refusePlainHttp(url);
  const baseUrl = url.href.replace(/\/+$/, "");
  const headers: Record<string, string> = {
    "content-type": "application/json",
    ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
  };
  const send = (method: string, path: string, body?: string): ReturnType<typeof answerOf> =>
    answerOf(`${baseUrl}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(options.timeoutMs),
      ...(body === undefined ? {} : { body }),
    }).catch((error: unknown) => {
      throw unreachable(baseUrl, error);
    });
  const ask = async (method: string, path: string, body?: string): Promise<JsonObject> => {
    const { status, text } = await send(method, path, body);
    const value = parseJson(text);
    if (!isObject(value)) throw notStepwell(baseUrl, status);
    if (status >= 200 && status <= 299) return value;
    throw refused(path, status, value);
  };
  return {
    baseUrl,
    get: (path) => ask("GET", path),
    post: (path, body) => ask("POST", path, body),
    patch: (path, body) => ask("PATCH", path, body),
    delete: (path) => ask("DELETE", path),
    async raw(method, path, body) {
      const { status, text } = await send(method, path, body);
      if (status >= 200 && status <= 299) return text;
      const value = parseJson(text);
      throw refused(path, status, isObject(value) ? value : {});
    },
  };
}

async function answerOf(url: string, request: RequestInit): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(url, request);
  return { status: response.status, text: await response.text() };
}

function serverUrl(server: string): URL {
  const address = /^[a-z]+:\/\//i.test(server) ? server : `http://${server}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new CommandError(exitCodes.usage, "usage", `"${server}" is not an address of a server`, ["e.g. --server http://localhost:8288"]);
}

/** @throws {CommandError} A key would go to another machine unencrypted. */
export function refusePlainHttp(url: URL): void {
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/.test(url.hostname);
  if (isLocal || url.protocol === "https:") return;
  throw new CommandError(exitCodes.usage, "usage", `a key would go to ${url.host} unencrypted`, ["Use https, or say --insecure."]);
}

function unreachable(baseUrl: string, error: unknown): CommandError {
  if (error instanceof Error && error.name === "TimeoutError")
    return new CommandError(exitCodes.timedOut, "timeout", `the server at ${baseUrl} did not answer in time`, [
      "--timeout <duration> waits longer",
    ]);
  const code = error instanceof Error && error.cause instanceof Error && "code" in error.cause ? String(error.cause.code) : undefined;
  return new CommandError(exitCodes.unreachable, "unreachable", `cannot reach the Stepwell server at ${baseUrl}`, [
    code === "ECONNREFUSED" ? "connection refused" : (code ?? "no connection"),
    "Start it with: stepwell dev        or choose another: --server, STEPWELL_SERVER_URL",
  ]);
}

function notStepwell(baseUrl: string, status: number): CommandError {
  return new CommandError(exitCodes.unreachable, "not_stepwell", `what answers at ${baseUrl} is not a Stepwell server`, [
    `it answered with HTTP ${status} and no JSON`,
    "Choose another: --server, STEPWELL_SERVER_URL",
  ]);
}

const exitCodeOf: Readonly<Record<number, number>> = {
  400: exitCodes.usage,
  401: exitCodes.notAllowed,
  403: exitCodes.notAllowed,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  410: exitCodes.notFound,
};

function keyHint(path: string): string {
  if (path.startsWith("/e/")) return "Give one of its event keys: --event-key <key>, or STEPWELL_EVENT_KEY";
  return "Give its signing key: --api-key <key>, or STEPWELL_API_KEY";
}

function refused(path: string, status: number, body: JsonObject): CommandError {
  const message = textOf(body["detail"]) ?? textOf(body["error"]) ?? `the server answered with HTTP ${status}`;
  const fields = (Array.isArray(body["fields"]) ? body["fields"] : [])
    .filter(isObject)
    .map((field) => `${String(field["path"])}: ${String(field["message"])}`);
  // The server speaks of requests; what to type is known here.
  const hint = status === 401 ? keyHint(path) : textOf(body["hint"]);
  const details = [...fields, ...(hint === undefined ? [] : [hint])];
  return new CommandError(exitCodeOf[status] ?? exitCodes.failed, textOf(body["code"]) ?? "failed", message, details);
}
