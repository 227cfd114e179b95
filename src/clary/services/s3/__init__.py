"""Amazon S3: buckets and objects over rows of its own and the platform's object store."""
