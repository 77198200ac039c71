-- How far the keys of rate limits are used up. Retention removes the rows of keys that are idle.

create table rate_limits (
  function_id integer not null,
  key         text not null,
  arrival     real not null,                -- when what was let in would have come, had it come evenly
  primary key (function_id, key)
) strict, without rowid;
create index rate_limits_by_arrival on rate_limits (arrival);
