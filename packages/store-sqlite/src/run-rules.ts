// What a run is born with besides its row: the events that would cancel it, and its deadlines.

import type { StatementSync } from "node:sqlite";
import type { StoreSeq } from "@stepwell/protocol";
import type { StartRun } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { runTies } from "./run-ties.ts";
import type { Timers } from "./timers.ts";
import type { WaitRows } from "./wait-rows.ts";

export class RunRules {
  readonly #rows: WaitRows;
  readonly #timers: Timers;
  readonly #tie: StatementSync;
  readonly #anyEvent: StatementSync;

  constructor(connection: Connection, rows: WaitRows, timers: Timers) {
    this.#rows = rows;
    this.#timers = timers;
    this.#anyEvent = connection.prepare(
      "-- stepwell: waits.any_event_since\nselect 1 from events where environment_id = ? and name = ? and seq > ? limit 1",
    );
    this.#tie = connection.prepare("-- stepwell: runs.tie\nupdate runs set ties = ties | ?, origin = coalesce(?, origin) where seq = ?");
  }

  /**
   * A rule counts events after the one that starts the run. `unlooked`: of a run that is made later than its event, the
   * rules whose events may have come meanwhile.
   */
  add(runSeq: number, start: StartRun, eventSeq: number, environmentId: number, unlooked?: StoreSeq[]): void {
    const { cancelRules = [], timers = [], origin } = start;
    for (const [index, rule] of cancelRules.entries()) {
      const isUnlooked = unlooked !== undefined && this.#anyEvent.get(environmentId, rule.eventName, eventSeq) !== undefined;
      const seq = this.#rows.add({
        environmentId,
        runSeq,
        stepId: String(index),
        kind: "cancel",
        match: rule,
        sinceSeq: eventSeq,
        isUnlooked,
        wakesAlways: false,
        cancelsChild: false,
        dueAt: rule.dueAt,
      });
      if (isUnlooked) unlooked.push(seq as StoreSeq);
    }
    for (const { kind, dueAt } of timers) this.#timers.set({ kind, subject: start.runId, runSeq, dueAt });
    this.tie(runSeq, cancelRules.length + timers.length > 0 ? runTies.rules : 0, origin);
  }

  tie(runSeq: number, ties: number, origin: string | undefined): void {
    this.#tie.run(ties, origin ?? null, runSeq);
  }
}
