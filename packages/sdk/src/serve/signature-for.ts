import { headerNames, signBody } from "@stepwell/protocol";
import type { Verified } from "./verify-request.ts";

/** Signs an answer with the key that the request was signed with. */
export async function signatureFor(verified: Verified, body: string, nowMs: number): Promise<Record<string, string>> {
  if (verified.kind !== "valid") return {};
  return { [headerNames.signature]: await signBody(verified.key, body, Math.floor(nowMs / 1_000)) };
}
