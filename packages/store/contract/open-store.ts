import type { EpochMs } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";

/** A store on a place of its own, and what the contract cannot ask of the seam. */
export interface StoreBench {
  readonly store: Store;
  /** Closes the store and opens the same data again, as a process that starts anew. */
  reopen(now: EpochMs): Promise<Store>;
  /** Rows of what is under way: items, lanes, turns. */
  countUnderWay(): number;
  /** Rows of what the server itself does for steps. */
  countRequests(): number;
  /** Rows of what gates starts: keys of rate limits, and of singletons. */
  countGateRows(): number;
  dispose(): Promise<void>;
}

export type OpenStore = () => Promise<StoreBench>;
