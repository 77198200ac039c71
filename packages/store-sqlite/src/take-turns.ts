/** A lane that waits for the same as others. `isBefore`: its turn comes before that of the lane that is asked about. */
export interface WaitingLane {
  readonly isBefore: boolean;
  /** Ready items, as far as they matter. */
  readonly count: number;
}

/** How many items of another lane go before the item that has `ahead` elders in its own, where each turn is one item. */
export function turnsBefore({ isBefore, count }: WaitingLane, ahead: number): number {
  return Math.min(count, isBefore ? ahead + 1 : ahead);
}

/** Items in the order of their turns: one of each lane, in the order of the lanes, and again. */
export function takeTurns<Item>(lanes: readonly (readonly Item[])[], max: number): readonly Item[] {
  const taken: Item[] = [];
  for (let round = 0; taken.length < max && lanes.some(({ length }) => length > round); round += 1)
    for (const items of lanes) taken.push(...items.slice(round, round + 1));
  return taken.slice(0, max);
}
