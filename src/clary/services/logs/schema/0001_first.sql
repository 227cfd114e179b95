-- Groups and streams are numbered, so that an event carries two small numbers instead of three names, and so that a
-- group made again under an old name has nothing of the old one.
create table if not exists logs_group (
    number integer primary key autoincrement,
    scope text not null,
    name text not null,
    created integer not null,            -- milliseconds since the epoch, as all times here
    retention integer,                   -- days
    unique (scope, name)
);
-- The logGroupClass of groups that are not of the class STANDARD.
create table if not exists logs_group_kind (
    grp integer primary key,
    kind text not null
);
create table if not exists logs_stream (
    number integer primary key autoincrement,
    grp integer not null,
    name text not null,
    created integer not null,
    first_event integer,
    last_event integer not null,         -- 0: none yet
    last_ingestion integer,
    next_seq integer not null,
    bytes integer not null,              -- what its events amount to, each with 26 bytes of overhead
    unique (grp, name)
);
create index if not exists logs_stream_by_time on logs_stream (grp, last_event, name);
create index if not exists logs_stream_bytes on logs_stream (grp, bytes);
create table if not exists logs_event (
    stream integer not null,
    at integer not null,
    seq integer not null,
    grp integer not null,
    ingested integer not null,
    size integer not null,               -- before the message, so that it is read without it
    message text not null,
    primary key (stream, at, seq)
) without rowid;
create index if not exists logs_event_by_time on logs_event (grp, at, stream, seq);
