import { sha1Bytes } from "./sha1.ts";

/** Our own namespace for names that need a UUID (RFC 9562, version 5). */
const namespace = Uint8Array.from([0x5b, 0x1e, 0x9c, 0x40, 0x7d, 0x0a, 0x4f, 0x6e, 0x93, 0xc2, 0x2f, 0x88, 0x1d, 0x64, 0xa7, 0xe5]);

/** The same name always gives the same UUID: functions and apps keep theirs when a database is made anew. */
export function uuidFromName(name: string): string {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array(namespace.length + text.length);
  bytes.set(namespace);
  bytes.set(text, namespace.length);
  const hash = sha1Bytes(bytes).slice(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
