import { firstWrong, type Invariant, type View } from "./invariant.ts";

export const ticksAreSingle: Invariant = {
  name: "W7 a schedule has one run for each moment, and none before it",
  check: (view) => firstWrong(view, whatIsWrong),
};

function whatIsWrong({ watcher, functionSlug, setBackMs }: View, runSeq: number): string | undefined {
  const run = watcher.one(
    "select r.id, r.function_id, r.queued_at, r.event_seq, e.data from runs r join events e on e.seq = r.event_seq where r.seq = ? and e.name = 'inngest/scheduled.timer'",
    runSeq,
  );
  if (run === undefined) return undefined;
  const { scheduledAt, fireAt } = JSON.parse(String(run["data"])) as { readonly scheduledAt: string; readonly fireAt: string };
  if (Date.parse(fireAt) > Number(run["queued_at"]) + setBackMs) return `the run of ${fireAt} was made at ${run["queued_at"]}`;
  const twin = watcher.one(
    "select r.id from events e join runs r on r.event_seq = e.seq where e.name = 'inngest/scheduled.timer' and r.function_id = ? and e.data = ? and r.seq <> ?",
    Number(run["function_id"]),
    String(run["data"]),
    runSeq,
  );
  return twin === undefined
    ? undefined
    : `${functionSlug(Number(run["function_id"]))} has two runs of ${scheduledAt}: ${run["id"]} and ${twin["id"]}`;
}
