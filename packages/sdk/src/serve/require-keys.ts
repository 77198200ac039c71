import { isSigningKey, StepwellError } from "@stepwell/protocol";
import { baseUrlInvalid, baseUrlMissing } from "../client/base-url.ts";
import type { Environment } from "../client/environment.ts";

/** What production cannot do without, and an address that is none; `undefined`: nothing is missing. */
export function missingSetting(environment: Environment): StepwellError | undefined {
  const { mode, signingKey, signingKeyFallback, eventKey, apiBaseUrl, eventBaseUrl } = environment;
  const invalid = baseUrlInvalid(apiBaseUrl) ?? baseUrlInvalid(eventBaseUrl);
  if (invalid !== undefined || mode === "dev") return invalid;
  if (signingKey === undefined) {
    const besides = eventKey === undefined ? "" : " The event key, which is set, only sends events.";
    return new StepwellError(
      "signing_key_missing",
      `production needs a signing key, by which the app knows its server: set STEPWELL_SIGNING_KEY (or INNGEST_SIGNING_KEY) to that of the server.${besides}`,
      { retryable: false, advice: "On a laptop set STEPWELL_DEV=1, which needs no keys." },
    );
  }
  for (const [name, key] of [
    ["SIGNING_KEY", signingKey],
    ["SIGNING_KEY_FALLBACK", signingKeyFallback],
  ] as const)
    if (key !== undefined && !isSigningKey(key)) return notAKey(name);
  return apiBaseUrl === undefined ? baseUrlMissing() : undefined;
}

/** No server has such a key: it would not take what the app asks it, and nothing that it sends would be good. */
function notAKey(name: string): StepwellError {
  return new StepwellError(
    "signing_key_invalid",
    `STEPWELL_${name} (or INNGEST_${name}, or the option) is no signing key: that is hex digits, an even number of them, with signkey-<env>- before them or without`,
    {
      retryable: false,
      advice: "Take over the whole key of the server, without quotes, spaces or a line break: `stepwell keys list` names it.",
    },
  );
}

/** Builds load the modules of an app without the variables it will have. */
export function isBuilding(variables: Readonly<Record<string, string | undefined>>): boolean {
  return variables["NEXT_PHASE"] === "phase-production-build" || variables["STEPWELL_BUILD"] === "1";
}
