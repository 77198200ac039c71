-- The run that has the key of a singleton, from its creation to its end.

create table singletons (
  function_id integer not null,
  key         text not null,
  run_seq     integer not null unique,
  primary key (function_id, key)
) strict, without rowid;
