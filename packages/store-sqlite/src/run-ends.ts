// What follows from the end of a run in the same unit: its waits and timers go, the steps that wait for it have their
// result, and children that were to end with it are due to be cancelled.

import type { StatementSync } from "node:sqlite";
import { asJson, type JsonText, memoForStepRun, withoutCode } from "@stepwell/protocol";
import type { EndedStatus } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { Journal } from "./journal.ts";
import { numberOf, textOf } from "./rows.ts";
import type { RunRow, RunRows } from "./run-row.ts";
import { runTies } from "./run-ties.ts";
import type { Singletons } from "./singletons.ts";
import { dueAtOnce, type Timers } from "./timers.ts";
import type { WaitRows } from "./wait-rows.ts";
import type { WaitUnits } from "./wait-units.ts";

export interface RunEndParts {
  readonly connection: Connection;
  readonly rows: WaitRows;
  readonly units: WaitUnits;
  readonly timers: Timers;
  readonly journal: Journal;
  readonly runs: RunRows;
  readonly singletons: Singletons;
}

export interface RunEnd {
  readonly status: EndedStatus;
  readonly output: string | null;
  /** What parts of the output were before they became JSON. */
  readonly types?: JsonText | undefined;
  readonly error: string | null;
  readonly reason: string | null;
}

export class RunEnds {
  readonly #parts: RunEndParts;
  readonly #parents: StatementSync;
  readonly #children: StatementSync;
  readonly #dropRequests: StatementSync;

  constructor(parts: RunEndParts) {
    this.#parts = parts;
    const prepare = parts.connection.prepare.bind(parts.connection);
    this.#parents = prepare("-- stepwell: invokes.parents\nselect parent_run_seq, step_id from invokes where child_run_seq = ?");
    this.#children = prepare(`-- stepwell: invokes.children
      select r.id from invokes i join runs r on r.seq = i.child_run_seq where i.parent_run_seq = ? and i.cancels_child = 1 and r.ended_at is null`);
    this.#dropRequests = prepare("-- stepwell: step_requests.end_run\ndelete from step_requests where run_seq = ?");
  }

  follow(run: RunRow, end: RunEnd, now: number): void {
    const { rows, timers, singletons } = this.#parts;
    rows.removeAll(run.seq);
    this.#dropRequests.run(run.seq);
    if (run.ties === 0) return;
    timers.removeAll(run.seq);
    if ((run.ties & runTies.singleton) !== 0) singletons.giveBack(run.seq);
    if ((run.ties & runTies.children) !== 0) this.#endChildren(run);
    if ((run.ties & runTies.parent) !== 0) this.#tellParents(run, end, now);
  }

  #endChildren(run: RunRow): void {
    for (const row of this.#children.all(run.seq))
      this.#parts.timers.set({ kind: "cancel_run", subject: textOf(row, "id"), dueAt: dueAtOnce, data: '"parent_ended"' });
  }

  #tellParents(run: RunRow, end: RunEnd, now: number): void {
    const { rows, units, runs, journal } = this.#parts;
    for (const link of this.#parents.all(run.seq)) {
      const wait = rows.ofStep(numberOf(link, "parent_run_seq"), "invoke", textOf(link, "step_id"));
      const parent = wait === undefined ? undefined : runs.find(wait.run_seq);
      if (wait === undefined || parent === undefined || parent.ended_at !== null) continue;
      rows.remove(wait);
      units.settle(parent, wait, { memo: memoOf(run, end), failed: end.status !== "completed", endedAt: now }, now);
      if (journal.keepAlive(parent, now)) parent.empty_replies += 1;
      runs.write(parent);
    }
  }
}

/** The child's end as its parent's step sees it. */
function memoOf(run: RunRow, end: RunEnd): JsonText {
  if (end.status === "completed")
    return memoForStepRun({ data: (end.output ?? "null") as JsonText, ...(end.types === undefined ? {} : { types: end.types }) });
  if (end.status === "failed") return `{"error":${withData(end.error)}}` as JsonText;
  const message = `the invoked run ${run.id} was ${end.status}${end.reason === null ? "" : `: ${end.reason}`}`;
  const [name, code] = end.status === "cancelled" ? ["InvokedRunCancelledError", "child_cancelled"] : ["InvokedRunSkippedError", "skipped"];
  return asJson({ error: { name, message, code, noRetry: true, data: null } });
}

/** One SDK needs `data` in the error of a step; an error that has some keeps it. */
function withData(error: string | null): JsonText {
  const stored: unknown = error === null ? undefined : JSON.parse(withoutCode(error as JsonText));
  return asJson({ data: null, name: "Error", message: "the invoked run failed", ...(typeof stored === "object" ? stored : {}) });
}
