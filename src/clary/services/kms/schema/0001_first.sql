-- Key material, sealed under the platform's sealing key. A key has several after a rotation; `number` counts them.
create table if not exists kms_material (
    scope text not null,                 -- account and region
    key_id text not null,
    id text not null,                    -- KeyMaterialId: 64 hexadecimal digits
    number integer not null,
    state text not null,                 -- CURRENT, NON_CURRENT, PENDING_ROTATION
    sealed blob,                         -- null where imported material was deleted or has expired
    rotated real,                        -- machine time at which it became current by a rotation; null for the first
    rotation text not null default '',   -- AUTOMATIC or ON_DEMAND
    description text not null default '',
    expires real,                        -- business time at which imported material expires; null: never
    primary key (scope, key_id, id)
);

create table if not exists kms_alias (
    scope text not null,
    name text not null,                  -- alias/…
    key_id text not null,
    created real not null,
    modified real not null,
    primary key (scope, name)
);
create index if not exists kms_alias_key on kms_alias (scope, key_id, name);

create table if not exists kms_grant (
    account text not null,               -- that the key belongs to
    region text not null,
    key_id text not null,
    id text not null,                    -- 64 hexadecimal digits
    created real not null,
    name text not null default '',
    grantee text not null,               -- an ARN or a service principal
    retiring text not null default '',
    issuer text not null,                -- the root ARN of the account under which it was made
    operations text not null,            -- JSON, sorted
    constraints text not null default '',-- JSON
    primary key (account, region, key_id, id)
);
create index if not exists kms_grant_grantee on kms_grant (account, region, key_id, grantee, id);
create index if not exists kms_grant_retiring on kms_grant (region, retiring, account, key_id, id);

-- The sealing key under which the materials are sealed: one row, so that another key is noticed before anything is sealed.
create table if not exists kms_sealing_key (
    fingerprint text primary key
);
