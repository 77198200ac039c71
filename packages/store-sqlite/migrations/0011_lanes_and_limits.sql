-- Turns of functions and lanes, who waits for which limit and what is used of it stand in memory: one process owns the
-- file, and all of it follows from what is held.

drop index lanes_by_turn;
drop index functions_by_turn;
create table lanes_anew (
  id          integer primary key,
  function_id integer not null,
  key         text not null,                -- its constraints; '': no key tells the function's runs apart
  unique (function_id, key)
) strict;
insert into lanes_anew (id, function_id, key) select id, function_id, key from lanes;
drop table lane_keys;
drop table slots;
drop table constraint_keys;
drop table lanes;
drop table function_turns;
alter table lanes_anew rename to lanes;

-- The constraints of a run, for its next item, and whether it has passed the gates of its start: then it owns the slots
-- of its run-level limits until it ends.
alter table runs add column lane_key text not null default '';
alter table runs add column holds integer not null default 0;
-- For the slots, when the file is opened.
create index runs_holding on runs (seq) where holds = 1 and ended_at is null;

-- How far the key of a throttle is used up.
create table throttles (
  key         text primary key,
  arrival     real not null
) strict, without rowid;
-- For retention.
create index throttles_by_arrival on throttles (arrival);
