-- Made by `npm run schema` from migrations/. Do not edit. One file of any length: it is read beside the migrations.

CREATE TABLE schema_migrations (name text primary key, applied_at integer not null) strict, without rowid;

CREATE TABLE owner (
  id          integer primary key check (id = 1),
  epoch       integer not null,
  holder_id   integer not null,
  pid         integer not null,
  opened_at   integer not null,
  last_now    integer not null              -- engine time survives a restart
, first_seq integer not null default 0) strict;

CREATE TABLE settings (
  name        text primary key,
  value       text not null
) strict, without rowid;

CREATE TABLE holders (
  id          integer primary key,
  epoch       integer not null,
  alive_until integer,                      -- null: the file's owner; it needs no heartbeat
  matched_seq integer not null              -- how far this holder has looked for what its events wake and cancel
) strict;

CREATE TABLE environments (
  id          integer primary key,
  slug        text not null unique,
  name        text not null,
  created_at  integer not null
) strict;

CREATE TABLE apps (
  id             integer primary key,
  environment_id integer not null references environments (id),
  name           text not null,
  uuid           text not null,
  url            text not null,
  sdk            text not null,
  framework      text,                      -- null: not told
  platform       text,                      -- null: not told
  app_version    text,                      -- null: not told
  checksum       text not null,
  error          text,                      -- null: the last sync was taken
  warnings       text,                      -- null: none
  synced_at      integer not null,
  removed_at     integer, failing_since integer,                   -- null: present
  unique (environment_id, name)
) strict;

CREATE TABLE functions (
  id             integer primary key,
  app_id         integer not null references apps (id),
  environment_id integer not null references environments (id),
  uuid           text not null,
  slug           text not null,
  name           text not null,
  config         text not null,
  version        integer not null,
  archived_at    integer,                   -- null: starts runs
  paused_at      integer,                   -- null: not paused
  created_at     integer not null,
  updated_at     integer not null, drains integer not null default 0,
  unique (environment_id, slug)
) strict;

CREATE TABLE payloads (
  id          integer primary key,
  body        text not null
) strict;

CREATE TABLE events (
  seq            integer primary key,
  id             text not null unique,      -- our ULID
  environment_id integer not null,
  external_id    text,                      -- null: the sender gave none
  name           text not null,
  ts             integer not null,          -- the sender's time, never used for order
  received_at    integer not null,
  data           text,                      -- null: in payloads
  data_payload   integer,                   -- null: inline
  user_data      text,                      -- null: none
  meta           text,                      -- null: none
  v              text                       -- null: none
) strict;

CREATE INDEX events_by_name on events (environment_id, name, seq);

CREATE TABLE event_outcomes (
  event_seq   integer not null,
  function_id integer not null,
  kind        text not null,
  detail      text,                         -- null: the kind says it all
  primary key (event_seq, function_id)
) strict, without rowid;

CREATE TABLE runs (
  seq            integer primary key,
  id             text not null unique,
  environment_id integer not null,
  function_id    integer not null,
  event_seq      integer not null,          -- the first of run_events where a run has several
  status         integer not null check (status between 0 and 5), -- 0 queued 1 running 2 completed 3 failed 4 cancelled 5 skipped
  queued_at      integer not null,
  started_at     integer,                   -- null: born leased and not yet reported, or not started
  ended_at       integer,                   -- null: alive
  ended_seq      integer,                   -- null: alive. The place of its system events
  -- The run's own item: its counters live here whether or not it is a row of queue_items.
  holder_id      integer,                   -- null: nobody has the run's own item in hand
  generation     integer not null,
  attempt        integer not null,
  lease_losses   integer not null,
  woken          integer not null,          -- 1: a wake came while the own item was in hand
  -- What its items share.
  journal_length integer not null,          -- settled steps
  step_count     integer not null,          -- all steps known
  state_bytes    integer not null,
  group_no       integer not null,
  group_open     integer not null,          -- steps of the present group that are not settled
  version        integer not null,          -- -1: the SDK has not answered yet
  plan           integer not null,
  empty_replies  integer not null,
  output         text,                      -- null: none, or in payloads
  output_payload integer,
  error          text,                      -- null: none
  cancel_reason  text,                      -- null: not cancelled
  warnings       text,                      -- null: none
  origin         text, ties integer not null default 0, priority_ms integer not null default 0, lane_key text not null default '', holds integer not null default 0,                      -- null: an event. Otherwise what made it: rerun, invoke, schedule
  check ((ended_at is null) = (status < 2)),
  check (ended_at is null or holder_id is null)
) strict;

