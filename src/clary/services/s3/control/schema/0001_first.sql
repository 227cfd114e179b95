-- Access points, each of one bucket. `bucket_account` is the bucket's owner when it was attached; a bucket of another owner with that
-- name has nothing to do with it.
CREATE TABLE IF NOT EXISTS s3_access_point (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    bucket TEXT NOT NULL,
    bucket_account TEXT NOT NULL,
    alias TEXT NOT NULL,
    created REAL NOT NULL,
    block TEXT NOT NULL,
    policy TEXT,
    PRIMARY KEY (account, region, name)
);

CREATE UNIQUE INDEX IF NOT EXISTS s3_access_point_alias ON s3_access_point (alias);

CREATE INDEX IF NOT EXISTS s3_access_point_bucket ON s3_access_point (bucket, bucket_account);
