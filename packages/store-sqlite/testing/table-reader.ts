import { DatabaseSync, type StatementSync } from "node:sqlite";

const alive = "select r.seq from runs r where r.ended_at is null";

/** Each is a question whose every row is a disagreement. */
const disagreements: Readonly<Record<string, string>> = {
  "an ended run has something queued, held, waiting, timed or asked for": `select r.seq from runs r where r.ended_at is not null
     and (r.holder_id is not null or exists (select 1 from queue_items q where q.run_seq = r.seq)
          or exists (select 1 from waits w where w.run_seq = r.seq) or exists (select 1 from timers t where t.run_seq = r.seq)
          or exists (select 1 from step_requests s where s.run_seq = r.seq))`,
  "a run that is alive has nothing that could move it": `${alive} and r.holder_id is null
     and not exists (select 1 from queue_items q where q.run_seq = r.seq)
     and not exists (select 1 from waits w where w.run_seq = r.seq and w.kind <> 1)`,
  "a run's own item is in hand and queued, or queued twice":
    "select q.run_seq from queue_items q join runs r on r.seq = q.run_seq where q.own = 1 group by q.run_seq having count(*) > 1 or max(r.holder_id) is not null",
  "a ready item stands in no lane of its function and key":
    "select q.seq from queue_items q where q.state = 1 and not exists (select 1 from lanes l where l.id = q.lane_id and l.function_id = q.function_id and l.key = q.lane_key)",
  "an item that is not ready stands in a lane": "select seq from queue_items where state <> 1 and lane_id is not null",
  "a lane has no ready item":
    "select l.id from lanes l where not exists (select 1 from queue_items q where q.lane_id = l.id and q.state = 1)",
  "a run miscounts its journal": `select r.seq from runs r where
      r.journal_length <> (select count(*) from journal_entries j where j.run_seq = r.seq and j.ord is not null)
      or r.journal_length <> (select coalesce(max(j.ord), 0) from journal_entries j where j.run_seq = r.seq)
      or r.journal_length <> (select count(distinct j.ord) from journal_entries j where j.run_seq = r.seq)
      or r.step_count <> (select count(*) from journal_entries j where j.run_seq = r.seq)`,
  "a run miscounts the bytes of its results": `select r.seq from runs r where r.state_bytes <>
      (select coalesce(sum(case when j.memo_event is null then octet_length(coalesce(j.memo, p.body))
                           else octet_length(coalesce(e.data, d.body)) + coalesce(octet_length(e.user_data), 0) + coalesce(octet_length(e.meta), 0) end), 0)
         from journal_entries j left join payloads p on p.id = j.memo_payload left join events e on e.seq = j.memo_event
         left join payloads d on d.id = e.data_payload where j.run_seq = r.seq and j.ord is not null)`,
  "a settled step has no result, or an open one has one": `select run_seq from journal_entries
     where (ord is null) <> (memo is null and memo_payload is null and memo_event is null) or (ord is null) <> (state <= 3)`,
  "a run miscounts what is open of its group": `select r.seq from runs r where r.group_open <>
      (select count(*) from journal_entries j where j.run_seq = r.seq and j.state <= 3 and j.group_no > 0 and j.group_no = r.group_no)`,
  "a step's item has no step that is open, or two items have one": `select q.seq from queue_items q where q.own = 0 and not exists
      (select 1 from journal_entries j where j.run_seq = q.run_seq and j.step_id = q.step_id)
      union all select min(seq) from queue_items where own = 0 group by run_seq, step_id having count(*) > 1`,
  "a wait has no step that waits": `select w.seq from waits w where w.kind <> 1 and not exists
      (select 1 from journal_entries j where j.run_seq = w.run_seq and j.step_id = w.step_id and j.state = 3 and j.ended_at is null)`,
  "a step waits for nothing": `select j.run_seq from journal_entries j join runs r on r.seq = j.run_seq
     where r.ended_at is null and j.state = 3 and j.ended_at is null
       and not exists (select 1 from waits w where w.run_seq = j.run_seq and w.step_id = j.step_id and w.kind <> 1)`,
  "a wait, a timer or a request has no run": `select seq from waits where run_seq not in (select seq from runs)
     union all select seq from timers where run_seq is not null and run_seq not in (select seq from runs)
     union all select run_seq from step_requests where run_seq not in (select seq from runs)`,
  "arguments have no step": `select a.run_seq from step_arguments a where not exists
      (select 1 from journal_entries j where j.run_seq = a.run_seq and j.step_id = a.step_id)`,
  "two waits have one signal": "select min(seq) from waits where kind = 2 group by environment_id, name having count(*) > 1",
  "a singleton is held by no run that is alive, or a run holds none that should": `select s.run_seq from singletons s
      where not exists (select 1 from runs r where r.seq = s.run_seq and r.ended_at is null and (r.ties & 8) = 8 and r.function_id = s.function_id)
      union all select r.seq from runs r where r.ended_at is null and (r.ties & 8) = 8 and r.seq not in (select run_seq from singletons)`,
  "a parent waits for a run that is not alive": `select w.seq from waits w where w.kind = 3 and not exists
      (select 1 from invokes i join runs c on c.seq = i.child_run_seq
        where i.parent_run_seq = w.run_seq and i.step_id = w.step_id and c.ended_at is null and c.id = w.name and (c.ties & 2) = 2)
      and not exists (select 1 from pending_events e join pending_runs p on p.seq = e.pending_seq
        where e.parent_run_seq = w.run_seq and e.step_id = w.step_id and p.run_id = w.name)`,
  "a run that is collected has no timer, or such a timer has no run": `select p.seq from pending_runs p
     where not exists (select 1 from timers t where t.kind = iif(p.kind = 0, 'debounce', 'batch') and t.subject = p.run_id)
     union all select seq from timers where kind in ('debounce', 'batch') and subject not in (select run_id from pending_runs)`,
  "a run that is collected miscounts its events": `select p.seq from pending_runs p
     where (select count(*) from pending_events e where e.pending_seq = p.seq) <> iif(p.kind = 0, 1, p.joins)`,
  "a run is collected that has begun": "select p.seq from pending_runs p join runs r on r.id = p.run_id",
  "an event is collected for no run, or is gone": `select pending_seq from pending_events
     where pending_seq not in (select seq from pending_runs) or event_seq not in (select seq from events)`,
  "a child or a parent is gone and the other one still refers to it":
    "select child_run_seq from invokes where child_run_seq not in (select seq from runs) or parent_run_seq not in (select seq from runs)",
  "a run has no event": "select seq from runs where event_seq not in (select seq from events)",
  "a result is an event that is gone":
    "select run_seq from journal_entries where memo_event is not null and memo_event not in (select seq from events)",
  "a cursor has no event, or nothing to do":
    "select seq from cursors where event_seq not in (select seq from events) or position < 0 or position >= json_array_length(plan)",
  "history has no owner": `select run_seq from attempts where run_seq not in (select seq from runs)
     union all select run_seq from journal_entries where run_seq not in (select seq from runs)
     union all select run_seq from run_events where run_seq not in (select seq from runs) or event_seq not in (select seq from events)
     union all select run_seq from run_metadata where run_seq not in (select seq from runs)
     union all select run_seq from reruns where run_seq not in (select seq from runs)
     union all select run_seq from log_lines where run_seq not in (select run_seq from run_logs)
     union all select run_seq from attempt_logs where run_seq not in (select run_seq from run_logs)
     union all select run_seq from run_logs where run_seq not in (select seq from runs)
     union all select event_seq from event_outcomes where event_seq not in (select seq from events)`,
  "a run miscounts its log lines":
    "select l.run_seq from run_logs l where l.rows <> (select count(*) from log_lines where run_seq = l.run_seq)",
  "a failed run stands in no group, or a group counts others than its own": `select d.run_seq from dead_letters d
     where not exists (select 1 from runs r where r.seq = d.run_seq and r.status = 3) or d.group_seq not in (select seq from failure_groups)
     union all select g.seq from failure_groups g where g.kept <> (select count(*) from dead_letters d where d.group_seq = g.seq)
        or g.redriven <> (select count(redriven_as) from dead_letters d where d.group_seq = g.seq) or g.kept > g.count`,
  "a payload has no owner, or two": `select p.id from payloads p where 1 <>
      (select count(*) from events where data_payload = p.id) + (select count(*) from journal_entries where memo_payload = p.id)
      + (select count(*) from runs where output_payload = p.id)`,
};

/** Reads a file beside its store, with each question prepared once. */
export class TableReader {
  readonly #db: DatabaseSync;
  readonly #questions: readonly (readonly [name: string, statement: StatementSync])[];
  readonly #awaited: StatementSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { readOnly: true });
    this.#questions = Object.entries(disagreements).map(([name, sql]) => [name, this.#db.prepare(sql)]);
    this.#awaited = this.#db.prepare("select name, coalesce(path, '') as path from waits where kind <= 1");
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  /** The names of what the tables disagree about. */
  disagreements(): readonly string[] {
    return this.#questions.filter(([, statement]) => statement.get() !== undefined).map(([name]) => name);
  }

  /** What events are waited for, by name: the paths, `""` for a wait without a term. */
  awaited(): ReadonlyMap<string, ReadonlySet<string>> {
    const awaited = new Map<string, Set<string>>();
    for (const row of this.#awaited.all()) {
      const name = String(row["name"]);
      awaited.set(name, (awaited.get(name) ?? new Set<string>()).add(String(row["path"])));
    }
    return awaited;
  }
}
