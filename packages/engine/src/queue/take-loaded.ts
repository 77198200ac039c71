import { isEnded } from "@stepwell/protocol";
import type { ClaimedItem, Store } from "@stepwell/store";
import type { Registry } from "../apps/registry.ts";
import { takeClaimed } from "../runs/take-in-hand.ts";
import type { Hands } from "./hands.ts";

export interface TakeLoadedParts {
  readonly store: Store;
  readonly registry: Registry;
  readonly hands: Hands;
}

/** What was claimed comes in hand, with what its runs have done. */
export async function takeLoaded({ store, registry, hands }: TakeLoadedParts, items: readonly ClaimedItem[]): Promise<void> {
  if (items.length === 0) return;
  const mark = store.waits.mark();
  const states = await store.runs.load(
    items.map((item) => ({ runSeq: item.runSeq, ...(item.snapshotLength === undefined ? {} : { journalLength: item.snapshotLength }) })),
  );
  for (const [index, item] of items.entries()) {
    const state = states[index];
    const entry = registry.entry(item.functionId);
    if (state === undefined || entry === undefined) continue;
    // Cancelled, or given to somebody else, while it waited for room.
    if (isEnded(state.run.status) || (item.kind === "own" && state.run.generation !== item.generation)) continue;
    hands.takeClaimed(takeClaimed(item, state, entry, mark));
  }
}
