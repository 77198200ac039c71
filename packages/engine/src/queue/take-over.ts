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

/** Frees what dead holders held, a slice at a time; resolves with how many items that were. */
export async function takeOver({ store, clock, countLosses }: TakeOverParams): Promise<number> {
  let freed = 0;
  for (let more = true; more; ) {
    const slice = await store.queue.takeOver({ now: clock.now(), epoch: store.holder.epoch, limit: freedPerSlice, countLosses });
    freed += slice.freed;
    more = slice.more;
  }
  return freed;
}
