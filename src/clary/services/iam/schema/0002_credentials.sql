-- Credentials beside access keys, and what an account has once. Owners are users' unique ids, so a renamed user keeps them.

create table if not exists iam_mfa (
    serial text not null primary key,
    account text not null,
    owner text not null, -- the id of the user to whom it is assigned, or nothing
    seed blob not null, -- sealed under the platform's sealing key
    created real not null,
    enabled real, -- null while it is not assigned
    drift integer not null, -- time steps (30 s) by which the device's clock is ahead
    last_step integer not null -- the newest time step whose code was accepted; later codes only
);
create index if not exists iam_mfa_owner on iam_mfa (account, owner);

create table if not exists iam_login (
    owner text not null primary key,
    account text not null,
    created real not null,
    changed real not null, -- machine time
    reset integer not null, -- 1: the user has to choose another password
    hash text not null, -- scrypt, with its parameters and salt
    earlier text not null -- hashes of earlier passwords as JSON, the newest first
);
create index if not exists iam_login_account on iam_login (account);

create table if not exists iam_alias (
    alias text not null primary key, -- unique in the platform
    account text not null
);
create index if not exists iam_alias_account on iam_alias (account);

-- What an account has once: its password policy, its preferences for STS.
create table if not exists iam_setting (
    account text not null,
    name text not null,
    doc text not null,
    primary key (account, name)
);

-- Signing certificates and SSH public keys of users.
create table if not exists iam_certificate (
    id text not null primary key,
    account text not null,
    owner text not null,
    kind text not null, -- signing, ssh
    status text not null,
    uploaded real not null,
    body text not null,
    fingerprint text not null
);
create index if not exists iam_certificate_owner on iam_certificate (account, owner, kind);

-- Credential reports (one for each account, its id is empty) and reports of last access.
create table if not exists iam_report (
    account text not null,
    kind text not null,
    id text not null,
    created real not null,
    doc text not null,
    primary key (account, kind, id)
);
