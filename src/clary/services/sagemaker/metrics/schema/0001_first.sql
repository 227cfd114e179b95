-- The series of a resource's metric is numbered, so that its points do not carry names. `owner` is the ARN of a trial
-- component. A point without a step was logged without one.
create table if not exists sagemaker_metric_series (
    number integer primary key autoincrement,
    owner text not null,
    name text not null,
    unique (owner, name)
);
create table if not exists sagemaker_metric_point (
    number integer primary key autoincrement,   -- in the order in which they came
    series integer not null,
    at integer not null,                        -- milliseconds since the epoch
    step integer,
    value real not null
);
create index if not exists sagemaker_metric_point_by_time on sagemaker_metric_point (series, at, number);
create index if not exists sagemaker_metric_point_by_step on sagemaker_metric_point (series, step, number);
