import { headerNames, verifySigned } from "@stepwell/protocol";
import type { Environment } from "../client/environment.ts";
import type { ServedRequest } from "./call-request.ts";
import { loadLater } from "./load-later.ts";

export type Verified =
  /** Dev mode: anybody may call. */
  { readonly kind: "not_asked" } | { readonly kind: "valid"; readonly key: string } | { readonly kind: "invalid"; readonly reason: string };

/** Whether the server sent the request: its signature is over the body, in its canonical form where a framework has parsed it. */
export async function verifyRequest(environment: Environment, request: ServedRequest, body: string, nowMs: number): Promise<Verified> {
  const { mode, signingKey, signingKeyFallback } = environment;
  if (mode === "dev") return { kind: "not_asked" };
  const header = request.headers.get(headerNames.signature) ?? undefined;
  const bodies = [body, body.replace(/\n$/, "")];
  for (const key of [signingKey, signingKeyFallback])
    if (key !== undefined && (await verifySigned({ header, bodies, keys: [key], nowMs })) === "valid") return { kind: "valid", key };
  return (await loadLater()).verifyCanonical(environment, header, body, nowMs);
}
