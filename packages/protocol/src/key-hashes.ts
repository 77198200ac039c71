// What stands for a key where the key itself is not shown: hashes over its bytes.

import { equalInConstantTime } from "./signature.ts";
import { hmacSecret } from "./signing-key.ts";
import { toHex } from "./to-hex.ts";

/** What SDKs send as bearer: SHA-256 over the key's bytes, in hex. Without the prefix, which some SDKs keep. */
export async function bearerHash(signingKey: string): Promise<string> {
  return sha256Hex(fromHex(hmacSecret(signingKey)));
}

/** The form with the prefix kept. */
export async function hashSigningKey(signingKey: string): Promise<string> {
  return `${signingKey.slice(0, signingKey.length - hmacSecret(signingKey).length)}${await bearerHash(signingKey)}`;
}

/** Whether a bearer token is one of our keys, plain or hashed, with its prefix or without. */
export async function bearerMatches(token: string, signingKeys: readonly string[]): Promise<boolean> {
  const given = hmacSecret(token);
  let matches = false;
  for (const key of signingKeys) {
    if (equalInConstantTime(given, hmacSecret(key))) matches = true;
    if (equalInConstantTime(given, await bearerHash(key))) matches = true;
  }
  return matches;
}

export function hashEventKey(eventKey: string): Promise<string> {
  return sha256Hex(new TextEncoder().encode(eventKey));
}

async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(await crypto.subtle.digest("SHA-256", bytes));
}

/** The bytes of hex text; of any other text its own bytes, so that a key that is not hex still has one hash. */
function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}
