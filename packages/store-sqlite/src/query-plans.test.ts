// The plan of every statement of the store, so that a lost index is a failing test.

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { EventId, RunId, StoreSeq } from "@stepwell/protocol";
import type { AppId, EnvironmentId, FunctionId } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { Connection } from "./connection.ts";
import { migrate } from "./migrate.ts";
import { Reports } from "./reports.ts";
import { buildStoreParts } from "./store-parts.ts";

class RecordingDatabase extends DatabaseSync {
  readonly statements: string[] = [];

  override prepare(sql: string): StatementSync {
    this.statements.push(sql);
    return super.prepare(sql);
  }

  planOf(sql: string): readonly string[] {
    return super
      .prepare(`explain query plan ${sql}`)
      .all()
      .map(({ detail }) => String(detail));
  }
}

function recordedDatabase(): RecordingDatabase {
  const db = new RecordingDatabase(":memory:");
  migrate(db, 0);
  db.statements.length = 0;
  return db;
}

/** Every statement that is prepared when a store opens, by its name. */
function preparedStatements(): { readonly db: RecordingDatabase; readonly plans: ReadonlyMap<string, readonly string[]> } {
  const db = recordedDatabase();
  const connection = new Connection(db, undefined);
  buildStoreParts(connection, { epoch: 1, holderId: 1, matchedSeq: 0 });
  const plans = new Map<string, readonly string[]>();
  for (const sql of db.statements) {
    const name = /^-- stepwell: (.+)/.exec(sql)?.[1];
    if (name !== undefined) plans.set(name.trim(), [...(plans.get(name.trim()) ?? []), ...db.planOf(sql)]);
  }
  return { db, plans };
}

/** Those that look at all rows, and why they may. */
const mayScan: ReadonlyMap<string, string> = new Map([
  ["apps.list", "once, when the engine starts"],
  ["apps.list functions", "once, when the engine starts"],
  ["apps.list removed", "once, when the engine starts"],
  ["apps.end_drain", "with a sync; functions are few"],
  ["apps.functions", "with a sync; functions are few"],
  ["lanes.mirror", "when the store opens and after a rollback; lanes are few"],
  ["throttles.mirror", "when the store opens and after a rollback; one row for a key that was used lately"],
  ["lanes.has_ready", "ends with the first row"],
  ["queue.explain first", "the twenty items that were found by the index"],
  ["queue.explain first of lane", "those few of a lane, already limited"],
  ["queue.next_due", "ends with the first row of its index"],
  ["queue.measure", "for metrics, over what is queued"],
  ["queue.oldest", "for metrics, over what is queued"],
  ["waits.names", "when the store opens and after a rollback"],
  ["waits.list_unlooked", "an index of nothing but waits that have not been looked at, which live for a moment"],
  ["ended_runs.newest", "twenty thousand rows at most, for a lookback on the ends of runs"],
  ["ended_runs.after", "once in a take-over, where somebody waits for the ends of runs"],
  ["ended_runs.first_unlooked", "in a take-over; an index of nothing but waits that have not been looked at"],
  ["cursors.list", "few, and each for a moment"],
  ["cursors.count", "few, and each for a moment"],
  ["retention.count", "once in a pass, where the number of runs is limited"],
  ["retention.events", "cursors are few, and each for a moment"],
  ["retention.abandoned", "functions are few"],
]);

