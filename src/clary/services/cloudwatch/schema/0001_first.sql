-- A metric is numbered, so that its points do not carry its names. Times are seconds since the epoch.
create table if not exists cloudwatch_metric (
    number integer primary key autoincrement,
    scope text not null,
    namespace text not null,
    name text not null,
    dimensions text not null,            -- JSON: sorted pairs of name and value
    updated integer not null,
    unique (scope, namespace, name, dimensions)
);
create table if not exists cloudwatch_point (
    metric integer not null,
    at integer not null,
    unit text not null,
    samples real not null,
    total real not null,
    low real not null,
    high real not null,
    counted text                         -- JSON: values and how often each; null where they are not known
);
create index if not exists cloudwatch_point_by_time on cloudwatch_point (metric, at);
