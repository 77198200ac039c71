-- Waits for events, signals and child runs; cancel rules; timers; what a run has to tidy up at its end.

-- No row was ever written to the table as it was.
drop table waits;
create table waits (
  seq            integer primary key,
  environment_id integer not null,
  run_seq        integer not null,
  step_id        text not null,             -- of a cancel rule: its place in the function's options
  kind           integer not null check (kind between 0 and 3), -- 0 event 1 cancel 2 signal 3 invoke
  name           text not null,             -- of the event or signal; of an invoke the child's id
  path           text,                      -- null: no equality term
  value          text,                      -- its JSON
  expression     text,                      -- null: the term says it all
  bindings       text,                      -- null: the expression reads nothing of the run's own event
  since_seq      integer not null,          -- events up to here do not count
  look_back_from integer,                   -- null: no lookback
  unlooked       integer not null,          -- 1: its holder has not looked back yet
  wakes_always   integer not null,          -- 1: its end is told at once, without waiting for its group
  cancels_child  integer not null,          -- 1: the end of the wait or of its run cancels the child
  due_at         integer not null,
  unique (run_seq, kind, step_id)
) strict;
-- For the event side of a match, and for the one wait of a signal.
create index waits_by_term on waits (environment_id, name, path, value, seq);
-- For timers.due.
create index waits_by_due on waits (due_at);
-- For the wait side's repeated look.
create index waits_unlooked on waits (seq) where unlooked = 1;

-- Signals nobody waited for yet: the last of each name, consumed by the first wait.
create table kept_signals (
  environment_id integer not null,
  name           text not null,
  data           text not null,
  kept_until     integer not null,
  primary key (environment_id, name)
) strict, without rowid;
-- For retention.
create index kept_signals_by_expiry on kept_signals (kept_until);

-- Which step of which run waits for a child. Goes with either of them.
create table invokes (
  child_run_seq  integer not null,
  parent_run_seq integer not null,
  step_id        text not null,
  cancels_child  integer not null,
  primary key (child_run_seq, parent_run_seq, step_id)
) strict, without rowid;
-- For the end of a parent, for its trace, and for retention.
create index invokes_by_parent on invokes (parent_run_seq, step_id);

-- What the server itself does for a step, instead of a call of the app. Goes when the step has its result.
create table step_requests (
  run_seq     integer not null,
  step_id     text not null,
  body        text not null,
  primary key (run_seq, step_id)
) strict, without rowid;

-- What a run has besides its own rows, so that the end of most runs need not look: 1 cancel rules or deadlines,
-- 2 a parent that waits, 4 children that end with it.
alter table runs add column ties integer not null default 0;

-- Which event a memo is, by its public id: an event counts once for each wait's name.
alter table journal_entries add column event_id text;
-- For that, and for retention: an event that is a memo stays.
create index journal_entries_by_event on journal_entries (event_id, run_seq) where event_id is not null;

-- For the runs of an event that were made by a cursor or as a batch.
create index run_events_by_event on run_events (event_seq);
