-- Business time, which users move forward. `until` is the moment of it for which a record waits; one that is held has none.
alter table resource add column until real;
create index if not exists resource_until on resource (kind, until) where until is not null;
-- How far it is ahead of the machine's clock, in whole seconds, and since when. Both only go up.
create table if not exists clock_move (
    ahead real not null primary key,
    at real not null
);
