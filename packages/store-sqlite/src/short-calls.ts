// The short path of what a call brought: it serves a run with nothing else alive. Its guard is the update of the run's
// row itself, and a step costs one more row.
//
// S1. The guard holds exactly where the long path would let the unit in, or fails; then the long path finds out why.

import type { StatementSync } from "node:sqlite";
import { limits } from "@stepwell/protocol";
import type { CallUnit, Next, OwnLease, SettleStep } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Journal } from "./journal.ts";
import type { Lanes } from "./lanes.ts";
import { Payloads } from "./payloads.ts";
import type { RecentEnds } from "./recent-ends.ts";
import { statusNumbers } from "./rows.ts";

export interface ShortCallParts {
  readonly connection: Connection;
  readonly journal: Journal;
  readonly ends: RecentEnds;
  readonly deadLetters: DeadLetters;
  readonly lanes: Lanes;
}

export class ShortCalls {
  readonly #parts: ShortCallParts;
  readonly #end: StatementSync;
  readonly #endChanged: StatementSync;
  readonly #goOn: StatementSync;
  readonly #goOnChanged: StatementSync;
  readonly #discount: StatementSync;

  constructor(parts: ShortCallParts) {
    this.#parts = parts;
    const prepare = parts.connection.prepare.bind(parts.connection);
    // Without a step that is known and open: whether a settled step is new need not be asked then.
    const guard = `where seq = ?1 and holder_id = ?2 and generation = ?3 and journal_length = ?4 and ended_at is null
         and ties = 0 and step_count = ?4 and state_bytes + ?6 <= ${limits.runStateBytesMax}`;
    const counters = "journal_length = ?5, step_count = ?5, state_bytes = state_bytes + ?6";
    const end = "status = ?7, ended_at = ?8, ended_seq = ?9, holder_id = null, output = ?10, error = ?11";
    const goOn = "generation = ?7, attempt = 0, woken = woken * ?8";
    // Each parameter and each column that is set costs something with every step, so there is a form for what is usual.
    this.#end = prepare(`-- stepwell: units.end\nupdate runs set ${counters}, ${end} ${guard}`);
    this.#endChanged = prepare(`-- stepwell: units.end changed
      update runs
         set ${counters}, ${end},
             version = coalesce(?12, version), plan = coalesce(?13, plan), started_at = coalesce(started_at, ?14)
       ${guard}`);
    this.#goOn = prepare(`-- stepwell: units.go_on\nupdate runs set ${counters}, ${goOn} ${guard}`);
    this.#goOnChanged = prepare(`-- stepwell: units.go_on changed
      update runs
         set ${counters}, ${goOn},
             version = coalesce(?9, version), plan = coalesce(?10, plan), started_at = coalesce(started_at, ?11),
             empty_replies = coalesce(?12, empty_replies)
       ${guard}`);
    this.#discount = prepare(`-- stepwell: units.discount
      update runs set journal_length = journal_length - ?, step_count = step_count - ?, state_bytes = state_bytes - ? where seq = ?`);
  }

  /** False: it was no unit of this kind, or the guard did not hold, and nothing was written. */
  apply(unit: CallUnit): boolean {
    const { lease, next } = unit;
    if (lease.kind !== "own" || lease.journalLength === undefined || !isShort(unit)) return false;
    const { runSeq, journalLength } = lease;
    const settles = unit.effects as readonly SettleStep[];
    let bytes = 0;
    for (const effect of settles) bytes += Buffer.byteLength(effect.memo);
    const length = journalLength + settles.length;
    if (length > limits.stepsPerRunMax) return false;
    const changes =
      next.kind === "end"
        ? this.#endShort(unit, lease, next, length, bytes)
        : this.#goOnShort(unit, lease, next.kind === "keep", length, bytes);
    if (changes === 0) return false;
    if (next.kind === "end") this.#parts.lanes.endRun(runSeq);
    this.#parts.connection.rowsWritten += 1;
    if (next.kind === "end" && next.failure !== undefined) this.#parts.deadLetters.record(runSeq, next.failure, next.endedAt);
    let written = 0;
    let bytesKnown = 0;
    for (const effect of settles) {
      if (this.#parts.journal.write(runSeq, journalLength + written + 1, effect)) written += 1;
      else bytesKnown += Buffer.byteLength(effect.memo);
    }
    // Steps that had their result already were counted by the guard, and do not count.
    const known = settles.length - written;
    if (known > 0) this.#discount.run(known, known, bytesKnown, runSeq);
    return true;
  }

  #endShort(unit: CallUnit, lease: OwnLease, next: Extract<Next, { kind: "end" }>, length: number, bytes: number): number | bigint {
    const { version, plan, startedAt } = unit.change;
    const { runSeq, holderId, generation, journalLength = 0 } = lease;
    const status = statusNumbers[next.status];
    const endedSeq = this.#parts.connection.nextSeq();
    const output = next.output ?? null;
    const error = next.error ?? null;
    this.#parts.ends.push(runSeq, endedSeq, status);
    if (version === undefined && plan === undefined && startedAt === undefined)
      return this.#end.run(runSeq, holderId, generation, journalLength, length, bytes, status, next.endedAt, endedSeq, output, error)
        .changes;
    return this.#endChanged.run(
      runSeq,
      holderId,
      generation,
      journalLength,
      length,
      bytes,
      status,
      next.endedAt,
      endedSeq,
      output,
      error,
      version ?? null,
      flagOf(plan),
      startedAt ?? null,
    ).changes;
  }

  #goOnShort(unit: CallUnit, lease: OwnLease, isKept: boolean, length: number, bytes: number): number | bigint {
    const { version, plan, startedAt, emptyReplies } = unit.change;
    const { runSeq, holderId, generation, journalLength = 0 } = lease;
    const nextGeneration = isKept ? generation + 1 : generation;
    const woken = isKept ? 0 : 1;
    if (version === undefined && plan === undefined && startedAt === undefined && emptyReplies === undefined)
      return this.#goOn.run(runSeq, holderId, generation, journalLength, length, bytes, nextGeneration, woken).changes;
    return this.#goOnChanged.run(
      runSeq,
      holderId,
      generation,
      journalLength,
      length,
      bytes,
      nextGeneration,
      woken,
      version ?? null,
      flagOf(plan),
      startedAt ?? null,
      emptyReplies ?? null,
    ).changes;
  }
}

/** Only settled steps, and a lease that is kept or ends with nothing to sweep. */
function isShort(unit: CallUnit): boolean {
  const { next } = unit;
  if (next.kind === "end") {
    if (next.sweep || next.events !== undefined || (next.output !== undefined && Payloads.isLong(next.output))) return false;
  } else if (next.kind !== "keep" && next.kind !== "stay") return false;
  for (const effect of unit.effects) if (effect.kind !== "settle_step" || effect.wake !== "never") return false;
  return true;
}

function flagOf(plan: boolean | undefined): number | null {
  return plan === undefined ? null : plan ? 1 : 0;
}
