-- When access keys, users and roles were last used, within fifteen minutes.

create table if not exists iam_key_use (
    id text not null primary key, -- the access key
    at real not null,
    service text not null, -- its signing name
    region text not null
);

create table if not exists iam_service_use (
    principal text not null, -- the id of a user or role
    service text not null,
    at real not null,
    region text not null,
    arn text not null, -- of the user or role at that time
    primary key (principal, service)
);
