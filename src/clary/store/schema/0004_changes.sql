-- What became of records, in the order in which it was committed, for those who act on it later (feed.py). Numbers are
-- never used again.
create table if not exists change (
    number integer primary key autoincrement,
    kind text not null,
    scope text not null,
    id text not null,
    arn text not null,
    what text not null,          -- created, updated, tagged, deleted; or a service's own word
    view text not null,          -- JSON: what was observed before and after
    at real not null
);
create table if not exists consumer (
    name text primary key,
    position integer not null,   -- the last change that it is done with
    seen_at real not null        -- when it said so
);
