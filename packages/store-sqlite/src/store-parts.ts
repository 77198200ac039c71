// The parts of a store, put together on one connection.

import { Accept } from "./accept.ts";
import { Apps } from "./apps.ts";
import { Attempts } from "./attempts.ts";
import { Calls } from "./calls.ts";
import type { Connection } from "./connection.ts";
import { Cursors } from "./cursors.ts";
import { DeadLetters } from "./dead-letters.ts";
import { EndedRuns } from "./ended-runs.ts";
import { EngineTime } from "./engine-time.ts";
import { Items, type Wake } from "./items.ts";
import { Journal } from "./journal.ts";
import { Lanes } from "./lanes.ts";
import { Logs } from "./logs.ts";
import { MatchedMark } from "./matched-mark.ts";
import { Metadata } from "./metadata.ts";
import { Payloads } from "./payloads.ts";
import { Pending } from "./pending.ts";
import { PendingUnits } from "./pending-units.ts";
import { Queue } from "./queue.ts";
import { RateLimits } from "./rate-limits.ts";
import { RecentEnds } from "./recent-ends.ts";
import { Replacements } from "./replacements.ts";
import { Reruns } from "./reruns.ts";
import { Retention } from "./retention.ts";
import { RunEnds } from "./run-ends.ts";
import { RunRows } from "./run-row.ts";
import { RunRules } from "./run-rules.ts";
import { Runs } from "./runs.ts";
import { Settings } from "./settings.ts";
import { Singletons } from "./singletons.ts";
import { StartGates } from "./start-gates.ts";
import { Timers } from "./timers.ts";
import type { UnitParts } from "./units.ts";
import { WaitNames } from "./wait-names.ts";
import { WaitRows } from "./wait-rows.ts";
import { WaitUnits } from "./wait-units.ts";
import { Waits } from "./waits.ts";

export interface StoreParts {
  readonly units: UnitParts;
  readonly time: EngineTime;
  readonly apps: Apps;
  readonly queue: Queue;
  readonly runs: Runs;
  readonly waits: Waits;
  readonly timers: Timers;
  readonly cursors: Cursors;
  readonly pending: Pending;
  readonly retention: Retention;
  readonly settings: Settings;
}

/** Who owns the file, as the store was opened. */
export interface OwnerFacts {
  readonly epoch: number;
  readonly holderId: number;
  /** How far the holder before had looked at what events wake and cancel. */
  readonly matchedSeq: number;
}

export function buildStoreParts(connection: Connection, owner: OwnerFacts): StoreParts {
  const { epoch, holderId } = owner;
  const lanes = new Lanes(connection);
  const items = new Items(connection, lanes);
  const payloads = new Payloads(connection);
  const rows = new RunRows(connection);
  const ends = new RecentEnds();
  const names = new WaitNames(connection);
  const wake = (): Wake => items.wake;
  const waitRows = new WaitRows(connection, names, wake);
  const journal = new Journal(connection, items, payloads, {
    hasAny: (runSeq) => waitRows.hasAny(runSeq),
    dropOf: (runSeq, stepId) => waits.dropOf(runSeq, stepId),
  });
  const timers = new Timers(connection, wake);
  const rules = new RunRules(connection, waitRows, timers);
  const runs = new Runs(connection);
  const cursors = new Cursors(connection, (seq) => runs.event(seq));
  const singletons = new Singletons(connection, rules);
  const gates = new StartGates({ connection, singletons, rates: new RateLimits(connection), runs: rows });
  const replacements = new Replacements({ connection, timers, endRun: (runSeq, reason, now) => calls.cancel(runSeq, reason, now) });
  const pending = new Pending(connection, timers, (seq) => runs.event(seq));
  const accept = new Accept({
    ...{ connection, lanes, items, payloads, rules, timers, cursors, epoch },
    ...{ gates, singletons, replacements, pending },
    holderId,
  });
  const waits: WaitUnits = new WaitUnits({ connection, rows: waitRows, rules, timers, journal, runs: rows, ends, accept, pending });
  const pendingUnits = new PendingUnits({
    ...{ connection, accept, pending, timers, waits, rules, journal, rows: waitRows, runs: rows },
    eventOf: (seq) => runs.event(seq),
  });
  const runEnds = new RunEnds({ connection, rows: waitRows, units: waits, timers, journal, runs: rows, singletons });
  const logs = new Logs(connection);
  const deadLetters = new DeadLetters(connection);
  const metadata = new Metadata(connection);
  const calls: Calls = new Calls({
    deadLetters,
    connection,
    items,
    lanes,
    payloads,
    journal,
    runs: rows,
    names,
    waits,
    runEnds,
    ends,
    accept,
    logs,
    metadata,
    attempts: new Attempts(connection),
  });
  const reruns = new Reruns({ connection, accept, gates, payloads, rules, runs: rows, deadLetters });
  const ended = new EndedRuns({ connection, ends, eventsOf: (run) => runs.eventsOf(run) });
  const time = new EngineTime(connection);
  const mark = new MatchedMark(connection, holderId);
  return {
    units: {
      ...{ connection, accept, calls, items, lanes, time, names, waits, timers, cursors, mark, logs, reruns, deadLetters, metadata },
      ...{ runs: rows, pending, pendingUnits, replacements },
    },
    time,
    apps: new Apps(connection),
    queue: new Queue({ connection, items, lanes, journal, runs: rows, epoch, holderId }),
    runs,
    waits: new Waits({ connection, names, ended, matchedBefore: owner.matchedSeq }),
    timers,
    cursors,
    pending,
    retention: new Retention(connection, logs, deadLetters),
    settings: new Settings(connection),
  };
}
