-- A parameter and its newest version. `key` is its name, without the slash that begins a name of one level: AWS takes
-- `/name` and `name` for the same parameter. `path` is the hierarchy that it stands in: `/a` for `/a/b`, `/` for `name`.
create table if not exists ssm_parameter (
    scope text not null,                 -- account and region
    key text not null,
    name text not null,                  -- as it was created
    path text not null,
    version integer not null,
    tier text not null,
    primary key (scope, key)
);
create index if not exists ssm_parameter_by_path on ssm_parameter (scope, path, key);
create index if not exists ssm_parameter_by_tier on ssm_parameter (scope, tier);
-- `value` is a ciphertext where the type is SecureString. `facts` is a JSON object: what DescribeParameters shows.
create table if not exists ssm_version (
    scope text not null,
    key text not null,
    version integer not null,
    value text not null,
    facts text not null,
    primary key (scope, key, version)
);
create table if not exists ssm_label (
    scope text not null,
    key text not null,
    label text not null,
    version integer not null,
    primary key (scope, key, label)
);
