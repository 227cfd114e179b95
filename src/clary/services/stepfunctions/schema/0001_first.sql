-- Tables of AWS Step Functions. A step that was released is never edited: what is to change comes with the next one.

-- The texts of definitions, by their digests: executions go on with the one that they began with.
create table if not exists stepfunctions_definition (
    scope text not null,                 -- account and region
    digest text not null,
    body text not null,
    primary key (scope, digest)
);

create table if not exists stepfunctions_version (
    scope text not null,
    machine text not null,               -- the state machine's name
    number integer not null,
    revision text not null,              -- of the state machine when it was published
    description text not null,
    content text not null,               -- JSON: role, digest, logging configuration
    created real not null,
    primary key (scope, machine, number)
);

create table if not exists stepfunctions_alias (
    scope text not null,
    machine text not null,
    name text not null,
    description text,
    routing text not null,               -- JSON: the versions and their weights
    created real not null,
    updated real not null,
    primary key (scope, machine, name)
);

-- What an execution is at: everything that its record does not have. The record alone says its status.
create table if not exists stepfunctions_run (
    execution text not null primary key, -- ARN
    version integer not null,            -- counts writes: compare-and-set
    input text not null,
    output text,
    state text                           -- JSON: the snapshot, while it runs; what a redrive begins from when it has failed
);

create table if not exists stepfunctions_history (
    execution text not null,             -- ARN
    first integer not null,              -- id of the first event
    last integer not null,
    events text not null,                -- JSON: a list of them
    primary key (execution, first)
);

-- Tasks that somebody reports about with a token.
create table if not exists stepfunctions_task (
    token text not null primary key,
    scope text not null,
    execution text not null,             -- ARN
    frame integer not null,
    attempt integer not null,            -- the id of the Scheduled event
    activity text not null,              -- ARN; '' for a callback
    status text not null,                -- scheduled, started, succeeded, failed
    scheduled real not null,
    worker text,
    beat real,                           -- the last sign of life
    outcome text,                        -- JSON: output, or error and cause
    input text not null
);
create index if not exists stepfunctions_task_activity on stepfunctions_task (activity, status, scheduled);
create index if not exists stepfunctions_task_execution on stepfunctions_task (execution);

-- Which executions wait for the end of what they began.
create table if not exists stepfunctions_child (
    child text not null,                 -- ARN
    execution text not null,
    primary key (child, execution)
);
create index if not exists stepfunctions_child_execution on stepfunctions_child (execution);

-- The child executions of Map Runs: one for each item, or for each batch of items.
create table if not exists stepfunctions_item (
    map_run text not null,               -- ARN
    number integer not null,
    input text not null,
    items integer not null,              -- how many items are in it
    status text not null,                -- pending, running, and how its execution has ended
    child text not null,                 -- the execution's name
    output text,                         -- JSON: its output, or error and cause
    primary key (map_run, number)
);
create index if not exists stepfunctions_item_status on stepfunctions_item (map_run, status, number);
