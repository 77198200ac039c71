// Commits units of work: many in one transaction, an outcome for each. The rules are those of the seam, U1 to U4.

import { assertNever, type EpochMs, type StoreSeq } from "@stepwell/protocol";
import type {
  AdvanceCursorUnit,
  AppendLogsUnit,
  CancelUnit,
  CommitParams,
  CommitResult,
  EndedStatus,
  Mark,
  SetMetadataUnit,
  Unit,
  UnitOutcome,
  WakeHint,
} from "@stepwell/store";
import type { Accept } from "./accept.ts";
import type { Calls } from "./calls.ts";
import { type Connection, isUnitFault } from "./connection.ts";
import type { Cursors } from "./cursors.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { EngineTime } from "./engine-time.ts";
import { type Items, noWake, type Wake } from "./items.ts";
import type { Lanes } from "./lanes.ts";
import type { Logs } from "./logs.ts";
import type { MatchedMark } from "./matched-mark.ts";
import type { Metadata } from "./metadata.ts";
import type { Pending } from "./pending.ts";
import type { PendingUnits } from "./pending-units.ts";
import { type Replacements, withoutReplaced } from "./replacements.ts";
import type { Reruns } from "./reruns.ts";
import { statusOf } from "./rows.ts";
import type { RunRows } from "./run-row.ts";
import type { Timers } from "./timers.ts";
import type { WaitNames } from "./wait-names.ts";
import type { WaitUnits } from "./wait-units.ts";

export interface UnitParts {
  readonly connection: Connection;
  readonly accept: Accept;
  readonly calls: Calls;
  readonly items: Items;
  readonly lanes: Lanes;
  readonly runs: RunRows;
  readonly time: EngineTime;
  readonly names: WaitNames;
  readonly waits: WaitUnits;
  readonly timers: Timers;
  readonly cursors: Cursors;
  readonly pending: Pending;
  readonly pendingUnits: PendingUnits;
  readonly mark: MatchedMark;
  readonly logs: Logs;
  readonly reruns: Reruns;
  readonly replacements: Replacements;
  readonly deadLetters: DeadLetters;
  readonly metadata: Metadata;
}

export function commitUnits(parts: UnitParts, units: readonly Unit[], params: CommitParams): CommitResult {
  const { now } = params;
  const { connection, items } = parts;
  const restore = (): void => {
    parts.lanes.rebuild();
    parts.names.rebuild();
    parts.time.forget();
    parts.mark.forget();
    parts.pending.superseded = [];
    items.wake = noWake();
  };
  items.wake = noWake();
  parts.lanes.now = now;
  let outcomes: readonly UnitOutcome[];
  try {
    outcomes = connection.transaction(() => commitAll(parts, units, params), restore);
  } catch (error) {
    // What no guard foresaw: the database said no to one unit, and the rollback took its neighbours along. With a
    // savepoint each, all but the culprit go through.
    if (!isUnitFault(error)) throw error;
    outcomes = connection.transaction(() => units.map((unit) => commitApart(parts, unit, now)), restore);
  }
  if (parts.lanes.takeWoken()) items.wake.ready = true;
  return { outcomes: withoutReplaced(outcomes), wake: hintOf(items.wake) };
}

function hintOf({ ready, dueAt, timerDueAt }: Wake): WakeHint {
  return {
    ready,
    ...(dueAt === Number.POSITIVE_INFINITY ? {} : { dueAt: dueAt as EpochMs }),
    ...(timerDueAt === Number.POSITIVE_INFINITY ? {} : { timerDueAt: timerDueAt as EpochMs }),
  };
}

function commitAll(parts: UnitParts, units: readonly Unit[], { now, matched }: CommitParams): readonly UnitOutcome[] {
  parts.time.save(now);
  if (matched !== undefined) parts.mark.save(Number(matched), now);
  const outcomes: UnitOutcome[] = [];
  for (const unit of units) outcomes.push(commitUnit(parts, unit, now));
  return outcomes;
}

function commitUnit(parts: UnitParts, unit: Unit, now: number): UnitOutcome {
  parts.replacements.begin();
  const outcome = applyUnit(parts, unit, now);
  if (parts.pending.superseded.length > 0) parts.pendingUnits.tellSuperseded(now);
  return parts.replacements.tell(outcome);
}

