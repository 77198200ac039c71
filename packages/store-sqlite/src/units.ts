// Commits units of work: many in one transaction, an outcome for each. The rules are those of the seam, U1 to U4.

import { assertNever, type EpochMs } from "@stepwell/protocol";
import type { CancelUnit, CommitResult, EndedStatus, Unit, UnitOutcome } from "@stepwell/store";
import type { Accept } from "./accept.ts";
import type { Calls } from "./calls.ts";
import { type Connection, isUnitFault } from "./connection.ts";
import type { EngineTime } from "./engine-time.ts";
import type { Items } from "./items.ts";
import type { Lanes } from "./lanes.ts";
import { statusOf } from "./rows.ts";
import type { RunRows } from "./run-row.ts";

export interface UnitParts {
  readonly connection: Connection;
  readonly accept: Accept;
  readonly calls: Calls;
  readonly items: Items;
  readonly lanes: Lanes;
  readonly runs: RunRows;
  readonly time: EngineTime;
}

export function commitUnits(parts: UnitParts, units: readonly Unit[], now: number): CommitResult {
  const { connection, items } = parts;
  const restore = (): void => {
    parts.lanes.rebuild();
    parts.time.forget();
    items.wake = { ready: false, dueAt: Number.POSITIVE_INFINITY };
  };
  items.wake = { ready: false, dueAt: Number.POSITIVE_INFINITY };
  let outcomes: readonly UnitOutcome[];
  try {
    outcomes = connection.transaction(() => commitAll(parts, units, now), restore);
  } catch (error) {
    // What no guard foresaw: the database said no to one unit, and the rollback took its neighbours along. With a
    // savepoint each, all but the culprit go through.
    if (!isUnitFault(error)) throw error;
    outcomes = connection.transaction(() => units.map((unit) => commitApart(parts, unit, now)), restore);
  }
  const { ready, dueAt } = items.wake;
  return { outcomes, wake: dueAt === Number.POSITIVE_INFINITY ? { ready } : { ready, dueAt: dueAt as EpochMs } };
}

function commitAll(parts: UnitParts, units: readonly Unit[], now: number): readonly UnitOutcome[] {
  parts.time.save(now);
  const outcomes: UnitOutcome[] = [];
  for (const unit of units) outcomes.push(commitUnit(parts, unit, now));
  return outcomes;
}

function commitUnit(parts: UnitParts, unit: Unit, now: number): UnitOutcome {
  switch (unit.kind) {
    case "accept":
      return parts.accept.apply(unit, now);
    case "call":
      return parts.calls.apply(unit, now);
    case "cancel":
      return cancelRun(parts, unit);
    case "release":
      return parts.calls.release(unit, now);
    default:
      return assertNever(unit);
  }
}

function commitApart(parts: UnitParts, unit: Unit, now: number): UnitOutcome {
  try {
    return parts.connection.savepoint(
      () => commitUnit(parts, unit, now),
      () => parts.lanes.rebuild(),
    );
  } catch (error) {
    if (!isUnitFault(error)) throw error;
    return { kind: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
}

function cancelRun(parts: UnitParts, unit: CancelUnit): UnitOutcome {
  const run = parts.runs.findById(unit.runId);
  if (run === undefined) return { kind: "not_found" };
  if (run.ended_at !== null) return { kind: "run_ended", status: statusOf(run.status) as EndedStatus };
  run.cancel_reason = unit.reason;
  parts.calls.end(run, { kind: "end", status: "cancelled", endedAt: unit.endedAt, sweep: true });
  parts.runs.write(run);
  return { kind: "committed" };
}
