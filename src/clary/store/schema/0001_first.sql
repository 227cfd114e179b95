-- The tables of every platform. Written in the dialect that dialect.py turns into PostgreSQL's: INTEGER is 64 bits,
-- TEXT sorts by bytes, times are seconds since the epoch.

create table if not exists resource (
    number integer primary key autoincrement,
    kind text not null,
    scope text not null,
    id text not null,
    arn text not null,
    status text not null,
    doc text not null,           -- JSON
    format integer not null,     -- how many upgrades the document has been through (formats.py)
    version integer not null,    -- counts writes: compare-and-set
    created real not null,
    modified real not null,
    due real,                    -- when a controller is to look; null: never
    lease_until real,            -- until when a controller holds it
    unique (kind, scope, id)
);

create index if not exists resource_created on resource (kind, scope, created, id);
create index if not exists resource_arn on resource (arn) where arn <> '';
create index if not exists resource_due on resource (due) where due is not null;

create table if not exists tag (
    arn text not null,
    key text not null,
    value text not null,
    primary key (arn, key)
) without rowid;

create table if not exists idempotency (
    scope text not null,
    operation text not null,
    token text not null,
    result text not null,        -- JSON
    primary key (scope, operation, token)
) without rowid;
