-- Buckets are global by name. `versioning` is '', 'Enabled' or 'Suspended'; `location` the constraint as it was given.
CREATE TABLE IF NOT EXISTS s3_bucket (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    region TEXT NOT NULL,
    location TEXT NOT NULL,
    created REAL NOT NULL,
    versioning TEXT NOT NULL,
    policy TEXT
);

-- Sub-resources whose document is their whole meaning, or whose effect is elsewhere in this service.
CREATE TABLE IF NOT EXISTS s3_setting (
    bucket TEXT NOT NULL,
    kind TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (bucket, kind)
);

-- One row a version. `seq` falls with time (microseconds, negated), so that the newest version of a key is its first
-- row. `sum` is 'ALGORITHM TYPE VALUE'. The bytes are in `body` when they are few, else in the object store, under `place`.
CREATE TABLE IF NOT EXISTS s3_object (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    version TEXT NOT NULL,
    latest INTEGER NOT NULL,
    marker INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    storage TEXT NOT NULL,
    sum TEXT NOT NULL,
    place TEXT NOT NULL,
    head TEXT NOT NULL,
    tags TEXT NOT NULL,
    parts TEXT NOT NULL,
    body BLOB,
    PRIMARY KEY (bucket, key, seq)
);

-- Covers all that a listing shows and asks: a page is a range of this index and touches no row.
CREATE INDEX IF NOT EXISTS s3_object_listing
    ON s3_object (bucket, key, size, etag, modified, storage, sum, latest, marker) WHERE latest = 1 AND marker = 0;

CREATE INDEX IF NOT EXISTS s3_object_place ON s3_object (place) WHERE place <> '';

-- `result` is the answer of a completed upload, kept so that completing again answers the same.
CREATE TABLE IF NOT EXISTS s3_upload (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    initiated INTEGER NOT NULL,
    initiator TEXT NOT NULL,
    storage TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    sum_type TEXT NOT NULL,
    head TEXT NOT NULL,
    tags TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (bucket, key, id)
);

CREATE TABLE IF NOT EXISTS s3_part (
    upload TEXT NOT NULL,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    sum TEXT NOT NULL,
    place TEXT NOT NULL,
    PRIMARY KEY (upload, number)
);

CREATE INDEX IF NOT EXISTS s3_part_place ON s3_part (place);

-- Bytes that no row needs any more. They are deleted a while later: somebody may be reading them still.
CREATE TABLE IF NOT EXISTS s3_garbage (
    place TEXT NOT NULL PRIMARY KEY,
    since REAL NOT NULL
);
