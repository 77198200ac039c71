-- Log lines of runs. They go with their run, or before it when its trace does.

create table log_lines (
  run_seq     integer not null,
  seq         integer not null,             -- the order of arrival within the run
  step_id     text,                         -- null: of no step
  attempt     integer,                      -- null: of none that is known
  at          integer not null,
  level       integer not null check (level between 0 and 3), -- 0 debug 1 info 2 warn 3 error
  cut         integer not null check (cut between 0 and 2),   -- 1, 2: no line, but the mark of the attempt's limit, of the run's
  text        text not null,
  data        text,                         -- null: none
  primary key (run_seq, seq)
) strict, without rowid;

-- How much of it each attempt has, and the run as a whole; go with the lines.
create table attempt_logs (
  run_seq     integer not null,
  step_id     text not null,                -- '': of no step
  attempt     integer not null,             -- -1: of none that is known
  lines       integer not null,
  bytes       integer not null,
  is_cut      integer not null,
  primary key (run_seq, step_id, attempt)
) strict, without rowid;

create table run_logs (
  run_seq     integer primary key,
  lines       integer not null,
  bytes       integer not null,
  is_cut      integer not null,
  rows        integer not null              -- lines and marks
) strict;
