// Signatures, both ways.

import { signatureAgeMsMax } from "./bundled-limits.ts";
import { hmacSecret } from "./signing-key.ts";
import { toHex } from "./to-hex.ts";

/** The value of the signature header: `t=<unix seconds>&s=<hex>` over the body followed by the seconds. */
export async function signBody(signingKey: string, body: string, unixSeconds: number): Promise<string> {
  return `t=${unixSeconds}&s=${await hmacHex(hmacSecret(signingKey), `${body}${unixSeconds}`)}`;
}

export interface SignedText {
  readonly header: string | undefined;
  /** What may have been signed. */
  readonly bodies: readonly string[];
  /** The present key first, then those it replaced. */
  readonly keys: readonly string[];
  readonly nowMs: number;
}

export type Verification = "valid" | "missing" | "malformed" | "too_old" | "wrong";

/** Checks a signature in constant time, within five minutes either way. */
export async function verifySigned({ header, bodies, keys, nowMs }: SignedText): Promise<Verification> {
  if (header === undefined || header === "") return "missing";
  const match = /^t=(\d{1,12})&s=([0-9a-f]{64})$/.exec(header);
  if (match === null) return "malformed";
  const seconds = Number(match[1]);
  if (Math.abs(nowMs - seconds * 1_000) > signatureAgeMsMax) return "too_old";
  for (const key of keys)
    for (const body of bodies)
      if (equalInConstantTime(await hmacHex(hmacSecret(key), `${body}${match[1]}`), match[2] ?? "")) return "valid";
  return "wrong";
}

/** Takes as long for a wrong text as for a right one of the same length. */
export function equalInConstantTime(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let index = 0; index < one.length; index += 1) difference |= one.charCodeAt(index) ^ (other.charCodeAt(index) || 0);
  return difference === 0;
}

const hmacKeys = new Map<string, Promise<CryptoKey>>();

async function hmacHex(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  let key = hmacKeys.get(secret);
  if (key === undefined) {
    key = crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    hmacKeys.set(secret, key);
  }
  return toHex(await crypto.subtle.sign("HMAC", await key, encoder.encode(text)));
}
