import { firstWrong, type Invariant, type View } from "./invariant.ts";

/** Where something of a run stands while the run is alive, and nowhere later. */
const places = ["queue_items", "waits", "timers", "step_requests"];

export const endsAreFinal: Invariant = {
  name: "I3 a run ends once, and nothing of an ended run is queued, waiting, timed or held",
  check: (view) => firstWrong(view, whatIsWrong),
};

function whatIsWrong(view: View, seq: number): string | undefined {
  const { watcher, ledger, prunedBefore } = view;
  const run = watcher.one("select id, status, ended_at, ended_seq, output, output_payload, error, holder_id from runs where seq = ?", seq);
  const first = ledger.ends.get(seq);
  if (run === undefined) {
    if (first === undefined) return `run ${seq} is gone and had not ended`;
    return prunedBefore !== undefined && first.endedAt < prunedBefore ? undefined : `run ${seq} is gone before its time`;
  }
  if (run["ended_at"] === null) return first === undefined ? undefined : `run ${run["id"]} had ended as ${first.text} and is alive again`;
  const text = `${run["status"]} ${run["ended_at"]} ${run["ended_seq"]} ${run["output"] ?? run["output_payload"]} ${run["error"]}`;
  if (first === undefined) {
    ledger.ends.set(seq, { text, endedAt: Number(run["ended_at"]), seenAt: view.now });
    ledger.newestEnd = Math.max(ledger.newestEnd, Number(run["ended_seq"]));
  } else if (first.text !== text) return `run ${run["id"]} ended as ${first.text} and then as ${text}`;
  if (run["holder_id"] !== null) return `run ${run["id"]} has ended and is held`;
  for (const place of places)
    if (watcher.one(`select 1 from ${place} where run_seq = ? limit 1`, seq) !== undefined)
      return `run ${run["id"]} has ended and something of it stands in ${place}`;
  return undefined;
}
