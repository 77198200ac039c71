import { createHash, randomBytes } from "node:crypto";
import { hmacSecret } from "@stepwell/protocol";
import type { KeyKind } from "./key-record.ts";

const signingKeyBytes = 32;
const eventKeyBytes = 16;
const idLength = 10;
const endLength = 4;

/** A new key, from the system's random source, in the form SDKs take. */
export function makeKey(kind: KeyKind): string {
  return kind === "signing" ? `signkey-prod-${randomBytes(signingKeyBytes).toString("hex")}` : randomBytes(eventKeyBytes).toString("hex");
}

/**
 * What a key is called. The digest is one of its own, because the plain one of a signing key is a bearer token that opens
 * the API. With its prefix or without, in capitals or not, a signing key is the same.
 */
export function keyId(kind: KeyKind, key: string): string {
  const text = kind === "signing" ? hmacSecret(key).toLowerCase() : key;
  return createHash("sha256").update(`stepwell ${kind} key\n${text}`).digest("hex").slice(0, idLength);
}

/** The last characters of a key; of a short one none, so that most of any key stays unsaid. */
export function keyEnd(key: string): string {
  return key.slice(key.length - Math.min(endLength, Math.floor(key.length / 4)));
}

export function eventKeyDigest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
