create table if not exists cloudwatch_metric (
    scope text not null,
    namespace text not null,
    name text not null,
    dimensions text not null,
    updated integer not null,
    primary key (scope, namespace, name, dimensions)
);
create table if not exists cloudwatch_point (
    scope text not null,
    namespace text not null,
    name text not null,
    dimensions text not null,
    at integer not null,
    unit text not null,
    samples real not null,
    total real not null,
    low real not null,
    high real not null,
    counted text
);
create index if not exists cloudwatch_point_by_time on cloudwatch_point (scope, namespace, name, dimensions, at);
