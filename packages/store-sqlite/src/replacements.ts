// What a start does where another run has its singleton: it is skipped, or that run ends for it.

import type { StatementSync } from "node:sqlite";
import type { RunId, StoreSeq } from "@stepwell/protocol";
import type { ReplacedRun, StartResult, StartRun, UnitOutcome } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { statusNumbers } from "./rows.ts";
import { dueAtOnce, type Timers } from "./timers.ts";

export interface ReplacementParts {
  readonly connection: Connection;
  readonly timers: Timers;
  /** Ends a run that is alive as cancelled. */
  readonly endRun: (runSeq: StoreSeq, reason: string, now: number) => void;
}

interface SkippedFacts {
  readonly eventSeq: number;
  readonly environmentId: number;
  readonly now: number;
  readonly by: RunId;
}

export class Replacements {
  readonly #parts: ReplacementParts;
  readonly #insertSkipped: StatementSync;
  /** Of the unit that is being applied. */
  #ofUnit: ReplacedRun[] = [];

  constructor(parts: ReplacementParts) {
    this.#parts = parts;
    this.#insertSkipped = parts.connection.prepare(`-- stepwell: runs.append skipped
      insert into runs (seq, id, environment_id, function_id, event_seq, status, queued_at, ended_at, ended_seq, holder_id, generation,
                        attempt, lease_losses, woken, journal_length, step_count, state_bytes, group_no, group_open, version, plan,
                        empty_replies, cancel_reason, warnings, origin)
      values (?, ?, ?, ?, ?, ${statusNumbers.skipped}, ?, ?, ?, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, ?, ?, ?)`);
  }

  /** A run that is over as it begins, so that it can be found, and says who was there. */
  skip(start: StartRun, { eventSeq, environmentId, now, by }: SkippedFacts): StartResult {
    const { connection } = this.#parts;
    const runSeq = connection.nextSeq() as StoreSeq;
    const endedSeq = connection.nextSeq();
    const { runId, functionId, warnings, origin } = start;
    const reason = reasonOf(by);
    this.#insertSkipped.run(
      runSeq,
      runId,
      environmentId,
      functionId,
      eventSeq,
      now,
      now,
      endedSeq,
      reason,
      warnings ?? null,
      origin ?? null,
    );
    connection.rowsWritten += 1;
    return { kind: "skipped", runSeq, by };
  }

  /** Whoever listens to the end of the run is told in a unit of its own, which the timer owns. */
  replace(replaced: ReplacedRun, by: RunId, now: number): void {
    this.#parts.endRun(replaced.runSeq, reasonOf(by), now);
    this.#parts.timers.set({ kind: "tell_end", subject: replaced.runId, dueAt: dueAtOnce });
    this.#ofUnit.push(replaced);
  }

  /** Before each unit: what one that failed has replaced was taken back. */
  begin(): void {
    if (this.#ofUnit.length > 0) this.#ofUnit = [];
  }

  /** The outcome of the unit, with the runs that gave way to it. */
  tell(outcome: UnitOutcome): UnitOutcome {
    if (this.#ofUnit.length === 0 || (outcome.kind !== "accepted" && outcome.kind !== "committed")) return outcome;
    return { ...outcome, replaced: this.#ofUnit };
  }
}

function reasonOf(by: RunId): string {
  return `singleton ${by}`;
}

/** A run that a later unit of the batch replaced is nobody's to begin. */
export function withoutReplaced(outcomes: readonly UnitOutcome[]): readonly UnitOutcome[] {
  const replaced = replacedIn(outcomes);
  if (replaced === undefined) return outcomes;
  const startOf = (start: StartResult): StartResult =>
    start.kind === "leased" && replaced.has(start.runSeq) ? { kind: "replaced", runSeq: start.runSeq } : start;
  return outcomes.map((outcome) => {
    if ((outcome.kind !== "accepted" && outcome.kind !== "committed") || outcome.events === undefined) return outcome;
    const events = outcome.events.map((event) => (event.kind === "stored" ? { ...event, starts: event.starts.map(startOf) } : event));
    return { ...outcome, events };
  });
}

/** Nearly every batch has none, and is asked with each commit: nothing is made for it. */
function replacedIn(outcomes: readonly UnitOutcome[]): ReadonlySet<StoreSeq> | undefined {
  let replaced: Set<StoreSeq> | undefined;
  for (const outcome of outcomes) {
    if (!("replaced" in outcome)) continue;
    for (const { runSeq } of outcome.replaced ?? []) {
      replaced ??= new Set();
      replaced.add(runSeq);
    }
  }
  return replaced;
}
