import { firstWrong, type Invariant, type View } from "./invariant.ts";

const kindsOfSteps = "kind <> 1";

export const waitsAreOpen: Invariant = {
  name: "W2 what waits is a step without a result, one for each signal's name; a kept signal and a wait for it do not stand side by side",
  check(view) {
    const wrong = firstWrong(view, whatIsWrong);
    if (wrong !== undefined || view.changes.runs.size === 0) return wrong;
    const two = view.watcher.one("select name from waits where kind = 2 group by environment_id, name having count(*) > 1 limit 1");
    if (two !== undefined) return `two wait for the signal ${two["name"]}`;
    const kept = view.watcher.one(
      "select k.name from kept_signals k join waits w on w.environment_id = k.environment_id and w.name = k.name and w.kind = 2 where k.kept_until > ?1 and w.due_at > ?1 limit 1",
      view.latestNow,
    );
    return kept === undefined ? undefined : `the signal ${kept["name"]} is kept, and a run waits for it`;
  },
};

function whatIsWrong({ watcher }: View, runSeq: number): string | undefined {
  const settled = watcher.one(
    `select j.name from waits w join journal_entries j on j.run_seq = w.run_seq and j.step_id = w.step_id
      where w.run_seq = ? and w.${kindsOfSteps} and (j.state <> 3 or j.ended_at is not null) limit 1`,
    runSeq,
  );
  if (settled !== undefined) return `step ${settled["name"]} of run ${runSeq} is over and waits`;
  const unknown = watcher.one(
    `select step_id from waits w where run_seq = ? and ${kindsOfSteps} and not exists (select 1 from journal_entries j where j.run_seq = w.run_seq and j.step_id = w.step_id) limit 1`,
    runSeq,
  );
  return unknown === undefined ? undefined : `run ${runSeq} waits for a step ${unknown["step_id"]} that it does not have`;
}
