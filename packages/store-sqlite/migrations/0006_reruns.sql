-- Runs that repeat others. The row goes with its run; the run it repeats may be gone before.
create table reruns (
  run_seq     integer primary key,
  of_run      text not null,
  first_run   text not null,                -- where the chain of repetitions began
  from_step   text,                         -- null: from the beginning
  input       text,                         -- null: as it was. Arguments of from_step, until it has a result
  name        text                          -- null: none
) strict;

-- 0: a result of the run's own. 1: taken from the run it repeats. 2: given with the order to repeat it.
alter table journal_entries add column kept integer not null default 0;
