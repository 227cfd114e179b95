-- Jobs of S3 Batch Operations. How far each one has got; `active` says that its tasks are to be carried out, and until `working` (machine
-- time) a gateway does so.
CREATE TABLE IF NOT EXISTS s3_batch_progress (
    job TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    active INTEGER NOT NULL,
    working REAL NOT NULL,
    total BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS s3_batch_progress_active ON s3_batch_progress (active, job);

-- A line of a job's manifest, as it is written there (`key` is URL-encoded, `version` NULL where the manifest has no such column), and what
-- became of it: `status` is '' until that is known.
CREATE TABLE IF NOT EXISTS s3_batch_task (
    job TEXT NOT NULL,
    number BIGINT NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    version TEXT,
    status TEXT NOT NULL,
    http INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (job, number)
);

CREATE INDEX IF NOT EXISTS s3_batch_task_status ON s3_batch_task (job, status, number);
