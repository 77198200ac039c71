// Runs that failed, grouped. A run that does not fail writes nothing here.

import type { StatementSync } from "node:sqlite";
import { limits, type RunId } from "@stepwell/protocol";
import type { FailureFacts, FailureState, PruneParams, SetFailureStateUnit, UnitOutcome } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf } from "./rows.ts";

export const failureStateNumbers = { open: 0, resolved: 1, ignored: 2 } as const satisfies Record<FailureState, number>;

const { open, resolved } = failureStateNumbers;

/** What counts the failures of a function that has too many kinds of them. */
const otherFacts = { name: "Other failures", template: "failures of more kinds than are told apart (failureGroupsPerFunctionMax)" };

export class DeadLetters {
  readonly #connection: Connection;
  readonly #count: StatementSync;
  readonly #functionOf: StatementSync;
  readonly #groupsOf: StatementSync;
  readonly #insertGroup: StatementSync;
  readonly #insert: StatementSync;
  readonly #setState: StatementSync;
  readonly #remove: StatementSync;
  readonly #uncount: StatementSync;
  readonly #redrivenAs: StatementSync;
  readonly #redrive: StatementSync;
  readonly #countRedriven: StatementSync;
  readonly #prune: StatementSync;

  constructor(connection: Connection) {
    this.#connection = connection;
    const prepare = connection.prepare.bind(connection);
    this.#count = prepare(`-- stepwell: failures.count
      update failure_groups
         set count = count + 1, kept = kept + 1, last_at = ?2, last_seq = ?3,
             reopened_at = iif(state = ${resolved}, ?2, reopened_at), state = iif(state = ${resolved}, ${open}, state)
       where environment_id = (select environment_id from runs where seq = ?1) and fingerprint = ?4
      returning seq`);
    this.#functionOf = prepare("-- stepwell: failures.function\nselect function_id, environment_id from runs where seq = ?");
    this.#groupsOf = prepare(`-- stepwell: failures.groups
      select count(*) as count from (select 1 from failure_groups where function_id = ? limit ${limits.failureGroupsPerFunctionMax})`);
    this.#insertGroup = prepare(`-- stepwell: failures.open
      insert into failure_groups (environment_id, function_id, fingerprint, name, template, step_name, frame, state, count, kept, redriven,
                                  first_at, last_at, last_seq)
      values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ${open}, 1, 1, 0, ?8, ?8, ?9) returning seq`);
    this.#insert = prepare("-- stepwell: dead_letters.append\ninsert into dead_letters (run_seq, group_seq) values (?, ?)");
    this.#setState = prepare(`-- stepwell: failures.set_state
      update failure_groups set state = ?, state_at = ? where environment_id = ? and fingerprint = ?`);
    this.#remove = prepare(
      "-- stepwell: dead_letters.remove\ndelete from dead_letters where run_seq = ? returning group_seq, redriven_as is not null as redriven",
    );
    this.#uncount = prepare(
      "-- stepwell: failures.uncount\nupdate failure_groups set kept = kept - 1, redriven = redriven - ? where seq = ?",
    );
    this.#redrivenAs = prepare("-- stepwell: dead_letters.redriven_as\nselect redriven_as from dead_letters where run_seq = ?");
    this.#redrive = prepare("-- stepwell: dead_letters.redrive\nupdate dead_letters set redriven_as = ? where run_seq = ?");
    this.#countRedriven = prepare(`-- stepwell: failures.count_redriven
      update failure_groups set redriven = redriven + 1
       where seq = (select group_seq from dead_letters where run_seq = ? and redriven_as is null)`);
    this.#prune = prepare(`-- stepwell: retention.failures
      delete from failure_groups where seq in
        (select seq from failure_groups where kept = 0 and last_at < ? order by last_at limit ? + 0)`);
  }

  /** Within the unit that ends the run. */
  record(runSeq: number, failure: FailureFacts, failedAt: number): void {
    const groupSeq = this.#counted(runSeq, failure.fingerprint, failedAt) ?? this.#opened(runSeq, failure, failedAt);
    this.#insert.run(runSeq, groupSeq);
    this.#connection.rowsWritten += 2;
  }

  setState(unit: SetFailureStateUnit): UnitOutcome {
    const { changes } = this.#setState.run(failureStateNumbers[unit.state], unit.at, unit.environmentId, unit.fingerprint);
    if (changes === 0) return { kind: "not_found" };
    this.#connection.rowsWritten += 1;
    return { kind: "committed" };
  }

  /** The run that repeats this one, the last of them. */
  redrivenAs(runSeq: number): RunId | undefined {
    const as = this.#redrivenAs.get(runSeq)?.["redriven_as"];
    return typeof as === "string" ? (as as RunId) : undefined;
  }

  /** Notes that the run, if it is a dead letter, is repeated. */
  redriven(runSeq: number, as: RunId): void {
    this.#connection.rowsWritten += Number(this.#countRedriven.run(runSeq).changes);
    this.#connection.rowsWritten += Number(this.#redrive.run(as, runSeq).changes);
  }

  /** With its run. */
  remove(runSeq: number): void {
    const row = this.#remove.get(runSeq);
    if (row === undefined) return;
    this.#uncount.run(numberOf(row, "redriven"), numberOf(row, "group_seq"));
    this.#connection.rowsWritten += 2;
  }

  /** How many groups went. */
  prune({ failuresBefore, limit }: PruneParams): number {
    return failuresBefore === undefined ? 0 : Number(this.#prune.run(failuresBefore, limit).changes);
  }

  #counted(runSeq: number, fingerprint: string, failedAt: number): number | undefined {
    const row = this.#count.get(runSeq, failedAt, this.#connection.nextSeq(), fingerprint);
    return row === undefined ? undefined : numberOf(row, "seq");
  }

  #opened(runSeq: number, failure: FailureFacts, failedAt: number): number {
    const run = this.#functionOf.get(runSeq) ?? {};
    const [functionId, environmentId] = [numberOf(run, "function_id"), numberOf(run, "environment_id")];
    if (numberOf(this.#groupsOf.get(functionId) ?? {}, "count") < limits.failureGroupsPerFunctionMax)
      return this.#insertFor(environmentId, functionId, failure, failedAt);
    const fingerprint = `other-${functionId}`;
    return (
      this.#counted(runSeq, fingerprint, failedAt) ?? this.#insertFor(environmentId, functionId, { ...otherFacts, fingerprint }, failedAt)
    );
  }

  #insertFor(environmentId: number, functionId: number, failure: FailureFacts, failedAt: number): number {
    const { fingerprint, name, template, stepName = null, frame = null } = failure;
    const seq = this.#connection.nextSeq();
    const row = this.#insertGroup.get(environmentId, functionId, fingerprint, name, template, stepName, frame, failedAt, seq);
    return numberOf(row ?? {}, "seq");
  }
}
