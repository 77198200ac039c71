import type { EpochMs, EventId } from "./ids.ts";
import { encodeUlid } from "./ulid.ts";

/** What a sender puts beside its events so that a retried send is answered with the same ids. */
export interface EventIdSeed {
  /** The sender's own time when it made the seed. */
  readonly senderNowAt: EpochMs;
  /** Ten bytes. */
  readonly entropy: Uint8Array;
}

/** Reads the header `<millis>,<base64 of 10 bytes>`; anything else is as if there were none. */
export function parseEventIdSeed(header: string | undefined): EventIdSeed | undefined {
  if (header === undefined) return undefined;
  const comma = header.indexOf(",");
  if (comma < 1 || header.indexOf(",", comma + 1) !== -1) return undefined;
  const millis = Number(header.slice(0, comma));
  if (!Number.isSafeInteger(millis) || millis <= 0 || millis >= 2 ** 48) return undefined;
  const entropy = decodeBase64(header.slice(comma + 1));
  return entropy?.length === 10 ? { senderNowAt: millis as EpochMs, entropy } : undefined;
}

/**
 * The id of the event at `index`: the seed's bytes with the last four, read as one number, raised by the index.
 *
 * @param index - From 1 for the first event of a request to `/e/`.
 */
export function seededEventId(seed: EventIdSeed, index: number): EventId {
  const bytes = new Uint8Array(seed.entropy);
  const view = new DataView(bytes.buffer);
  view.setUint32(6, (view.getUint32(6) + index) >>> 0);
  return encodeUlid(seed.senderNowAt, bytes) as EventId;
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // Not base64: the header is ignored.
  }
}
