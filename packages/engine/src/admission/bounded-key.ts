import { limits, sha1Hex } from "@stepwell/protocol";

const hashLength = 40;

/** Keys are indexed, and a value may be megabytes: one that is too long is its beginning and its hash, so that no two are one. */
export function boundedKey(text: string): string {
  const { idempotencyKeyLengthMax: max } = limits;
  return text.length <= max ? text : `${text.slice(0, max - hashLength - 1)}#${sha1Hex(text)}`;
}
