import type { Invariant } from "./invariant.ts";

export const refusalsAreWhole: Invariant = {
  name: "I8 what is refused (events, syncs, checkpoints, replies) is refused whole, with a code and a sentence",
  check({ watcher, changes }) {
    for (const seq of changes.runs) {
      const entry = watcher.one("select name from journal_entries where run_seq = ? and name like 'refused%' limit 1", seq);
      if (entry !== undefined) return `run ${seq} has recorded ${entry["name"]} of a reply that was refused`;
    }
    return undefined;
  },
};
