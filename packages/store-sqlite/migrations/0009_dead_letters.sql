-- Runs that failed, grouped by what went wrong. A group outlives its runs: retention takes it when they are all gone and it
-- has been quiet for long.
create table failure_groups (
  seq            integer primary key,
  environment_id integer not null,
  function_id    integer not null,
  fingerprint    text not null,
  name           text not null,
  template       text not null,
  step_name      text,                      -- null: it came from no step that is known
  frame          text,                      -- null: no stack, or none that could be read
  state          integer not null check (state between 0 and 2), -- 0 open 1 resolved 2 ignored
  state_at       integer,                   -- null: nobody has said anything
  reopened_at    integer,                   -- null: it has not failed again after it was resolved
  count          integer not null,          -- every failure
  kept           integer not null,          -- those whose runs are there
  redriven       integer not null,          -- of these, those that were repeated
  first_at       integer not null,
  last_at        integer not null,
  last_seq       integer not null,          -- the place of the last failure
  unique (environment_id, fingerprint)
) strict;
-- For reports.list_failures.
create index failure_groups_by_last on failure_groups (last_seq);
-- For the limit of groups, and reports.list_failures of one function.
create index failure_groups_by_function on failure_groups (function_id, last_seq);
-- For retention.
create index failure_groups_gone on failure_groups (last_at) where kept = 0;

-- A row goes with its run.
create table dead_letters (
  run_seq     integer primary key,
  group_seq   integer not null,
  redriven_as text                          -- null: not yet. Otherwise the id of the run that repeats it
) strict;
-- For reports.list_runs of a group.
create index dead_letters_by_group on dead_letters (group_seq, run_seq);
