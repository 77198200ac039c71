import { verifySignature } from "@stepwell/protocol";
import type { Environment } from "../client/environment.ts";
import type { Verified } from "./verify-request.ts";

/** Whether a signature is over the body in its canonical form, and what is wrong with it where it is not. */
export async function verifyCanonical(
  { signingKey, signingKeyFallback }: Environment,
  header: string | undefined,
  body: string,
  nowMs: number,
): Promise<Verified> {
  let reason = "no signing key is set: set STEPWELL_SIGNING_KEY (or INNGEST_SIGNING_KEY)";
  for (const key of [signingKey, signingKeyFallback]) {
    if (key === undefined) continue;
    const result = await verifySignature({ header, body, keys: [key], nowMs, isCanonical: true });
    if (result === "valid") return { kind: "valid", key };
    reason = reasons[result];
  }
  return { kind: "invalid", reason };
}

const reasons = {
  missing: "the request has no signature",
  malformed: "the signature cannot be read",
  too_old: "the signature is over five minutes old, or the clocks of app and server differ",
  wrong: "the signature is not of the app's signing key: app and server have different keys",
};
