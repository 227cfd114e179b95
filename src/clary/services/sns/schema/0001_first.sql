-- The key that notifications are signed with, and its certificate. There is one row.
create table if not exists sns_signing_key (
    name text primary key,
    sealed text not null,                -- the private key, in Base64
    certificate text not null,           -- PEM
    created real not null
);
