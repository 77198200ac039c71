import type { Invariant } from "./invariant.ts";

export const lanesHaveItems: Invariant = {
  name: "I9 lanes exist for ready items and for nothing else",
  check({ watcher, changes }) {
    if (changes.runs.size === 0) return undefined;
    const lane = watcher.one(
      "select id from lanes l where not exists (select 1 from queue_items q where q.lane_id = l.id and q.state = 1) limit 1",
    );
    if (lane !== undefined) return `lane ${lane["id"]} has no ready item`;
    for (const seq of changes.runs) {
      const item = watcher.one(
        "select id from queue_items q where run_seq = ? and state = 1 and not exists (select 1 from lanes l where l.id = q.lane_id) limit 1",
        seq,
      );
      if (item !== undefined) return `item ${item["id"]} is ready and stands in no lane`;
    }
    return undefined;
  },
};
