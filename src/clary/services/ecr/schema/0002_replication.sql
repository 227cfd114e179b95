-- What became of the replication of an image to a destination.
create table if not exists ecr_replication (
    repository text not null,            -- the source
    digest text not null,
    region text not null,
    registry text not null,
    status text not null,                -- COMPLETE or FAILED
    failure text not null default '',
    primary key (repository, digest, region, registry)
);

-- The preview of a lifecycle policy: what it would do with the images of a repository at the moment of the request.
create table if not exists ecr_preview (
    repository text primary key,
    policy text not null,
    results text not null                -- JSON
);
