-- Words for what a bucket has beside the defaults of a new one (bucket_features.py), so that objects are written and read
-- without a look at settings that the bucket does not have.
ALTER TABLE s3_bucket ADD COLUMN features TEXT NOT NULL DEFAULT '';

UPDATE s3_bucket SET features = 'acls' WHERE name NOT IN
    (SELECT bucket FROM s3_setting WHERE kind = 'OwnershipControls' AND doc LIKE '%BucketOwnerEnforced%');

-- What few objects have, as JSON, or '' (object_extras.py): another owner, grants, a lock, a restored copy.
ALTER TABLE s3_object ADD COLUMN extra TEXT NOT NULL DEFAULT '';

ALTER TABLE s3_upload ADD COLUMN extra TEXT NOT NULL DEFAULT '';
