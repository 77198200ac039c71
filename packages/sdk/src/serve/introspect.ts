import { hashEventKey, hashSigningKey } from "@stepwell/protocol";
import type { Stepwell } from "../client/stepwell.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { version } from "../version.ts";

export interface Described {
  readonly client: Stepwell;
  readonly functions: readonly StepwellFunction[];
  readonly framework: string;
}

/** What anybody in dev mode may know. */
export function introspection({ client, functions }: Described): object {
  const { mode, isInferred, eventKey, signingKey } = client.environment;
  return {
    schema_version: "2024-05-24",
    mode: mode === "dev" ? "dev" : "cloud",
    app_id: client.id,
    function_count: functions.length,
    has_event_key: eventKey !== undefined,
    has_signing_key: signingKey !== undefined,
    extra: { is_mode_explicit: !isInferred },
  };
}

/** What the server may know that signed its request. */
export async function inspection(app: Described): Promise<object> {
  const { apiBaseUrl, eventBaseUrl, eventKey, signingKey, signingKeyFallback, branch, serveOrigin, servePath } = app.client.environment;
  const short = async (key: string | undefined): Promise<string | null> =>
    key === undefined ? null : (await hashSigningKey(key)).replace(/^signkey-\w+-/, "").slice(0, 12);
  return {
    ...introspection(app),
    authentication_succeeded: true,
    api_origin: apiBaseUrl ?? null,
    event_api_origin: eventBaseUrl ?? null,
    env: branch ?? null,
    framework: app.framework,
    sdk_language: "js",
    sdk_version: version,
    serve_origin: serveOrigin ?? null,
    serve_path: servePath ?? null,
    capabilities: { trust_probe: "v1" },
    event_key_hash: eventKey === undefined ? null : await hashEventKey(eventKey),
    signing_key_hash: await short(signingKey),
    signing_key_fallback_hash: await short(signingKeyFallback),
  };
}
