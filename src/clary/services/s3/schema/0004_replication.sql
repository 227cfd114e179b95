-- What is still to be replicated: a version (key, seq) of a bucket, into the bucket `destination`, by a rule. `what` is
-- 'whole' or 'changes' (replication/tasks.py). Written with the object, deleted with the replica's row.
CREATE TABLE IF NOT EXISTS s3_replication (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    destination TEXT NOT NULL,
    rule TEXT NOT NULL,
    what TEXT NOT NULL,
    since REAL NOT NULL,
    due REAL NOT NULL,
    attempts INTEGER NOT NULL,
    late INTEGER NOT NULL,
    PRIMARY KEY (bucket, key, seq, destination)
);

CREATE INDEX IF NOT EXISTS s3_replication_due ON s3_replication (due);
