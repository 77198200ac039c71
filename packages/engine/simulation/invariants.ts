// The invariants of the design, as questions to the database. Each returns what is wrong, in words, or nothing.

import type { DatabaseSync } from "node:sqlite";
import type { World } from "./world.ts";

export interface Seen {
  /** The first result of each step, by run and step. */
  readonly memos: Map<string, string>;
  /** The end of each run. */
  readonly ends: Map<string, string>;
}

export interface Invariant {
  readonly name: string;
  check(world: World, seen: Seen): string | undefined;
}

export const invariants: readonly Invariant[] = [
  { name: "I1 an acknowledged event is stored, and has exactly one run for each function it starts", check: eventsHaveTheirRuns },
  { name: "I2 a step has at most one result, which never changes, and the journal has no gaps", check: journalOnlyGrows },
  { name: "I3 a run ends once, and nothing of an ended run is queued or held", check: endsAreFinal },
  { name: "I5 what is held is held by the owner of the file", check: holdersAreAlive },
  { name: "I6 a run that is alive has something that will move it", check: aliveIsMoving },
  { name: "I7 no sleep and no retry ends early", check: nothingIsEarly },
  { name: "I9 lanes and turns exist only for ready items", check: lanesHaveItems },
];

function eventsHaveTheirRuns(world: World): string | undefined {
  const count = world.reader.prepare(
    "select e.seq, (select count(*) from runs r where r.seq > e.seq and r.event_seq = e.seq) as runs, (select count(distinct function_id) from runs r where r.event_seq = e.seq) as functions from events e where e.id = ?",
  );
  for (const [id, starts] of world.acknowledged) {
    const row = count.get(id);
    if (row === undefined) return `event ${id} was acknowledged and is not stored`;
    if (row["runs"] !== starts || row["functions"] !== starts)
      return `event ${id} starts ${starts} functions and has ${row["runs"]} runs of ${row["functions"]}`;
  }
  return undefined;
}

function journalOnlyGrows(world: World, seen: Seen): string | undefined {
  for (const row of world.reader.prepare("select run_seq, step_id, memo, ord from journal_entries where ord is not null").iterate()) {
    const key = `${row["run_seq"]} ${row["step_id"]}`;
    const value = `${row["ord"]} ${row["memo"]}`;
    const first = seen.memos.get(key);
    if (first === undefined) seen.memos.set(key, value);
    else if (first !== value) return `the result of step ${key} was ${first} and is ${value}`;
  }
  const gap = world.reader
    .prepare(
      "select r.id, r.journal_length, count(j.ord) as entries, coalesce(max(j.ord), 0) as last from runs r left join journal_entries j on j.run_seq = r.seq and j.ord is not null group by r.seq having entries <> r.journal_length or last <> r.journal_length limit 1",
    )
    .get();
  return gap === undefined
    ? undefined
    : `run ${gap["id"]} says ${gap["journal_length"]} settled steps and has ${gap["entries"]}, the last at ${gap["last"]}`;
}

function endsAreFinal(world: World, seen: Seen): string | undefined {
  for (const row of world.reader.prepare("select id, status, ended_at, output, error from runs where ended_at is not null").iterate()) {
    const end = `${row["status"]} ${row["ended_at"]} ${row["output"]} ${row["error"]}`;
    const id = String(row["id"]);
    const first = seen.ends.get(id);
    if (first === undefined) seen.ends.set(id, end);
    else if (first !== end) return `run ${id} ended as ${first} and then as ${end}`;
  }
  for (const id of seen.ends.keys())
    if (world.reader.prepare("select 1 from runs where id = ? and ended_at is not null").get(id) === undefined)
      return `run ${id} had ended and is alive again`;
  const left = one(world.reader, "select r.id from queue_items q join runs r on r.seq = q.run_seq where r.ended_at is not null limit 1");
  return left === undefined ? undefined : `run ${left["id"]} has ended and still has an item`;
}

function holdersAreAlive(world: World): string | undefined {
  const row = one(world.reader, "select r.id from runs r, owner o where r.holder_id is not null and r.holder_id > o.holder_id limit 1");
  const item = one(world.reader, "select q.id from queue_items q, owner o where q.state = 2 and q.holder_id > o.holder_id limit 1");
  if (row !== undefined) return `run ${row["id"]} is held by nobody who exists`;
  return item === undefined ? undefined : `item ${item["id"]} is held by nobody who exists`;
}

function aliveIsMoving(world: World): string | undefined {
  const row = one(
    world.reader,
    "select id from runs r where ended_at is null and holder_id is null and not exists (select 1 from queue_items q where q.run_seq = r.seq) limit 1",
  );
  return row === undefined ? undefined : `run ${row["id"]} is alive, and nothing of it is queued or held`;
}

function nothingIsEarly(world: World): string | undefined {
  const sleep = one(
    world.reader,
    "select run_seq, step_id, due_at, ended_at from journal_entries where op = 'Sleep' and due_at is not null and ended_at < due_at limit 1",
  );
  if (sleep !== undefined) return `the sleep ${sleep["step_id"]} was due at ${sleep["due_at"]} and ended at ${sleep["ended_at"]}`;
  const retry = one(
    world.reader,
    `select a.run_seq, a.retry_at, b.started_at from attempts a join attempts b on b.run_seq = a.run_seq and b.attempt = a.attempt + 1 and b.step_id is a.step_id and b.seq > a.seq and b.generation = a.generation + 1
      where b.started_at < a.retry_at limit 1`,
  );
  return retry === undefined ? undefined : `a retry was due at ${retry["retry_at"]} and began at ${retry["started_at"]}`;
}

function lanesHaveItems(world: World): string | undefined {
  const lane = one(
    world.reader,
    "select id from lanes l where not exists (select 1 from queue_items q where q.lane_id = l.id and q.state = 1) limit 1",
  );
  if (lane !== undefined) return `lane ${lane["id"]} has no ready item`;
  const turn = one(
    world.reader,
    "select function_id from function_turns t where not exists (select 1 from lanes l where l.function_id = t.function_id) limit 1",
  );
  if (turn !== undefined) return `function ${turn["function_id"]} has a turn and no lane`;
  const item = one(world.reader, "select id from queue_items where state = 1 and lane_id is null limit 1");
  return item === undefined ? undefined : `item ${item["id"]} is ready and stands in no lane`;
}

function one(reader: DatabaseSync, sql: string): Readonly<Record<string, unknown>> | undefined {
  return reader.prepare(sql).get();
}
