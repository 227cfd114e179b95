-- Counts of calls (metering.py): of a minute (`span` 60) or, when that is past, of an hour (3600) that began at `at`.
create table if not exists usage (
    at bigint not null,
    span integer not null,
    account text not null,
    service text not null,
    operation text not null,
    caller text not null,
    inside integer not null,
    calls bigint not null,
    client_errors bigint not null,
    server_errors bigint not null,
    throttled bigint not null,
    seconds double precision not null,
    primary key (at, span, account, service, operation, caller, inside)
);