function applyUnit(parts: UnitParts, unit: Unit, now: number): UnitOutcome {
  switch (unit.kind) {
    case "accept":
      return parts.accept.apply(unit, now);
    case "call":
      return parts.calls.apply(unit, now);
    case "cancel":
      return cancelRun(parts, unit, now);
    case "release":
      return parts.calls.release(unit, now);
    case "resolve_wait":
      return parts.waits.resolve(unit, now);
    case "looked":
      return parts.waits.looked(unit.waitSeqs);
    case "drop_wait":
      return parts.waits.dropRule(unit.waitSeq);
    case "signal":
      return parts.waits.signal(unit, now);
    case "set_timer":
      return parts.timers.apply(unit);
    case "advance_cursor":
      return advanceCursor(parts, unit, now);
    case "start_pending":
      return parts.pendingUnits.start(unit, now);
    case "append_logs":
      return appendLogs(parts, unit);
    case "set_metadata":
      return setMetadata(parts, unit);
    case "rerun":
      return parts.reruns.apply(unit, now);
    case "set_failure_state":
      return parts.deadLetters.setState(unit);
    default:
      return assertNever(unit);
  }
}

function commitApart(parts: UnitParts, unit: Unit, now: number): UnitOutcome {
  try {
    return parts.connection.savepoint(
      () => commitUnit(parts, unit, now),
      () => {
        parts.lanes.rebuild();
        parts.names.rebuild();
        parts.pending.superseded = [];
      },
    );
  } catch (error) {
    if (!isUnitFault(error)) throw error;
    return { kind: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The rest of an event's starts; their runs are found by the event through `run_events`. */
function advanceCursor(parts: UnitParts, unit: AdvanceCursorUnit, now: number): UnitOutcome {
  const { accept, cursors } = parts;
  const cursor = cursors.find(unit.cursorSeq);
  if (cursor === undefined || cursor.position !== unit.position) return { kind: "not_found" };
  const holderId = accept.holderOf(unit.holder);
  for (const { functionId, kind, detail } of unit.outcomes) accept.recordOutcome(cursor.event_seq, functionId, kind, detail);
  const unlooked: StoreSeq[] = [];
  const starts = unit.starts.map((start) => accept.start(start, cursor.event_seq, cursor.environment_id, holderId, now, { unlooked }));
  for (const start of starts) if ("runSeq" in start) accept.linkToEvent(start.runSeq, cursor.event_seq);
  cursors.move(cursor, cursor.position + unit.count);
  const found = unlooked.length === 0 ? {} : { unlooked };
  return {
    kind: "committed",
    ...found,
    events: [{ kind: "stored", seq: cursor.event_seq as StoreSeq, mark: String(cursor.event_seq) as Mark, starts }],
  };
}

function appendLogs(parts: UnitParts, unit: AppendLogsUnit): UnitOutcome {
  const run = parts.runs.findById(unit.runId);
  if (run === undefined) return { kind: "not_found" };
  for (const entry of unit.entries) parts.logs.append(run.seq, entry);
  return { kind: "committed" };
}

function setMetadata({ runs, metadata }: UnitParts, unit: SetMetadataUnit): UnitOutcome {
  const run = runs.findById(unit.runId);
  if (run === undefined) return { kind: "not_found" };
  const limit = metadata.set(run.seq, unit.entries, unit.at);
  return limit === undefined ? { kind: "committed" } : { kind: "metadata_full", limit };
}

function cancelRun(parts: UnitParts, unit: CancelUnit, now: number): UnitOutcome {
  const { waits, timers, accept } = parts;
  if (unit.timer !== undefined && !timers.isAsSeen(unit.timer)) return { kind: "not_found" };
  if (unit.waitSeq !== undefined && !waits.isOpen(unit.waitSeq)) return { kind: "not_found" };
  // The timer goes whatever becomes of the run: what it asked for is done.
  if (unit.timer !== undefined) timers.remove(unit.timer.kind, unit.timer.subject);
  const run = parts.runs.findById(unit.runId);
  if (run === undefined) return { kind: "not_found" };
  if (run.ended_at !== null) return { kind: "run_ended", status: statusOf(run.status) as EndedStatus };
  run.cancel_reason = unit.reason;
  parts.calls.end(run, { kind: "end", status: "cancelled", endedAt: unit.endedAt, sweep: true }, now);
  parts.runs.write(run);
  const runSeq = run.seq as StoreSeq;
  if (unit.events === undefined) return { kind: "committed", runSeq };
  return { kind: "committed", runSeq, events: unit.events.map((event) => accept.acceptEvent(event, undefined, now)) };
}