describe("query plans", () => {
  const { plans } = preparedStatements();

  test.each<readonly [name: string, plan: RegExp]>([
    ["queue.due", /SEARCH queue_items USING INDEX queue_items_by_due \(due_at<\?\)/],
    ["queue.next_due", /USING COVERING INDEX queue_items_by_due/],
    ["slots.held_runs", /SEARCH runs USING INDEX runs_alive \(holder_id>\?\)/],
    [
      "slots.holding_runs",
      /SEARCH runs USING INDEX runs_alive \(holder_id=\? AND holds=\?\)[\s\S]*SEARCH runs USING INDEX runs_alive \(holder_id>\?\)/,
    ],
    ["slots.held_items", /SEARCH queue_items USING INDEX queue_items_by_holder \(holder_id>\?\)/],
    ["queue.claim items", /SEARCH queue_items USING INDEX queue_items_by_rank \(lane_id=\?\)/],
    ["lanes.has_ready", /SEARCH queue_items USING COVERING INDEX queue_items_by_rank \(lane_id=\?\)/],
    ["queue.end_run", /SEARCH queue_items USING (COVERING )?INDEX queue_items_by_run \(run_seq=\?\)/],
    ["queue.any_of_run", /SEARCH queue_items USING COVERING INDEX queue_items_by_run \(run_seq=\?\)/],
    ["queue.lanes_of_run", /SEARCH queue_items USING INDEX queue_items_by_run \(run_seq=\?\)/],
    ["queue.take_over runs", /SEARCH runs USING INDEX runs_alive \(holder_id<\?\)/],
    ["queue.take_over items", /SEARCH queue_items USING INDEX queue_items_by_holder \(holder_id<\?\)/],
    ["queue.list_held runs", /SEARCH runs USING INDEX runs_alive \(holder_id=\?\)/],
    ["queue.list_held items", /SEARCH q USING INDEX queue_items_by_holder \(holder_id=\?\)/],
    ["units.end", /SEARCH runs USING INTEGER PRIMARY KEY \(rowid=\?\)/],
    ["units.go_on", /SEARCH runs USING INTEGER PRIMARY KEY \(rowid=\?\)/],
    ["runs.read", /SEARCH runs USING INTEGER PRIMARY KEY \(rowid=\?\)/],
    ["runs.write", /SEARCH runs USING INTEGER PRIMARY KEY \(rowid=\?\)/],
    ["runs.load journal", /SEARCH j USING PRIMARY KEY \(run_seq=\?\)/],
    ["runs.load event", /SEARCH e USING INTEGER PRIMARY KEY \(rowid=\?\)/],
    ["journal.find", /SEARCH journal_entries USING PRIMARY KEY \(run_seq=\? AND step_id=\?\)/],
    ["dedupes.find", /SEARCH dedupes USING PRIMARY KEY \(function_id=\? AND key=\?\)/],
    ["waits.find by term", /SEARCH w USING INDEX waits_by_term \(environment_id=\? AND name=\? AND path=\? AND value=\? AND seq>\?\)/],
    ["waits.find without term", /SEARCH w USING INDEX waits_by_term \(environment_id=\? AND name=\? AND path=\? AND value=\? AND seq>\?\)/],
    ["waits.end_run", /SEARCH waits USING COVERING INDEX sqlite_autoindex_waits_1 \(run_seq=\?\)/],
    ["waits.any_event_since", /SEARCH events USING COVERING INDEX events_by_name \(environment_id=\? AND name=\? AND seq>\?\)/],
    ["waits.look_back events", /SEARCH e USING INDEX events_by_name \(environment_id=\? AND name=\? AND seq>\?\)/],
    ["waits.list_unlooked", /USING COVERING INDEX waits_unlooked/],
    ["timers.due", /SEARCH timers USING INDEX timers_by_due \(due_at<\?\)/],
    ["timers.due waits", /SEARCH w USING INDEX waits_by_due \(due_at<\?\)/],
    ["timers.end_run", /SEARCH timers USING INDEX timers_by_run \(run_seq=\?\)/],
    ["invokes.children", /SEARCH i USING (COVERING )?INDEX invokes_by_parent \(parent_run_seq=\?\)/],
    ["retention.runs", /SEARCH runs USING INTEGER PRIMARY KEY \(rowid>\?\)/],
    ["retention.events", /SEARCH j USING COVERING INDEX journal_entries_by_event \(event_id=\?\)/],
    ["retention.attempts", /SEARCH a USING (COVERING INDEX|PRIMARY KEY) .*\(run_seq,seq\)>/],
    ["retention.abandoned", /SEARCH r USING INDEX runs_by_function \(function_id=\?\)/],
    ["retention.is_child", /SEARCH invokes USING PRIMARY KEY \(child_run_seq=\?\)/],
    ["retention.signals", /SEARCH kept_signals USING COVERING INDEX kept_signals_by_expiry \(kept_until<\?\)/],
    ["waits.is_taken", /SEARCH journal_entries USING INDEX journal_entries_by_event \(event_id=\? AND run_seq=\?\)/],
    ["invokes.parents", /SEARCH invokes USING PRIMARY KEY \(child_run_seq=\?\)/],
    ["retention.dedupes", /SEARCH dedupes USING COVERING INDEX dedupes_by_expiry \(expires_at<\?\)/],
  ])("%s finds its rows by its index, in order", (name, plan) => {
    const details = plans.get(name) ?? [];
    expect(details.join("\n")).toMatch(plan);
    if (name !== "runs.load journal" && name !== "queue.lanes_of_run") expect(details.join("\n")).not.toMatch(/TEMP B-TREE/);
  });

  test("no statement looks at all rows without leave", () => {
    const scans = [...plans].filter(([, details]) =>
      details.some((detail) => /^SCAN (?!CONSTANT|\d|\(subquery|\w+ VIRTUAL TABLE)/.test(detail)),
    );
    expect(scans.map(([name]) => name).filter((name) => !mayScan.has(name))).toEqual([]);
  });

  test("no statement is prepared anew with each call", () => {
    // The planner looks at the value of a bare "limit ?": whenever one is bound, SQLite prepares the statement once more,
    // which costs 5 to 15 microseconds. It looks at no expression.
    const { db } = preparedStatements();
    expect(db.statements.filter((sql) => /limit \?(?! \+ 0)/.test(sql))).toEqual([]);
  });

  test("every statement has a name", () => {
    const { db } = preparedStatements();
    const unnamed = db.statements.filter((sql) => !sql.startsWith("-- stepwell: ") && !/^(begin|commit|rollback|pragma)/.test(sql));
    expect(unnamed).toEqual([]);
  });

  test("lists are read along an index and stop at their page", async () => {
    const db = recordedDatabase();
    db.exec("insert into events (seq, id, environment_id, name, ts, received_at) values (1, '01HG', 1, 'a', 0, 0)");
    const reports = new Reports(db);
    const page = { limit: 20, before: 5 as StoreSeq };
    const plansOf = async (ask: () => Promise<unknown>): Promise<string> => {
      db.statements.length = 0;
      await ask();
      return db.statements.flatMap((sql) => db.planOf(sql)).join("\n");
    };
    const functionId = 1 as FunctionId;
    const eventId = "01HG" as EventId;
    const asked: readonly (readonly [RegExp, () => Promise<unknown>])[] = [
      [/SEARCH r USING INTEGER PRIMARY KEY \(rowid<\?\)/, () => reports.listRuns({ environmentId: 1 as EnvironmentId }, page)],
      [/SEARCH r USING INDEX runs_by_function \(function_id=\? AND seq<\?\)/, () => reports.listRuns({ functionIds: [functionId] }, page)],
      [/SEARCH r USING INDEX runs_troubled \(status=\? AND seq<\?\)/, () => reports.listRuns({ statuses: ["failed"] }, page)],
      [/SEARCH r USING INTEGER PRIMARY KEY/, () => reports.listRuns({ eventId }, page)],
      [/SEARCH r USING INDEX runs_by_function \(function_id=\? AND seq<\?\)/, () => reports.laneReleases("01HG" as RunId, 20)],
      [/SEARCH j USING INDEX journal_entries_by_event \(event_id=\?\)/, () => reports.eventWakes(eventId, 20)],
      [
        /SEARCH runs USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)[\s\S]*SEARCH run_events USING (COVERING )?INDEX run_events_by_event/,
        () => reports.eventRuns(eventId),
      ],
      [/SEARCH invokes USING (COVERING )?INDEX invokes_by_parent/, () => reports.listRuns({ parentRunId: "01HG" as RunId }, page)],
      [/SEARCH r USING INDEX sqlite_autoindex_runs_1 \(id=\?\)/, () => reports.getRun("01HG" as RunId)],
      [/SEARCH e USING INTEGER PRIMARY KEY \(rowid<\?\)/, () => reports.listEvents({}, page)],
      [/SEARCH e USING INDEX events_by_name/, () => reports.listEvents({ environmentId: 1 as EnvironmentId, names: ["a"] }, page)],
      [/SEARCH runs USING COVERING INDEX sqlite_autoindex_runs_1 \(id>\? AND id<\?\)/, () => reports.findRunByPrefix("01HG")],
      [
        /SEARCH j USING PRIMARY KEY \(run_seq=\?\)[\s\S]*SEARCH w USING INDEX \w+ \(run_seq=\? AND kind=\? AND step_id=\?\)[\s\S]*SEARCH i USING COVERING INDEX invokes_by_parent/,
        () => reports.runSteps("01HG" as RunId),
      ],
    ];
    for (const [plan, ask] of asked) {
      const details = await plansOf(ask);
      expect(details).toMatch(plan);
      expect(details).not.toMatch(/^SCAN [a-z]\b/m);
    }
    const byApp = await plansOf(() => reports.listRuns({ appIds: [1 as AppId] }, page));
    expect(byApp).not.toMatch(/TEMP B-TREE/);
  });
});
