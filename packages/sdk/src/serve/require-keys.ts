import { StepwellError } from "@stepwell/protocol";
import { baseUrlInvalid } from "../client/api-request.ts";
import type { Environment } from "../client/environment.ts";

/** What production cannot do without, and an address that is none; `undefined`: nothing is missing. */
export function missingSetting({ mode, signingKey, eventKey, apiBaseUrl, eventBaseUrl }: Environment): StepwellError | undefined {
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
  if (apiBaseUrl === undefined)
    return new StepwellError("base_url_missing", "the address of the server is not known: set STEPWELL_BASE_URL (or INNGEST_BASE_URL)", {
      retryable: false,
      advice: "On a laptop set STEPWELL_DEV=1, which means http://localhost:8288.",
    });
  return undefined;
}

/** Builds load the modules of an app without the variables it will have. */
export function isBuilding(variables: Readonly<Record<string, string | undefined>>): boolean {
  return variables["NEXT_PHASE"] === "phase-production-build" || variables["STEPWELL_BUILD"] === "1";
}
