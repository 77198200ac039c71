import type { Invariant } from "./invariant.ts";

export const holdersAreAlive: Invariant = {
  name: "I5 after a take-over all that is held is held by the new owner, and nothing of an older lease is taken",
  check({ watcher, ownerId }) {
    if (ownerId === undefined) return undefined;
    const run = watcher.one("select id, holder_id from runs where holder_id <> ? and ended_at is null limit 1", ownerId);
    if (run !== undefined) return `run ${run["id"]} is held by ${run["holder_id"]}, and ${ownerId} owns the file`;
    const item = watcher.one("select id, holder_id from queue_items where state = 2 and holder_id <> ? limit 1", ownerId);
    return item === undefined ? undefined : `item ${item["id"]} is held by ${item["holder_id"]}, and ${ownerId} owns the file`;
  },
};
