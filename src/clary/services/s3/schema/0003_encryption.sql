-- How the bytes of a version, or of an upload's parts, lie encrypted (encryption/cipher.py); '' for those in the clear.
ALTER TABLE s3_object ADD COLUMN cipher TEXT NOT NULL DEFAULT '';

ALTER TABLE s3_upload ADD COLUMN cipher TEXT NOT NULL DEFAULT '';

-- S3's own keys (SSE-S3), sealed with the platform's sealing key. The one with the greatest number is used for new objects.
CREATE TABLE IF NOT EXISTS s3_service_key (
    number INTEGER NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL,
    created REAL NOT NULL
);
