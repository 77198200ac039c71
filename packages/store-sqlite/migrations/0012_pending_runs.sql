-- Runs that are being collected, a debounce's or a batch's, with the events that are to go into them.

drop table pending_starts;

create table pending_runs (
  seq            integer primary key,
  run_id         text not null unique,
  environment_id integer not null,
  function_id    integer not null,
  kind           integer not null check (kind between 0 and 1), -- 0 debounce 1 batch
  key            text not null,
  opened_at      integer not null,
  due_at         integer not null,
  hard_due_at    integer,                   -- null: nothing caps it
  kept_ts        integer not null,          -- the sender's time of the kept event. Of a batch 0
  joins          integer not null,
  bytes          integer not null,
  is_closed      integer not null           -- 1: due, and nothing goes into it any more
) strict;

-- Where an event goes. One is open at a time.
create unique index pending_runs_open on pending_runs (function_id, kind, key) where is_closed = 0;

create table pending_events (
  pending_seq    integer not null,
  event_seq      integer not null,
  start_at       integer not null,
  origin         text,                      -- null: an event that somebody sent
  parent_run_seq integer,                   -- null: no step waits for what becomes of the event
  step_id        text,
  cancels_child  integer not null,
  primary key (pending_seq, event_seq)
) strict, without rowid;

-- What retention asks of an event.
create index pending_events_by_event on pending_events (event_seq);