CREATE INDEX runs_by_function on runs (function_id, seq);

CREATE INDEX runs_troubled on runs (status, seq) where status >= 3;

CREATE TABLE run_events (
  run_seq     integer not null,
  ord         integer not null,
  event_seq   integer not null,
  primary key (run_seq, ord)
) strict, without rowid;

CREATE TABLE journal_entries (
  run_seq     integer not null,
  step_id     text not null,                -- hashed
  state       integer not null check (state between 0 and 5), -- 0 reported 1 planned 2 sleeping 3 waiting 4 completed 5 failed
  ord         integer,                      -- null: not settled
  op          text not null,
  step_type   text,                         -- null: the op says it
  name        text not null,
  memo        text,                         -- null: not settled, or in payloads
  memo_payload integer,
  memo_event  integer,                      -- null: the memo is its own text. Otherwise the event it is
  started_at  integer,
  ended_at    integer,
  due_at      integer,                      -- null: not a sleep
  attempt     integer not null,
  group_no    integer not null,             -- 0: in no group
  race        integer not null, event_id text, kept integer not null default 0,
  primary key (run_seq, step_id)
) strict, without rowid;

CREATE TABLE attempts (
  run_seq     integer not null,
  seq         integer not null,
  step_id     text,                         -- null: a call of the whole function
  attempt     integer not null,
  generation  integer not null,
  started_at  integer not null,
  ended_at    integer not null,
  http_status integer,                      -- null: no reply
  error_code  text,                         -- null: it went well
  error       text,
  retry_at    integer,                      -- null: no further attempt
  steps       integer not null, injected text,
  primary key (run_seq, seq)
) strict, without rowid;

CREATE TABLE queue_items (
  seq          integer primary key,
  id           text not null unique,        -- of the run's own item: the run's id
  run_seq      integer not null,
  function_id  integer not null,
  lane_key     text not null,
  lane_id      integer,                     -- null: parked; else its lane
  state        integer not null check (state in (0, 1, 2)), -- 0 parked 1 ready 2 held
  own          integer not null,            -- 1: the run's own item; its counters are the run's
  step_id      text,                        -- null: a discovery. Of an own item: the sleep that ends with it
  sleep        integer not null,            -- 1: it is a sleep; its end settles step_id
  race         integer not null,
  snapshot_length integer not null,         -- settled steps when it was planned
  due_at       integer not null,
  rank         integer not null,
  holder_id    integer,                     -- null: not held
  generation   integer not null,
  attempt      integer not null,
  lease_losses integer not null,
  check ((state = 2) = (holder_id is not null))
) strict;

CREATE INDEX queue_items_by_rank on queue_items (lane_id, rank, seq) where state = 1;

CREATE INDEX queue_items_by_due on queue_items (due_at) where state = 0;

CREATE INDEX queue_items_by_holder on queue_items (holder_id) where state = 2;

CREATE INDEX queue_items_by_run on queue_items (run_seq);

CREATE TABLE timers (
  seq          integer primary key,
  kind         text not null,
  subject      text not null,               -- what it is about: a wait, a run, a function's trigger
  run_seq      integer,                     -- null: of no run
  due_at       integer not null,
  data         text,                        -- null: the subject says it all
  unique (kind, subject)
) strict;

CREATE INDEX timers_by_due on timers (due_at);

CREATE INDEX timers_by_run on timers (run_seq) where run_seq is not null;

CREATE TABLE cursors (
  seq         integer primary key,
  event_seq   integer not null,
  kind        text not null,
  plan        text not null,                -- the frozen list of what it starts
  position    integer not null,
  holder_id   integer                       -- null: free
) strict;

CREATE TABLE dedupes (
  function_id integer not null,
  key         text not null,
  run_id      text not null,
  expires_at  integer not null,
  primary key (function_id, key)
) strict, without rowid;

CREATE INDEX dedupes_by_expiry on dedupes (expires_at);

CREATE TABLE function_minutes (
  function_id integer not null,
  minute      integer not null,
  completed   integer not null,
  failed      integer not null,
  cancelled   integer not null,
  duration_ms integer not null,
  primary key (function_id, minute)
) strict, without rowid;

CREATE TABLE waits (
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
  due_at         integer not null, cuts_look_back integer not null default 0,
  unique (run_seq, kind, step_id)
) strict;

CREATE INDEX waits_by_term on waits (environment_id, name, path, value, seq);

CREATE INDEX waits_by_due on waits (due_at);

CREATE INDEX waits_unlooked on waits (seq) where unlooked = 1;

