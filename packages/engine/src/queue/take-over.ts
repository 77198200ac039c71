import type { Store } from "@stepwell/store";
import type { Clock } from "../seams/clock.ts";

/** Items freed in one commit: short enough that a restart serves its first request meanwhile. */
const freedPerSlice = 500;

export interface TakeOverParams {
  readonly store: Store;
  readonly clock: Clock;
  /** User code runs in the holder's process, so it may be what kills it. */
  readonly countLosses: boolean;
}

export interface TakenOver {
  /** How many items were freed. */
  readonly freed: number;
  /** Those of them that were lost so often that one may be what ends its holders. */
  readonly suspects: number;
}

/** Frees what dead holders held, a slice at a time. */
export async function takeOver({ store, clock, countLosses }: TakeOverParams): Promise<TakenOver> {
  let [freed, suspects] = [0, 0];
  for (let more = true; more; ) {
    const slice = await store.queue.takeOver({ now: clock.now(), epoch: store.holder.epoch, limit: freedPerSlice, countLosses });
    freed += slice.freed;
    suspects += slice.suspects;
    more = slice.more;
  }
  return { freed, suspects };
}
