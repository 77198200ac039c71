-- Since when an app fails to register, and whether the runs of a function that went with its app are called to their end.

alter table apps add column failing_since integer;
alter table functions add column drains integer not null default 0;
