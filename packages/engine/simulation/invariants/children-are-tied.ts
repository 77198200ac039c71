import { hashOf, leavesOf } from "@stepwell/engine/testing";
import { collects } from "../draw-limits.ts";
import type { Row } from "../watcher.ts";
import { firstWrong, type Invariant, type View } from "./invariant.ts";

export const childrenAreTied: Invariant = {
  name: "W4 a step that invokes has one child, ends with it in the same commit, and tells how it ended",
  check: (view) => firstWrong(view, (each, seq) => wrongAsParent(each, seq) ?? wrongAsChild(each, seq)),
};

function wrongAsParent(view: View, runSeq: number): string | undefined {
  const { watcher, ledger } = view;
  const steps = watcher.all(
    "select step_id, name, state, ord, coalesce(memo, p.body) as memo, ended_at, due_at from journal_entries left join payloads p on p.id = memo_payload where run_seq = ? and op = 'InvokeFunction' and state >= 3",
    runSeq,
  );
  for (const step of steps) {
    const children = watcher.all(
      "select r.id, r.status, r.ended_at, coalesce(r.output, p.body) as output from invokes i left join runs r on r.seq = i.child_run_seq left join payloads p on p.id = r.output_payload where i.parent_run_seq = ? and i.step_id = ?",
      runSeq,
      String(step["step_id"]),
    );
    if (children.length > 1) return `step ${step["name"]} of run ${runSeq} has ${children.length} children`;
    if (step["ord"] === null) {
      if (children.length === 0 && !isCollected(view, runSeq, step) && !mayBeWithout(view, runSeq, step))
        return `step ${step["name"]} of run ${runSeq} waits for a child that it does not have`;
      continue;
    }
    if (!ledger.judge(runSeq, String(step["step_id"]))) continue;
    const wrong = wrongWithResult(view, step, children[0]);
    if (wrong !== undefined) return `step ${step["name"]} of run ${runSeq} ${wrong}`;
  }
  return undefined;
}

/** What a child's event says. */
const childNumber = 0;

/** The child begins later, with what other events bring. */
function isCollected({ watcher }: View, runSeq: number, step: Row): boolean {
  return (
    watcher.one("select 1 from pending_events where parent_run_seq = ? and step_id = ?", runSeq, String(step["step_id"])) !== undefined
  );
}

/**
 * Who waits no more, because it lost its race or its run has ended, has no part in what becomes of an event that was collected:
 * the run that begins with it is not its child, and one that begins without it is not told. Any other child is there from the start.
 */
function mayBeWithout({ watcher, cast, functionSlug }: View, runSeq: number, step: Row): boolean {
  const run = watcher.one("select function_id, ended_at from runs where seq = ?", runSeq);
  if (step["ended_at"] === null && run?.["ended_at"] === null) return false;
  const program = cast.find(functionSlug(Number(run?.["function_id"])))?.program ?? [];
  const leaf = leavesOf(program).find(({ id }) => hashOf(id) === step["step_id"]);
  return leaf?.kind === "invoke" && collects(cast.find(leaf.functionName)?.limits, childNumber);
}

function wrongWithResult(view: View, step: Row, child: Row | undefined): string | undefined {
  const memo = JSON.parse(String(step["memo"])) as { readonly data?: unknown; readonly error?: { readonly name?: string } };
  if (memo.error === undefined) {
    const isSame = child?.["status"] === 2 && JSON.stringify(memo.data) === JSON.stringify(JSON.parse(String(child["output"] ?? "null")));
    return isSame ? undefined : `has the result ${step["memo"]}, and its child ended as ${child?.["status"]} with ${child?.["output"]}`;
  }
  if (memo.error.name === "InngestInvokeTimeoutError")
    return Number(step["ended_at"]) + view.setBackMs < Number(step["due_at"])
      ? `was due at ${step["due_at"]} and timed out at ${step["ended_at"]}`
      : undefined;
  return child !== undefined && (child["status"] === 2 || child["ended_at"] === null)
    ? `failed as ${memo.error.name}, and its child ${child["id"]} has status ${child["status"]}`
    : undefined;
}

/** Nobody waits for a child that has ended. */
function wrongAsChild({ watcher }: View, runSeq: number): string | undefined {
  const waiting = watcher.one(
    `select r.id, j.name from invokes i join runs c on c.seq = i.child_run_seq join runs r on r.seq = i.parent_run_seq
       join journal_entries j on j.run_seq = i.parent_run_seq and j.step_id = i.step_id
      where i.child_run_seq = ? and c.ended_at is not null and r.ended_at is null and j.ord is null and j.ended_at is null`,
    runSeq,
  );
  return waiting === undefined ? undefined : `step ${waiting["name"]} of run ${waiting["id"]} waits for a child that has ended`;
}
