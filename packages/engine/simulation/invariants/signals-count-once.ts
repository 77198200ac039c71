import { firstWrong, type Invariant, type View } from "./invariant.ts";

export const signalsCountOnce: Invariant = {
  name: "W3 a signal ends one step, and whoever sent it is told which run that was",
  check(view) {
    const wrong = firstWrong(view, whatIsWrong);
    return wrong ?? wrongWithAnswers(view);
  },
};

function whatIsWrong({ watcher, ledger }: View, runSeq: number): string | undefined {
  const entries = watcher.all(
    "select step_id, name, memo, started_at, ended_at, due_at from journal_entries where run_seq = ? and op = 'WaitForSignal' and ord is not null",
    runSeq,
  );
  for (const entry of entries) {
    if (!ledger.judge(runSeq, String(entry["step_id"]))) continue;
    const memo = JSON.parse(String(entry["memo"])) as {
      readonly data?: { readonly data?: string };
      readonly error?: { readonly name?: string };
    } | null;
    const number = memo?.data?.data;
    if (number !== undefined) {
      const before = ledger.signalsTaken.get(number);
      if (before !== undefined) return `${number} ended step ${before.step} of run ${before.runSeq}, and ${entry["name"]} of ${runSeq}`;
      ledger.signalsTaken.set(number, { runSeq, step: String(entry["name"]) });
    } else if (memo !== null && memo.error?.name !== "SignalConflictError")
      return `the signal step ${entry["name"]} of run ${runSeq} ended as ${entry["memo"]}`;
  }
  return undefined;
}

function wrongWithAnswers({ watcher, ledger }: View): string | undefined {
  for (const [number, answer] of ledger.signals) {
    ledger.signals.delete(number);
    if (answer === "kept") continue;
    const taken = ledger.signalsTaken.get(number);
    const run = taken === undefined ? undefined : watcher.one("select id from runs where seq = ?", taken.runSeq);
    if (taken === undefined) return `${number} was said to have woken run ${answer}, and no step has it`;
    if (run !== undefined && run["id"] !== answer) return `${number} was said to have woken run ${answer}, and woke ${run["id"]}`;
  }
  return undefined;
}
