-- Whether a lookback that is too wide goes as far as it may; 0: its wait is refused.

alter table waits add column cuts_look_back integer not null default 0;
