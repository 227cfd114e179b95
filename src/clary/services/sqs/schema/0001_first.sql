-- Keys of SSE-SQS, sealed.
create table if not exists sqs_service_key (
    number integer primary key,
    sealed text not null,
    created real not null
);
-- Deleted queues: their names are free again after a minute, and their messages are deleted meanwhile.
create table if not exists sqs_deleted_queue (
    queue text primary key,              -- its id among the records
    scope text not null,                 -- account and region
    name text not null,
    deleted real not null                -- business time
);
create index if not exists sqs_deleted_queue_name on sqs_deleted_queue (scope, name);
-- What moves messages out of a dead-letter queue (StartMessageMoveTask).
create table if not exists sqs_move_task (
    id text primary key,
    scope text not null,
    source text not null,                -- the name of a queue
    destination text not null,           -- another one's ARN; '' for the queues that the messages came from
    rate integer not null,               -- messages a second, 0 for as many as possible
    status text not null,
    started real not null,
    moved integer not null,
    total integer not null,              -- messages there when it began
    failure text not null
);
create index if not exists sqs_move_task_source on sqs_move_task (scope, source, started);
create index if not exists sqs_move_task_status on sqs_move_task (status);
