-- What the code of a step is called with, where it is called with anything. In a table of its own: most steps have none.

create table step_arguments (
  run_seq     integer not null,
  step_id     text not null,                -- hashed
  input       text not null,                -- a list
  primary key (run_seq, step_id)
) strict;
