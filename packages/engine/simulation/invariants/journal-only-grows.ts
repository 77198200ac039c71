import { staleData } from "../app-side.ts";
import type { Row } from "../watcher.ts";
import { firstWrong, type Invariant, type View } from "./invariant.ts";

export const journalOnlyGrows: Invariant = {
  name: "I2 a step has one result, which never changes and is told to every later call; the journal has no gap",
  check: (view) => firstWrong(view, whatIsWrong),
};

function whatIsWrong({ watcher, ledger }: View, seq: number): string | undefined {
  const run = watcher.one("select journal_length, step_count, state_bytes, group_no, group_open from runs where seq = ?", seq);
  if (run === undefined) return undefined;
  const wrong = whatIsWrongWithJournal({ watcher, ledger, run, seq });
  return wrong === undefined ? undefined : `run ${seq}: ${wrong}`;
}

interface Subject extends Pick<View, "watcher" | "ledger"> {
  readonly run: Row;
  readonly seq: number;
}

function whatIsWrongWithJournal({ watcher, ledger, run, seq }: Subject): string | undefined {
  const entries = watcher.all(
    "select j.step_id, j.name, j.state, j.ord, j.group_no, j.memo_event, coalesce(j.memo, p.body) as memo from journal_entries j left join payloads p on p.id = j.memo_payload where j.run_seq = ? order by j.ord",
    seq,
  );
  const results = ledger.results.get(seq) ?? new Map<string, string>();
  ledger.results.set(seq, results);
  let length = 0;
  let open = 0;
  for (const entry of entries) {
    if (entry["ord"] === null) {
      if (Number(entry["group_no"]) > 0 && entry["group_no"] === run["group_no"]) open += 1;
      continue;
    }
    length += 1;
    const step = String(entry["step_id"]);
    if (entry["ord"] !== length) return `result ${length} stands at ${entry["ord"]}, of step ${entry["name"]}`;
    const memo = entry["memo_event"] === null ? String(entry["memo"]) : `event ${entry["memo_event"]}`;
    if (memo.includes(staleData)) return `step ${entry["name"]} has the result of a call that was over`;
    if (String(entry["name"]).startsWith("refused")) return `step ${entry["name"]} of a reply that was refused has a result`;
    const value = `${length} ${memo}`;
    const first = results.get(step);
    if (first === undefined) results.set(step, value);
    else if (first !== value) return `the result of step ${entry["name"]} was ${first} and is ${value}`;
  }
  if (results.size !== length) return `it had ${results.size} results and has ${length}`;
  if (run["journal_length"] !== length) return `it says ${run["journal_length"]} settled steps and has ${length}`;
  if (Number(run["step_count"]) < entries.length) return `it says ${run["step_count"]} steps and has ${entries.length}`;
  if (run["group_open"] !== open) return `its group has ${open} open steps, and it says ${run["group_open"]}`;
  return undefined;
}
