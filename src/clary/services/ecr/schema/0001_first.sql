-- Images, their tags and layers. `repository` is always the ARN of a repository, whose record says what it is.

-- The registry's own keys, under which layers are encrypted, sealed under the platform's sealing key.
create table if not exists ecr_service_key (
    number bigint primary key,
    sealed text not null,                -- Base64
    created real not null
);

-- Settings of a registry: its policy, its replication, its account settings.
create table if not exists ecr_setting (
    scope text not null,                 -- account and region
    name text not null,
    value text not null,
    primary key (scope, name)
);

-- A layer (or the configuration) that a repository has. Several repositories may name one blob.
create table if not exists ecr_layer (
    repository text not null,
    digest text not null,
    scope text not null,                 -- account and region
    place text not null,                 -- the key of the blob
    size bigint not null,                -- bytes in the clear
    sizes text not null,                 -- JSON: of the streams that the blob was joined of
    cipher bigint not null,              -- the number of the service key
    media_type text not null default '', -- as the first manifest called it
    touched real not null,               -- when it was last uploaded, asked for or let go (machine time)
    primary key (repository, digest)
);
create index if not exists ecr_layer_digest on ecr_layer (scope, digest);
create index if not exists ecr_layer_place on ecr_layer (place);
create index if not exists ecr_layer_touched on ecr_layer (touched);

create table if not exists ecr_upload (
    id text primary key,
    repository text not null,
    size bigint not null,                -- bytes that have come
    touched real not null
);
create index if not exists ecr_upload_touched on ecr_upload (touched);
create index if not exists ecr_upload_repository on ecr_upload (repository);

create table if not exists ecr_upload_part (
    upload text not null,
    first bigint not null,               -- the place of its first byte in the layer
    size bigint not null,
    place text not null,
    cipher bigint not null,
    sha256 text not null,
    primary key (upload, first)
);
create index if not exists ecr_upload_part_place on ecr_upload_part (place);

create table if not exists ecr_image (
    repository text not null,
    digest text not null,
    media_type text not null,
    artifact_type text not null default '',
    config_type text not null default '',-- the media type of the configuration
    subject text not null default '',    -- the digest of the image that it refers to
    annotations text not null default '',-- JSON
    manifest text not null,
    size bigint not null,                -- bytes of its layers and its configuration
    pushed real not null,                -- machine time
    pulled real,
    primary key (repository, digest)
);
create index if not exists ecr_image_subject on ecr_image (repository, subject);

create table if not exists ecr_tag (
    repository text not null,
    tag text not null,
    digest text not null,
    primary key (repository, tag)
);
create index if not exists ecr_tag_digest on ecr_tag (repository, digest);

-- What a manifest names: layers, and the images of an index.
create table if not exists ecr_reference (
    repository text not null,
    image text not null,
    kind text not null,                  -- layer or image
    digest text not null,
    primary key (repository, image, kind, digest)
);
create index if not exists ecr_reference_digest on ecr_reference (repository, kind, digest);

-- Blobs that a row has let go, to be deleted when nobody reads them and no other row names them.
create table if not exists ecr_garbage (
    place text primary key,
    since real not null
);
create index if not exists ecr_garbage_since on ecr_garbage (since);
