create table if not exists logs_group (
    scope text not null,
    name text not null,
    created integer not null,
    retention integer,
    primary key (scope, name)
);
create table if not exists logs_stream (
    scope text not null,
    grp text not null,
    name text not null,
    created integer not null,
    first_event integer,
    last_event integer,
    last_ingestion integer,
    next_seq integer not null,
    primary key (scope, grp, name)
);
create table if not exists logs_event (
    scope text not null,
    grp text not null,
    stream text not null,
    at integer not null,
    seq integer not null,
    ingested integer not null,
    message text not null,
    primary key (scope, grp, stream, at, seq)
);
create index if not exists logs_event_by_time on logs_event (scope, grp, at);
