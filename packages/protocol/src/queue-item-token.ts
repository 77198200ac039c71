import { type ItemId, isUlid, type RunId } from "./ids.ts";

/** Names one call of one queue item. Every SDK that checkpoints echoes it, so it is what fences a late checkpoint. */
export interface QueueItemToken {
  readonly itemId: ItemId | RunId;
  readonly generation: number;
}

/** The text of `ctx.qi_id`: base64url of `<item id>:<generation>`. */
export function encodeQueueItemToken({ itemId, generation }: QueueItemToken): string {
  return btoa(`${itemId}:${generation}`).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** `undefined`: not one of ours. */
export function decodeQueueItemToken(text: string): QueueItemToken | undefined {
  let plain: string;
  try {
    plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined; // Not base64.
  }
  const colon = plain.indexOf(":");
  const generation = Number(plain.slice(colon + 1));
  if (colon !== 26 || !isUlid(plain.slice(0, 26)) || !/^\d{1,15}$/.test(plain.slice(colon + 1))) return undefined;
  return { itemId: plain.slice(0, 26) as ItemId, generation };
}
