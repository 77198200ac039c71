// How commands talk to a server.

import { isObject, type JsonObject, parseJson, textOf } from "@stepwell/protocol";
import { CommandError, exitCodes } from "./exit-codes.ts";

export interface ApiClient {
  readonly baseUrl: string;
  get(path: string): Promise<JsonObject>;
  post(path: string, body: string): Promise<JsonObject>;
}

const answerMsMax = 30_000;

export function apiClient(options: { readonly server: string; readonly key: string | undefined; readonly insecure: boolean }): ApiClient {
  const baseUrl = options.server.replace(/\/+$/, "");
  if (!URL.canParse(baseUrl))
    throw new CommandError(exitCodes.usage, "usage", `"${options.server}" is not an address`, ["e.g. --server http://localhost:8288"]);
  refusePlainHttp(new URL(baseUrl), options);
  const headers: Record<string, string> = {
    "content-type": "application/json",
    ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
  };
  const ask = async (method: string, path: string, body?: string): Promise<JsonObject> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(answerMsMax),
      ...(body === undefined ? {} : { body }),
    }).catch((error: unknown) => {
      throw unreachable(baseUrl, error);
    });
    const value = parseJson(await response.text());
    if (response.ok) return isObject(value) ? value : {};
    throw refused(response.status, isObject(value) ? value : {});
  };
  return { baseUrl, get: (path) => ask("GET", path), post: (path, body) => ask("POST", path, body) };
}

function refusePlainHttp(url: URL, { key, insecure }: { readonly key: string | undefined; readonly insecure: boolean }): void {
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (key === undefined || insecure || isLocal || url.protocol === "https:") return;
  throw new CommandError(exitCodes.usage, "usage", `the key would go to ${url.host} unencrypted`, ["Use https, or say --insecure."]);
}

function unreachable(baseUrl: string, error: unknown): CommandError {
  if (error instanceof Error && error.name === "TimeoutError")
    return new CommandError(exitCodes.timedOut, "timeout", `the server at ${baseUrl} did not answer in time`);
  const cause =
    error instanceof Error && error.cause instanceof Error && "code" in error.cause ? String(error.cause.code) : "no connection";
  return new CommandError(exitCodes.unreachable, "unreachable", `cannot reach the Stepwell server at ${baseUrl}`, [
    cause === "ECONNREFUSED" ? "connection refused" : cause,
    "Start it with: stepwell dev        or choose another: --server, STEPWELL_SERVER_URL",
  ]);
}

function refused(status: number, body: JsonObject): CommandError {
  const message = textOf(body["detail"]) ?? textOf(body["error"]) ?? `the server answered with HTTP ${status}`;
  const hint = textOf(body["hint"]);
  const exitCode =
    { 400: exitCodes.usage, 401: exitCodes.notAllowed, 403: exitCodes.notAllowed, 404: exitCodes.notFound, 409: exitCodes.conflict }[
      status
    ] ?? exitCodes.failed;
  return new CommandError(exitCode, textOf(body["code"]) ?? "failed", message, hint === undefined ? [] : [hint]);
}
