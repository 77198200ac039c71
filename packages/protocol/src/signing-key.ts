// Signing keys as text. The secret is the key's text without its prefix.

const prefix = /^signkey-\w+-/;

/** The text that keys the HMAC: the signing key without `signkey-<env>-`. It is used as text, not as hex. */
export function hmacSecret(signingKey: string): string {
  return signingKey.replace(prefix, "");
}

/** Whether a text is a signing key: hex digits, in pairs, with `signkey-<env>-` before them or without. */
export function isSigningKey(text: string): boolean {
  return /^([0-9a-f]{2})+$/i.test(hmacSecret(text));
}
