import { headerNames, verifySigned } from "@stepwell/protocol";
import type { Environment } from "../client/environment.ts";
import type { ServedRequest } from "./call-request.ts";

export type Verified =
  /** Dev mode: anybody may call. */
  { readonly kind: "not_asked" } | { readonly kind: "valid"; readonly key: string } | { readonly kind: "invalid"; readonly reason: string };

/** Whether the server sent the request: its signature is over the body, in its canonical form where a framework has parsed it. */
export async function verifyRequest(environment: Environment, request: ServedRequest, body: string, nowMs: number): Promise<Verified> {
  const { mode, signingKey, signingKeyFallback } = environment;
  if (mode === "dev") return { kind: "not_asked" };
  const header = request.headers.get(headerNames.signature) ?? undefined;
  let reason = "no signing key is set: set STEPWELL_SIGNING_KEY (or INNGEST_SIGNING_KEY)";
  for (const key of [signingKey, signingKeyFallback]) {
    if (key === undefined) continue;
    const signed = { header, keys: [key], nowMs };
    let result = await verifySigned({ ...signed, bodies: [body, body.replace(/\n$/, "")] });
    if (result === "wrong") result = await (await import("./later.ts")).verifySignature({ ...signed, body, isCanonical: true });
    if (result === "valid") return { kind: "valid", key };
    reason = reasons[result];
  }
  return { kind: "invalid", reason };
}

const reasons = {
  valid: "",
  missing: "the request has no signature",
  malformed: "the signature cannot be read",
  too_old: "the signature is over five minutes old, or the clocks of app and server differ",
  wrong: "the signature is not of the app's signing key: app and server have different keys",
};
