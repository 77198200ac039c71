// Rows of waits: put in, found, taken out; the names in memory always agree with them.

import type { StatementSync } from "node:sqlite";
import type { EventMatch } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { Wake } from "./items.ts";
import type { WaitNames } from "./wait-names.ts";

export const waitKinds = { event: 0, cancel: 1, signal: 2, invoke: 3 } as const;

export interface WaitRow {
  readonly seq: number;
  readonly environment_id: number;
  readonly run_seq: number;
  readonly step_id: string;
  readonly kind: number;
  readonly name: string;
  readonly path: string | null;
  readonly value: string | null;
  readonly expression: string | null;
  readonly bindings: string | null;
  readonly since_seq: number;
  readonly look_back_from: number | null;
  readonly unlooked: number;
  readonly wakes_always: number;
  readonly cancels_child: number;
  readonly due_at: number;
}

export interface NewWait {
  readonly environmentId: number;
  readonly runSeq: number;
  readonly stepId: string;
  readonly kind: keyof typeof waitKinds;
  readonly match: EventMatch;
  readonly sinceSeq: number;
  readonly lookBackFrom?: number | undefined;
  readonly cutsLookBack?: boolean;
  readonly isUnlooked: boolean;
  readonly wakesAlways: boolean;
  readonly cancelsChild: boolean;
  readonly dueAt: number;
}

export class WaitRows {
  readonly #connection: Connection;
  readonly #names: WaitNames;
  /** Of the batch under way. */
  readonly #wake: () => Wake;
  readonly #insert: StatementSync;
  readonly #bySeq: StatementSync;
  readonly #ofStep: StatementSync;
  readonly #signal: StatementSync;
  readonly #anyOfRun: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteOfRun: StatementSync;
  readonly #looked: StatementSync;

  constructor(connection: Connection, names: WaitNames, wake: () => Wake) {
    this.#connection = connection;
    this.#names = names;
    this.#wake = wake;
    const prepare = connection.prepare.bind(connection);
    this.#insert = prepare(`-- stepwell: waits.append
      insert into waits (seq, environment_id, run_seq, step_id, kind, name, path, value, expression, bindings, since_seq,
                         look_back_from, unlooked, wakes_always, cancels_child, due_at, cuts_look_back)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#bySeq = prepare("-- stepwell: waits.read\nselect * from waits where seq = ?");
    this.#ofStep = prepare("-- stepwell: waits.of_step\nselect * from waits where run_seq = ? and kind = ? and step_id = ?");
    this.#signal = prepare(
      "-- stepwell: waits.of_signal\nselect * from waits where environment_id = ? and name = ? and path is null and value is null and kind = 2 limit 1",
    );
    this.#anyOfRun = prepare("-- stepwell: waits.any_of_run\nselect 1 from waits where run_seq = ? and kind <> 1 limit 1");
    this.#delete = prepare("-- stepwell: waits.remove\ndelete from waits where seq = ?");
    this.#deleteOfRun = prepare(
      "-- stepwell: waits.end_run\ndelete from waits where run_seq = ? returning environment_id, kind, name, path",
    );
    this.#looked = prepare("-- stepwell: waits.looked\nupdate waits set unlooked = 0 where seq = ?");
  }

  add(wait: NewWait): number {
    const seq = this.#connection.nextSeq();
    const { match } = wait;
    this.#insert.run(
      seq,
      wait.environmentId,
      wait.runSeq,
      wait.stepId,
      waitKinds[wait.kind],
      match.eventName,
      match.term?.path ?? null,
      match.term?.value ?? null,
      match.expression ?? null,
      match.bindings ?? null,
      wait.sinceSeq,
      wait.lookBackFrom ?? null,
      wait.isUnlooked ? 1 : 0,
      wait.wakesAlways ? 1 : 0,
      wait.cancelsChild ? 1 : 0,
      wait.dueAt,
      wait.cutsLookBack === true ? 1 : 0,
    );
    this.#connection.rowsWritten += 1;
    if (waitKinds[wait.kind] <= waitKinds.cancel) this.#names.add(wait.environmentId, match.eventName, match.term?.path ?? "", 1);
    const wake = this.#wake();
    if (wait.dueAt < wake.timerDueAt) wake.timerDueAt = wait.dueAt;
    return seq;
  }

  find(seq: number): WaitRow | undefined {
    return this.#bySeq.get(seq) as WaitRow | undefined;
  }

  ofStep(runSeq: number, kind: keyof typeof waitKinds, stepId: string): WaitRow | undefined {
    return this.#ofStep.get(runSeq, waitKinds[kind], stepId) as WaitRow | undefined;
  }

  ofSignal(environmentId: number, name: string): WaitRow | undefined {
    return this.#signal.get(environmentId, name) as WaitRow | undefined;
  }

  /** Whether a step of the run waits. Cancel rules move nothing. */
  hasAny(runSeq: number): boolean {
    return this.#anyOfRun.get(runSeq) !== undefined;
  }

  remove(wait: WaitRow): void {
    this.#delete.run(wait.seq);
    this.#connection.rowsWritten += 1;
    if (wait.kind <= waitKinds.cancel) this.#names.add(wait.environment_id, wait.name, wait.path ?? "", -1);
  }

  removeAll(runSeq: number): void {
    for (const row of this.#deleteOfRun.all(runSeq)) {
      this.#connection.rowsWritten += 1;
      if (Number(row["kind"]) <= waitKinds.cancel)
        this.#names.add(Number(row["environment_id"]), String(row["name"]), row["path"] === null ? "" : String(row["path"]), -1);
    }
  }

  setLooked(seq: number): void {
    this.#connection.rowsWritten += Number(this.#looked.run(seq).changes);
  }
}
