import { canonicalJson } from "./canonical-json.ts";
import { parseJson } from "./json-shape.ts";
import { type SignedText, type Verification, verifySigned } from "./signature.ts";

export interface VerifyParams extends Omit<SignedText, "bodies"> {
  readonly body: string;
  /** The sender signed the canonical form of the body (requests) and not its bytes (replies). */
  readonly isCanonical: boolean;
}

/** Checks a signature of a body. A trailing newline after its bytes is allowed. */
export function verifySignature({ body, isCanonical, ...rest }: VerifyParams): Promise<Verification> {
  return verifySigned({ ...rest, bodies: isCanonical ? [canonicalOf(body)] : [body, body.replace(/\n$/, "")] });
}

function canonicalOf(body: string): string {
  const value = parseJson(body);
  return value === undefined ? body : canonicalJson(value);
}
