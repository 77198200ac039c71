-- What chaos did to a call; null: nothing. It goes with its row.

alter table attempts add column injected text;
