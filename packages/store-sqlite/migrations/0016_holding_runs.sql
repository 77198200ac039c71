-- Which runs own slots between their calls: a column of the index that every run is in anyhow, where an index of their own cost
-- each of them two writes.

drop index runs_holding;
drop index runs_alive;
-- For queue.take_over, the slots when the file is opened, and the lists of what is alive. Holds only runs that are alive.
create index runs_alive on runs (holder_id, holds) where ended_at is null;
