-- How much earlier a run stands in its lane than its age says.

alter table runs add column priority_ms integer not null default 0;
