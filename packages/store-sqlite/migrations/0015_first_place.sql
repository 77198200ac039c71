-- From where the owner draws places in the sequence: the next one goes on behind it, though no row tells of what was drawn.

alter table owner add column first_seq integer not null default 0;
