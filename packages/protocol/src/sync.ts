// The registration of an app, as it sends it itself or as it answers an in-band sync.

import { canonicalJson } from "./canonical-json.ts";
import type { ConfigProblem } from "./config-problem.ts";
import { dropDeployId } from "./drop-deploy-id.ts";
import type { ErrorCode } from "./errors.ts";
import { type FunctionConfig, parseFunctionConfig } from "./function-config.ts";
import { isTooDeep, tooDeepMessage } from "./json-depth.ts";
import { isObject, type JsonObject, lowerKeys, parseJson, textOf, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";

export interface RegisterRequest {
  readonly appName: string;
  /** Where the app believes it can be reached. */
  readonly url: string;
  /** `js:v4.24.0`. */
  readonly sdk: string;
  readonly framework?: string;
  readonly platform?: string;
  readonly appVersion?: string;
  readonly deployType: string;
  readonly functions: readonly FunctionConfig[];
  /** What the checksum is computed over: all of it but what changes by itself. */
  readonly checksumText: string;
}

export type RegisterResult =
  | { readonly kind: "register"; readonly request: RegisterRequest }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly message: string;
      readonly appName?: string;
      readonly problems: readonly ConfigProblem[];
    };

/** Reads the body of `POST /fn/register`. It is taken or refused as a whole, with every problem of every function. */
export function parseRegisterRequest(text: string): RegisterResult {
  const body = parseJson(text);
  if (!isObject(body)) return refuse("invalid_json", "Invalid request: the body is not a JSON object");
  if (isTooDeep(body, text.length)) return refuse("json_too_deep", tooDeepMessage("the registration"));
  const own = dropDeployId(body);
  return readRegistration(lowerKeys(own), own);
}

/** Reads the answer to an in-band sync, which says the same in other words. */
export function parseInBandSync(text: string): RegisterResult {
  const body = parseJson(text);
  if (!isObject(body)) return refuse("invalid_json", "the answer to the sync is not a JSON object");
  if (isTooDeep(body, text.length)) return refuse("json_too_deep", tooDeepMessage("the answer to the sync"));
  const own = dropDeployId(body);
  const source = lowerKeys(own);
  const sdk = textOf(source["sdk"]) ?? `${textOf(source["sdklanguage"]) ?? "unknown"}:v${textOf(source["sdkversion"]) ?? "0"}`;
  return readRegistration({ ...source, appname: source["appid"], sdk, deploytype: "ping" }, own);
}

function readRegistration(source: JsonObject, body: JsonObject): RegisterResult {
  const appName = wordsOf(source["appname"]);
  if (appName === undefined) return refuse("config_invalid", "App ID required");
  const url = textOf(source["url"]) ?? "";
  if (!/^(https?|wss?):\/\//i.test(url) || !URL.canParse(url))
    return refuse("config_invalid", `the app's URL "${url.slice(0, 200)}" is not an http or https URL`, appName);
  const listed = source["functions"] ?? [];
  if (!Array.isArray(listed)) return refuse("config_invalid", "functions is not a list", appName);
  if (listed.length > limits.functionsPerAppMax)
    return refuse("config_invalid", `${listed.length} functions; the limit is ${limits.functionsPerAppMax} (functionsPerAppMax)`, appName);
  const { functions, problems } = readFunctions(listed);
  if (problems.length > 0) return { kind: "refused", code: "config_invalid", message: messageOf(problems), appName, problems };
  const framework = wordsOf(source["framework"]);
  const appVersion = wordsOf(source["appversion"]);
  const platform = wordsOf(source["platform"]) ?? (isObject(source["headers"]) ? wordsOf(source["headers"]["platform"]) : undefined);
  const request: RegisterRequest = {
    appName,
    url,
    sdk: textOf(source["sdk"]) ?? "unknown:v0",
    deployType: textOf(source["deploytype"]) ?? "ping",
    functions,
    checksumText: checksumTextOf(body),
    ...(framework === undefined ? {} : { framework }),
    ...(platform === undefined ? {} : { platform }),
    ...(appVersion === undefined ? {} : { appVersion }),
  };
  return { kind: "register", request };
}

function readFunctions(listed: readonly unknown[]): {
  readonly functions: readonly FunctionConfig[];
  readonly problems: readonly ConfigProblem[];
} {
  const functions: FunctionConfig[] = [];
  const problems: ConfigProblem[] = [];
  const seen = new Set<string>();
  for (const value of listed) {
    const result = parseFunctionConfig(value);
    if (result.kind === "invalid") {
      problems.push(...result.problems);
      continue;
    }
    const { slug } = result.config;
    if (seen.has(slug))
      problems.push({ function: slug, option: "id", code: "function_id_duplicate", message: "two functions of the app have this id" });
    seen.add(slug);
    functions.push(result.config);
  }
  return { functions, problems };
}

/** One text for people whose SDK shows nothing else. */
export function messageOf(problems: readonly ConfigProblem[]): string {
  return problems.map(({ function: id, option, message }) => `${id}${option === "" ? "" : `: ${option}`}: ${message}`).join("; ");
}

/** What an SDK observes of itself changes from call to call and is no change of the app. */
function checksumTextOf(body: JsonObject): string {
  const { featureObservations: _, deployId: __, idempotencyKey: ___, inspection: ____, ...rest } = body;
  return canonicalJson({ ...rest, url: normaliseAppUrl(textOf(rest["url"]) ?? "") });
}

function refuse(code: ErrorCode, message: string, appName?: string): RegisterResult {
  return { kind: "refused", code, message, problems: [], ...(appName === undefined ? {} : { appName }) };
}

/** The form in which two URLs of one app are equal: without probes and default ports, one name for this machine. */
export function normaliseAppUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.searchParams.delete("deployId");
  url.searchParams.delete("probe");
  if (url.port !== "" && ["127.0.0.1", "0.0.0.0", "[::1]"].includes(url.hostname)) url.hostname = "localhost";
  return url.href;
}
