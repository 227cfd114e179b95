"""S3 Batch Operations: jobs that do one thing to each object of a list."""