CREATE TABLE kept_signals (
  environment_id integer not null,
  name           text not null,
  data           text not null,
  kept_until     integer not null,
  primary key (environment_id, name)
) strict, without rowid;

CREATE INDEX kept_signals_by_expiry on kept_signals (kept_until);

CREATE TABLE invokes (
  child_run_seq  integer not null,
  parent_run_seq integer not null,
  step_id        text not null,
  cancels_child  integer not null,
  primary key (child_run_seq, parent_run_seq, step_id)
) strict, without rowid;

CREATE INDEX invokes_by_parent on invokes (parent_run_seq, step_id);

CREATE TABLE step_requests (
  run_seq     integer not null,
  step_id     text not null,
  body        text not null,
  primary key (run_seq, step_id)
) strict, without rowid;

CREATE INDEX journal_entries_by_event on journal_entries (event_id, run_seq) where event_id is not null;

CREATE INDEX run_events_by_event on run_events (event_seq);

CREATE TABLE log_lines (
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

CREATE TABLE attempt_logs (
  run_seq     integer not null,
  step_id     text not null,                -- '': of no step
  attempt     integer not null,             -- -1: of none that is known
  lines       integer not null,
  bytes       integer not null,
  is_cut      integer not null,
  primary key (run_seq, step_id, attempt)
) strict, without rowid;

CREATE TABLE run_logs (
  run_seq     integer primary key,
  lines       integer not null,
  bytes       integer not null,
  is_cut      integer not null,
  rows        integer not null              -- lines and marks
) strict;

CREATE TABLE reruns (
  run_seq     integer primary key,
  of_run      text not null,
  first_run   text not null,                -- where the chain of repetitions began
  from_step   text,                         -- null: from the beginning
  input       text,                         -- null: as it was. Arguments of from_step, until it has a result
  name        text                          -- null: none
) strict;

CREATE TABLE rate_limits (
  function_id integer not null,
  key         text not null,
  arrival     real not null,                -- when what was let in would have come, had it come evenly
  primary key (function_id, key)
) strict, without rowid;

CREATE INDEX rate_limits_by_arrival on rate_limits (arrival);

CREATE TABLE failure_groups (
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

CREATE INDEX failure_groups_by_last on failure_groups (last_seq);

CREATE INDEX failure_groups_by_function on failure_groups (function_id, last_seq);

CREATE INDEX failure_groups_gone on failure_groups (last_at) where kept = 0;

CREATE TABLE dead_letters (
  run_seq     integer primary key,
  group_seq   integer not null,
  redriven_as text                          -- null: not yet. Otherwise the id of the run that repeats it
) strict;

CREATE INDEX dead_letters_by_group on dead_letters (group_seq, run_seq);

CREATE TABLE "lanes" (
  id          integer primary key,
  function_id integer not null,
  key         text not null,                -- its constraints; '': no key tells the function's runs apart
  unique (function_id, key)
) strict;

CREATE TABLE throttles (
  key         text primary key,
  arrival     real not null
) strict, without rowid;

CREATE INDEX throttles_by_arrival on throttles (arrival);

CREATE TABLE pending_runs (
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

CREATE UNIQUE INDEX pending_runs_open on pending_runs (function_id, kind, key) where is_closed = 0;

CREATE TABLE pending_events (
  pending_seq    integer not null,
  event_seq      integer not null,
  start_at       integer not null,
  origin         text,                      -- null: an event that somebody sent
  parent_run_seq integer,                   -- null: no step waits for what becomes of the event
  step_id        text,
  cancels_child  integer not null,
  primary key (pending_seq, event_seq)
) strict, without rowid;

CREATE INDEX pending_events_by_event on pending_events (event_seq);

CREATE TABLE run_metadata (
  run_seq     integer not null,
  step_id     text not null,                -- '': the run
  attempt     integer not null,             -- -1: none of its own
  span_id     text not null,                -- '': the whole of it
  kind        text not null,
  "values"    text not null,                -- a JSON object
  updated_at  integer not null,
  primary key (run_seq, step_id, attempt, span_id, kind)
) strict, without rowid;

CREATE TABLE singletons (
  function_id integer not null,
  key         text not null,
  run_seq     integer not null unique,
  primary key (function_id, key)
) strict, without rowid;

CREATE INDEX runs_alive on runs (holder_id, holds) where ended_at is null;

CREATE TABLE step_arguments (
  run_seq     integer not null,
  step_id     text not null,                -- hashed
  input       text not null,                -- a list
  primary key (run_seq, step_id)
) strict;
