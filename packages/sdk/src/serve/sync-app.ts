import { headerNames, isObject, parseJson, textOf } from "@stepwell/protocol";
import { askApi } from "../client/api-request.ts";
import type { Stepwell } from "../client/stepwell.ts";
import { functionConfigs } from "../define/function-configs.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { sdkName, version } from "../version.ts";
import { type Answer, jsonAnswer } from "../wire/answer.ts";
import type { ServedRequest } from "./call-request.ts";
import { type Described, inspection } from "./introspect.ts";

const capabilities = { trust_probe: "v1" };

export interface App extends Described {
  readonly client: Stepwell;
  readonly functions: readonly StepwellFunction[];
  /** Where the server reaches it. */
  readonly url: string;
}

export interface SyncRequest {
  /** What the server that asked calls itself; it is told back. */
  readonly serverKind?: string | undefined;
  readonly deployId?: string | undefined;
}

/** Answers a server that asks for a sync by asking it in turn. */
export function registerForRequest(app: App, { url, headers }: ServedRequest): Promise<Answer> {
  const deployId = new URL(url).searchParams.get("deployId");
  return registerApp(app, {
    serverKind: headers.get(headerNames.serverKind) ?? undefined,
    deployId: deployId === null || deployId === "undefined" ? undefined : deployId,
  });
}

/** Tells the server which functions there are. */
export async function registerApp(app: App, { serverKind, deployId }: SyncRequest): Promise<Answer> {
  const { client, framework } = app;
  const url = withDeployId(app.url, deployId);
  const body = {
    url,
    v: "0.1",
    deployType: "ping",
    sdk: sdkName,
    framework,
    appName: client.id,
    ...(client.options.appVersion === undefined ? {} : { appVersion: client.options.appVersion }),
    ...(deployId === undefined ? {} : { deployId }),
    capabilities,
    functions: functionConfigs(client, app.functions, url),
  };
  const response = await askApi(client, {
    method: "POST",
    path: deployId === undefined ? "fn/register" : `fn/register?deployId=${encodeURIComponent(deployId)}`,
    body: JSON.stringify(body),
    headers: {
      [headerNames.framework]: framework,
      [headerNames.syncKind]: "out_of_band",
      ...(serverKind === undefined ? {} : { [headerNames.expectedServerKind]: serverKind }),
    },
  });
  const said = parseJson(response.text);
  const answer = isObject(said) ? said : {};
  const status = typeof answer["status"] === "number" ? answer["status"] : response.status;
  const message = textOf(answer["error"]) ?? (response.ok ? "Successfully registered" : response.text.trim().slice(0, 500));
  return jsonAnswer(status, { message, modified: answer["modified"] === true }, { [headerNames.syncKind]: "out_of_band" });
}

function withDeployId(url: string, deployId: string | undefined): string {
  if (deployId === undefined) return url;
  const whole = new URL(url);
  whole.searchParams.set("deployId", deployId);
  return whole.href;
}

/** The same as the answer itself, for a server that asks so. */
export async function syncInBand(app: App, body: string): Promise<Answer> {
  const asked = parseJson(body);
  const url = isObject(asked) ? textOf(asked["url"]) : undefined;
  if (url === undefined || !URL.canParse(url))
    return jsonAnswer(400, { code: "invalid_request", message: "the body of an in-band sync is { url }, the app's address" });
  const { client, framework } = app;
  return jsonAnswer(
    200,
    {
      app_id: client.id,
      appVersion: client.options.appVersion ?? null,
      capabilities,
      env: client.environment.branch ?? null,
      framework,
      functions: functionConfigs(client, app.functions, url),
      inspection: await inspection(app),
      platform: client.environment.platform ?? null,
      sdk: sdkName,
      sdk_author: "stepwell",
      sdk_language: "js",
      sdk_version: version,
      url,
    },
    { [headerNames.syncKind]: "in_band" },
  );
}
