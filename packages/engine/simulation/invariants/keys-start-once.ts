import { limits } from "@stepwell/protocol";
import { mayCollect } from "../draw-limits.ts";
import type { Row } from "../watcher.ts";
import { firstWrong, type Invariant, type View } from "./invariant.ts";

export const keysStartOnce: Invariant = {
  name: "I1 a key of a function's idempotency starts one run within its window",
  check: (view) => firstWrong(view, whatIsWrong),
};

const starts = "runs r join events e on e.seq = r.event_seq where r.status <> 5";

/** What a key's window is counted from is the decision to start a run, which for an event that is sent is when it is received. */
function whatIsWrong(view: View, runSeq: number): string | undefined {
  const { watcher, functionSlug, prunedBefore, setBackMs } = view;
  const run = watcher.one(
    `select r.id, r.function_id, r.queued_at, json_extract(e.data, '$.key') as key from ${starts} and r.seq = ?`,
    runSeq,
  );
  const windowMs = windowOf(view, run);
  // A key that is over is forgotten, and a clock that is set back knows it no more.
  if (run === undefined || windowMs === undefined || (prunedBefore !== undefined && setBackMs > 0)) return undefined;
  const earlier = watcher.one(
    `select r.id, e.received_at from ${starts} and r.function_id = ? and r.seq < ? and json_extract(e.data, '$.key') = ? order by r.seq desc limit 1`,
    Number(run["function_id"]),
    runSeq,
    Number(run["key"]),
  );
  if (earlier === undefined || Number(run["queued_at"]) >= Number(earlier["received_at"]) + windowMs) return undefined;
  const slug = functionSlug(Number(run["function_id"]));
  return `${slug} has run ${run["id"]} of key ${run["key"]} at ${run["queued_at"]}, and had ${earlier["id"]} of an event of ${earlier["received_at"]}`;
}

/** Of a function that starts a run for each event by itself. */
function windowOf({ cast, functionSlug }: View, run: Row | undefined): number | undefined {
  const gates = run === undefined ? undefined : cast.find(functionSlug(Number(run["function_id"])))?.limits;
  if (gates?.idempotency === undefined || mayCollect(gates) || run?.["key"] === null) return undefined;
  return gates.idempotency.windowMs ?? limits.dedupeWindowMs;
}
