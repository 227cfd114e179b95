-- Code packages of functions. A package is one blob; several versions of a function may have the same one.
create table if not exists lambda_code (
    scope text not null,                 -- account and region
    name text not null,                  -- of the function
    sha256 text not null,                -- hex, of the archive
    place text not null,                 -- the blob
    size integer not null,               -- bytes of the archive
    primary key (scope, name, sha256)
);
create index if not exists lambda_code_place on lambda_code (place);
create index if not exists lambda_code_sha256 on lambda_code (sha256);

-- Published versions. $LATEST is the record of the function.
create table if not exists lambda_version (
    scope text not null,
    name text not null,
    version integer not null,
    doc text not null,                   -- its configuration, as JSON
    primary key (scope, name, version)
);

create table if not exists lambda_alias (
    scope text not null,
    name text not null,
    alias text not null,
    doc text not null,                   -- FunctionVersion, Description, RoutingConfig, RevisionId
    primary key (scope, name, alias)
);

-- Resource policies of functions, versions, aliases (`NAME`, `NAME:QUALIFIER`) and layer versions (`layer:NAME:NUMBER`).
create table if not exists lambda_policy (
    scope text not null,
    resource text not null,
    statements text not null,            -- JSON
    revision text not null,
    primary key (scope, resource)
);

-- What becomes of asynchronous events of a function, by qualifier.
create table if not exists lambda_invoke_config (
    scope text not null,
    name text not null,
    qualifier text not null,
    doc text not null,
    modified real not null,              -- seconds since the epoch
    primary key (scope, name, qualifier)
);

create table if not exists lambda_provisioned (
    scope text not null,
    name text not null,
    qualifier text not null,
    requested integer not null,
    modified real not null,
    primary key (scope, name, qualifier)
);

create table if not exists lambda_url (
    scope text not null,
    name text not null,
    qualifier text not null,             -- '' for the function itself
    id text not null,                    -- the first label of its host
    doc text not null,                   -- AuthType, Cors, InvokeMode
    created real not null,
    modified real not null,
    primary key (scope, name, qualifier)
);
create unique index if not exists lambda_url_id on lambda_url (id);

create table if not exists lambda_layer (
    scope text not null,
    name text not null,
    version integer not null,
    doc text not null,
    sha256 text not null,
    place text not null,
    size integer not null,
    created real not null,
    primary key (scope, name, version)
);
create index if not exists lambda_layer_place on lambda_layer (place);
create index if not exists lambda_layer_sha256 on lambda_layer (sha256);

-- The number of the last version of a layer, which no later one has again.
create table if not exists lambda_layer_number (
    scope text not null,
    name text not null,
    last integer not null,
    primary key (scope, name)
);
