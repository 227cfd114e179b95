"""The endpoint `s3control`: what is set for all buckets of an account."""
