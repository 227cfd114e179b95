-- Identity: accounts, what can be named in them, their policies, keys and sessions.
-- Entities are tied together by their unique ids (AIDA..., AROA...), so a renamed user stays itself.

create table if not exists iam_account (
    id text not null primary key,
    created real not null,
    generation integer not null -- counts every change of the account's identities
);

create table if not exists iam_entity (
    account text not null,
    kind text not null, -- user, group, role, policy, instance-profile
    folded text not null, -- the name in lower case: names are unique without regard to case
    name text not null,
    path text not null,
    id text not null,
    arn text not null,
    created real not null,
    boundary text not null, -- the ARN of the permissions boundary, or nothing
    doc text not null, -- what only this kind has, as JSON
    primary key (account, kind, folded)
);
create unique index if not exists iam_entity_id on iam_entity (id);
create unique index if not exists iam_entity_arn on iam_entity (arn);

create table if not exists iam_inline (
    owner text not null,
    name text not null,
    document text not null,
    primary key (owner, name)
);

create table if not exists iam_attachment (
    owner text not null,
    policy_arn text not null,
    attached real not null,
    primary key (owner, policy_arn)
);
create index if not exists iam_attachment_policy on iam_attachment (policy_arn);

-- Users in groups and roles in instance profiles.
create table if not exists iam_member (
    holder text not null,
    member text not null,
    since real not null,
    primary key (holder, member)
);
create index if not exists iam_member_member on iam_member (member);

create table if not exists iam_version (
    policy text not null,
    number integer not null,
    document text not null,
    created real not null,
    chosen integer not null, -- 1 for the default version
    primary key (policy, number)
);

create table if not exists iam_key (
    id text not null primary key,
    account text not null,
    owner text not null, -- a user's id, or nothing for the account's root
    secret text not null,
    status text not null,
    created real not null
);
create index if not exists iam_key_owner on iam_key (account, owner);

-- Temporary credentials of every kind; they outlive the processes that issued them.
create table if not exists iam_session (
    id text not null primary key,
    account text not null,
    secret text not null,
    token text not null,
    expires real not null,
    doc text not null
);
create index if not exists iam_session_expires on iam_session (expires);
