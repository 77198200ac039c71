import { constraintsOf } from "@stepwell/store";
import type { CastMember } from "../cast.ts";
import type { Row } from "../watcher.ts";
import type { Invariant, View } from "./invariant.ts";

export const slotsWithinLimits: Invariant = {
  name: "I4 no more calls are in flight, and no more runs under way, than the limits of their keys allow; one run of a singleton is alive",
  check(view) {
    if (view.changes.runs.size === 0 || view.cast.members.every(({ limits }) => limits === undefined)) return undefined;
    const held = view.watcher.all(`select function_id, lane_key from runs where holder_id > 0 and ended_at is null
       union all select function_id, lane_key from queue_items where holder_id > 0 and state = 2`);
    const begun = view.watcher.all("select function_id, lane_key from runs where holds = 1 and ended_at is null");
    return tooMany(view, held, ["steps", "shared"]) ?? tooMany(view, begun, ["runs"]) ?? twoOfSingleton(view);
  },
};

/** Of the events of a batch, the first one's key. */
function twoOfSingleton(view: View): string | undefined {
  for (const { slug, limits } of view.cast.members) {
    if (limits?.singleton === undefined) continue;
    const key = limits.singleton.key === undefined ? "''" : "json_extract(e.data, '$.key')";
    const twice = view.watcher.one(
      `select ${key} as key, count(*) as count from runs r join events e on e.seq = r.event_seq join functions f on f.id = r.function_id
        where f.slug = ? and r.ended_at is null and ${key} is not null group by 1 having count(*) > 1`,
      slug,
    );
    if (twice !== undefined) return `${twice["count"]} runs of the singleton ${slug}, key ${twice["key"]}, are alive`;
  }
  return undefined;
}

type Level = "steps" | "shared" | "runs";

/** What is counted together, and the highest limit of those who share it. A row that two limits count in one pool is there once. */
function tooMany(view: View, rows: readonly Row[], levels: readonly Level[]): string | undefined {
  const pools = new Map<string, { count: number; limit: number }>();
  for (const row of rows) {
    const member = view.cast.find(view.functionSlug(Number(row["function_id"])));
    const limits = new Map<string, number>();
    for (const level of levels) {
      const rule = member?.limits?.[level];
      if (member === undefined || rule === undefined) continue;
      const pool = poolOf(member, level, String(row["lane_key"]));
      limits.set(pool, Math.min(limits.get(pool) ?? rule.limit, rule.limit));
    }
    for (const [pool, limit] of limits) {
      const known = pools.get(pool) ?? { count: 0, limit: 0 };
      pools.set(pool, { count: known.count + 1, limit: Math.max(known.limit, limit) });
    }
  }
  for (const [pool, { count, limit }] of pools) if (count > limit) return `${pool} has ${count} where ${limit} are allowed`;
  return undefined;
}

function poolOf({ slug, limits }: CastMember, level: Level, laneKey: string): string {
  const scope = level === "runs" ? "fn" : (limits?.[level]?.scope ?? "fn");
  const kind = level === "runs" ? "run" : `step ${scope}`;
  const value = constraintsOf(laneKey).find(([rule]) => rule.startsWith(`${kind} `))?.[1] ?? "";
  return scope === "fn" ? `${level} of ${slug}, key ${value}` : `steps of all in ${scope}, key ${value}`;
}
