-- What programs note about runs, by kinds. The rows go with their run.
create table run_metadata (
  run_seq     integer not null,
  step_id     text not null,                -- '': the run
  attempt     integer not null,             -- -1: none of its own
  span_id     text not null,                -- '': the whole of it
  kind        text not null,
  "values"    text not null,                -- a JSON object
  updated_at  integer not null,
  primary key (run_seq, step_id, attempt, span_id, kind)
) strict, without rowid;
