-- How far the scrub of a service is (upkeep/scrub.py). `kind` is what it reads now ('' between passes), behind the primary
-- key (first, second, number); of the next one, `part` parts are read if its bytes still lie in `place`.
create table if not exists scrub (
    service text primary key,
    kind text not null,
    first text not null,
    second text not null,
    number integer not null,
    place text not null,
    part integer not null,
    begun real not null,             -- this pass, or between passes the last one
    bytes integer not null,          -- that it has read
    things integer not null,
    ended real not null,             -- the last whole pass; 0 for none
    last_bytes integer not null,
    last_things integer not null
);

-- What was found lost or changed: a thing by its primary key. `place` is where its bytes lay, so that others are not taken for them.
create table if not exists damage (
    service text not null,
    kind text not null,
    first text not null,
    second text not null,
    number integer not null,
    name text not null,              -- for people
    place text not null,
    reason text not null,
    found real not null,
    primary key (service, kind, first, second, number)
);

-- What the last look at every blob deleted (upkeep/leftovers.py), and all of them: one row.
create table if not exists leftover (
    id integer not null primary key,
    at real not null,
    deleted integer not null,
    total integer not null
);
